import type { Place } from './contours.ts'

type Pixel = readonly [row: number, column: number]

/** Pixels from somewhere on the border, with how far along the border from the top left they begin. */
interface Stretch {
  readonly distance: number
  readonly pixels: readonly Pixel[]
}

/**
 * The corner pixels of an outline made of contours, clockwise from the top left, as [column, row] in reverse order; null for
 * contours that do not begin at the border (MONAI `GenerateSuccinctContour`).
 */
export function succinctContour(
  contours: readonly (readonly Place[])[],
  height: number,
  width: number,
): Pixel[] | null {
  const crossed = [false, false, false, false]
  const stretches: Stretch[] = []
  for (const contour of contours) {
    const begin = beginOf(contour[0], height, width, crossed)
    if (!begin) return null
    const pixels: Pixel[] = [begin.pixel]
    contour.forEach((place, i) => {
      if (i === 0) return
      const before = contour[i - 1]
      const after = contour[i + 1]
      const isTurn =
        !after || place[0] - before[0] !== after[0] - place[0] || place[1] - before[1] !== after[1] - place[1]
      if (!isTurn) return
      const pixel = pixelAt(place, before)
      if (pixel.join() !== pixels[pixels.length - 1].join()) pixels.push(pixel)
    })
    const [row, column] = contour[contour.length - 1]
    const ends = [row === 0, column === width - 1, row === height - 1, column === 0]
    if (ends[begin.corner]) crossed[begin.corner] = true
    stretches.push({ distance: alongBorder(pixels[0], height, width), pixels })
  }
  const corners: Pixel[] = [[0, 0], [0, width - 1], [height - 1, width - 1], [height - 1, 0]] // prettier-ignore
  const distances = [0, width, width + height, 2 * width + height]
  corners.forEach((pixel, i) => crossed[i] || stretches.push({ distance: distances[i], pixels: [pixel] }))
  return reversed(joined(stretches.sort((a, b) => a.distance - b.distance)))
}

/** The first pixel of a contour, and which corner it may run around; null when it begins inside. */
function beginOf(
  [row, column]: Place,
  height: number,
  width: number,
  crossed: boolean[],
): { pixel: Pixel; corner: number } | null {
  if (row === 0) {
    const pixel: Pixel = [0, Math.trunc(column - 0.5)]
    if (pixel[1] === width - 1) crossed[1] = true
    else if (pixel[1] === 0) crossed[0] = true
    return { pixel, corner: 1 }
  }
  if (column === 0) return { pixel: [Math.trunc(row + 0.5), 0], corner: 0 }
  if (row === height - 1) {
    const pixel: Pixel = [row, Math.trunc(column + 0.5)]
    if (pixel[1] === width - 1) crossed[2] = true
    return { pixel, corner: 3 }
  }
  if (column === width - 1) return { pixel: [Math.trunc(row - 0.5), column], corner: 2 }
  return null
}

/** The pixel beside a place of a contour, by the direction that the contour comes from; [-1, -1] for others, as in MONAI. */
function pixelAt([row, column]: Place, before: Place): Pixel {
  const direction = `${row - before[0]},${column - before[1]}`
  if (['0,1', '0.5,0.5', '1,0'].includes(direction)) return [Math.trunc(row + 0.5), Math.trunc(column)]
  if (['0,-1', '0.5,-0.5'].includes(direction)) return [Math.trunc(row), Math.trunc(column)]
  if (['-1,0', '-0.5,-0.5'].includes(direction)) return [Math.trunc(row), Math.trunc(column + 0.5)]
  return direction === '-0.5,0.5' ? [Math.trunc(row + 0.5), Math.trunc(column + 0.5)] : [-1, -1]
}

function alongBorder([row, column]: Pixel, height: number, width: number): number {
  if (row === 0) return column
  if (column === width - 1) return width + row
  if (row === height - 1) return 2 * width + height - column
  return 2 * (width + height) - row
}

function joined(stretches: readonly Stretch[]): Pixel[] {
  const pixels: Pixel[] = []
  for (const stretch of stretches) {
    if (pixels.at(-1)?.join() === stretch.pixels[0].join()) pixels.pop()
    pixels.push(...stretch.pixels)
  }
  const last = pixels[pixels.length - 1]
  if (pixels.length > 1 && pixels[0].join() === last.join()) pixels.shift()
  if (pixels[0][0] === 0 && pixels[0][1] === 0) pixels.push(...pixels.splice(0, 1))
  return pixels
}

function reversed(pixels: readonly Pixel[]): Pixel[] {
  return [...pixels].reverse().map(([row, column]) => [column, row])
}
