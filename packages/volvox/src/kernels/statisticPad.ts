import { sizeOf } from '../core/tensor.ts'

/** NumPy's ways to pad with something computed from the voxels along the axis. */
export const statisticPads = ['linear_ramp', 'maximum', 'mean', 'median', 'minimum'] as const
export type StatisticPad = (typeof statisticPads)[number]

/**
 * `numpy.pad` by a statistic of each line, axis after axis: borders added along one axis count as voxels for the next.
 * `before` and `after` are the voxels to add on each axis of `shape`; `whole` rounds as NumPy does for integer types.
 */
export function padByStatistic(
  data: ArrayLike<number>,
  shape: readonly number[],
  before: readonly number[],
  after: readonly number[],
  how: StatisticPad,
  whole = false,
): Float64Array {
  let values = Float64Array.from(data)
  const current = [...shape]
  shape.forEach((_, axis) => {
    if (before[axis] + after[axis] === 0) return
    values = padAxis(values, current, axis, before[axis], after[axis], how, whole)
    current[axis] += before[axis] + after[axis]
  })
  return values
}

function padAxis(
  data: Float64Array,
  shape: readonly number[],
  axis: number,
  before: number,
  after: number,
  how: StatisticPad,
  whole: boolean,
): Float64Array<ArrayBuffer> {
  const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))]
  const length = shape[axis]
  const size = before + length + after
  const out = new Float64Array(outer * size * inner)
  const line = new Float64Array(length)
  for (let i = 0; i < outer; i++)
    for (let j = 0; j < inner; j++) {
      for (let k = 0; k < length; k++) line[k] = data[(i * length + k) * inner + j]
      const border = how === 'linear_ramp' ? ramp(line, before, after, whole) : constant(summary(line, how, whole))
      for (let k = 0; k < size; k++) {
        const place = k - before
        out[(i * size + k) * inner + j] = place >= 0 && place < length ? line[place] : border(place)
      }
    }
  return out
}

function constant(value: number): (place: number) => number {
  return () => value
}

/** Falls from the border voxels to 0 at the far ends. */
function ramp(line: Float64Array, before: number, after: number, whole: boolean): (place: number) => number {
  const last = line.length - 1
  return (place) => {
    const value = place < 0 ? (line[0] * (before + place)) / before : (line[last] * (after - (place - last))) / after
    return whole ? Math.floor(value) : value
  }
}

function summary(line: Float64Array, how: Exclude<StatisticPad, 'linear_ramp'>, whole: boolean): number {
  switch (how) {
    case 'maximum':
      return line.reduce((a, b) => Math.max(a, b))
    case 'minimum':
      return line.reduce((a, b) => Math.min(a, b))
    case 'mean':
      return rounded(line.reduce((a, b) => a + b) / line.length, whole)
    case 'median': {
      const sorted = line.toSorted()
      const middle = (sorted.length - 1) / 2
      return rounded((sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2, whole)
    }
    default:
      return how satisfies never
  }
}

/** To the nearest whole number, ties to even, where the element type has no others. */
function rounded(value: number, whole: boolean): number {
  if (!whole) return value
  const floor = Math.floor(value)
  const rest = value - floor
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor
}
