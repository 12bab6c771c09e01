/** A place between pixels: row and column. */
export type Place = readonly [row: number, column: number]

/**
 * Lines at a level of an image, by marching squares: each with larger values on its left; of diagonal neighbours the lower
 * ones are connected (Lorensen and Cline 1987, in the order of scikit-image's `find_contours`).
 */
export function contoursOf(
  values: ArrayLike<number>,
  [height, width]: readonly number[],
  level: number,
): (readonly Place[])[] {
  const segments: [Place, Place][] = []
  for (let row = 0; row + 1 < height; row++)
    for (let column = 0; column + 1 < width; column++) {
      const at = row * width + column
      const corners = [values[at], values[at + 1], values[at + width], values[at + width + 1]]
      if (!corners.some(Number.isNaN)) segments.push(...segmentsIn(row, column, corners, level))
    }
  return assembled(segments)
}

type Side = 'top' | 'bottom' | 'left' | 'right'

/** By which corners are above the level: 1 upper left, 2 upper right, 4 lower left, 8 lower right. */
const lines: readonly (readonly (readonly [from: Side, to: Side])[])[] = [
  [],
  [['top', 'left']],
  [['right', 'top']],
  [['right', 'left']],
  [['left', 'bottom']],
  [['top', 'bottom']],
  [['right', 'top'], ['left', 'bottom']], // prettier-ignore
  [['right', 'bottom']],
  [['bottom', 'right']],
  [['top', 'left'], ['bottom', 'right']], // prettier-ignore
  [['bottom', 'top']],
  [['bottom', 'left']],
  [['left', 'right']],
  [['top', 'right']],
  [['left', 'top']],
  [],
]

function segmentsIn(row: number, column: number, corners: readonly number[], level: number): [Place, Place][] {
  const [ul, ur, ll, lr] = corners
  const kind = corners.reduce((sum, value, i) => sum + (value > level ? 2 ** i : 0), 0)
  const part = (from: number, to: number) => (to === from ? 0 : (level - from) / (to - from))
  const places: Record<Side, () => Place> = {
    top: () => [row, column + part(ul, ur)],
    bottom: () => [row + 1, column + part(ll, lr)],
    left: () => [row + part(ul, ll), column],
    right: () => [row + part(ur, lr), column + 1],
  }
  return lines[kind].map(([from, to]) => [places[from](), places[to]()])
}

interface Line {
  readonly number: number
  places: Place[]
}

/** Segments put together where one ends at the begin of another; lines in the order of their first segments. */
function assembled(segments: readonly (readonly [Place, Place])[]): (readonly Place[])[] {
  const lines = new Map<number, Line>()
  const [starts, ends] = [new Map<string, Line>(), new Map<string, Line>()]
  const take = (map: Map<string, Line>, place: Place): Line | undefined => {
    const line = map.get(String(place))
    map.delete(String(place))
    return line
  }
  const enter = (line: Line) => {
    starts.set(String(line.places[0]), line)
    ends.set(String(line.places[line.places.length - 1]), line)
  }
  let next = 0
  for (const [from, to] of segments) {
    if (from[0] === to[0] && from[1] === to[1]) continue
    const tail = take(starts, to)
    const head = take(ends, from)
    if (tail && head && tail === head) head.places.push(to)
    else if (tail && head) {
      const [kept, dropped] = tail.number > head.number ? [head, tail] : [tail, head]
      starts.delete(String(head.places[0]))
      kept.places = [...head.places, ...tail.places]
      lines.delete(dropped.number)
      enter(kept)
    } else if (tail) {
      tail.places = [from, ...tail.places]
      starts.set(String(from), tail)
    } else if (head) {
      head.places.push(to)
      ends.set(String(to), head)
    } else {
      const line = { number: next++, places: [from, to] }
      lines.set(line.number, line)
      enter(line)
    }
  }
  return [...lines.values()].sort((a, b) => a.number - b.number).map(({ places }) => places)
}
