/**
 * The outline of the pixels that hold `value`, as an SVG path: marching squares through the pixel centres, half way between inside and
 * outside. Pixel (column, row) covers [column, column+1] x [row, row+1].
 */
export function outline(labels: ArrayLike<number>, width: number, height: number, value: number): string {
  const inside = (column: number, row: number): number =>
    column >= 0 && row >= 0 && column < width && row < height && labels[row * width + column] === value ? 1 : 0
  const segments: string[] = []
  for (let row = -1; row < height; row++)
    for (let column = -1; column < width; column++) {
      const corners =
        (inside(column, row) << 3) |
        (inside(column + 1, row) << 2) |
        (inside(column + 1, row + 1) << 1) |
        inside(column, row + 1)
      for (const [from, to] of crossings[corners]) {
        const point = ([dx, dy]: readonly [number, number]) => `${column + 0.5 + dx} ${row + 0.5 + dy}`
        segments.push(`M${point(sides[from])}L${point(sides[to])}`)
      }
    }
  return segments.join('')
}

type Side = 'top' | 'right' | 'bottom' | 'left'

/** Middles of the sides of a square between four pixel centres. */
const sides: Readonly<Record<Side, readonly [number, number]>> = {
  top: [0.5, 0],
  right: [1, 0.5],
  bottom: [0.5, 1],
  left: [0, 0.5],
}

/** Where the outline crosses the square, by which corners are inside: bits top left, top right, bottom right, bottom left. */
const crossings: readonly (readonly (readonly [Side, Side])[])[] = [
  [],
  [['left', 'bottom']],
  [['bottom', 'right']],
  [['left', 'right']],
  [['top', 'right']],
  [
    ['top', 'left'],
    ['bottom', 'right'],
  ],
  [['top', 'bottom']],
  [['top', 'left']],
  [['top', 'left']],
  [['top', 'bottom']],
  [
    ['top', 'right'],
    ['left', 'bottom'],
  ],
  [['top', 'right']],
  [['left', 'right']],
  [['bottom', 'right']],
  [['left', 'bottom']],
  [],
]
