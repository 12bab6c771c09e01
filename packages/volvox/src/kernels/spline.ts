import { sizeOf } from '../core/tensor.ts'
import { spread, type AffineJob } from './affine.ts'
import type { FieldJob } from './field.ts'
import { fold, type Outside } from './move.ts'

/** scipy.ndimage's names for what lies outside of an image. */
export const splinePaddings = [
  'constant',
  'grid-constant',
  'nearest',
  'mirror',
  'reflect',
  'grid-mirror',
  'wrap',
  'grid-wrap',
] as const
export type SplinePadding = (typeof splinePaddings)[number]

/** How coefficients continue beyond the border, and how many voxels of border are added before the filter. */
const borders: Record<SplinePadding, { readonly filter: 'reflect' | 'symmetric' | 'wrap'; readonly margin: number }> = {
  constant: { filter: 'reflect', margin: 0 },
  mirror: { filter: 'reflect', margin: 0 },
  wrap: { filter: 'reflect', margin: 0 },
  reflect: { filter: 'symmetric', margin: 0 },
  'grid-mirror': { filter: 'symmetric', margin: 0 },
  'grid-wrap': { filter: 'wrap', margin: 0 },
  nearest: { filter: 'symmetric', margin: 12 },
  'grid-constant': { filter: 'reflect', margin: 12 },
}

/**
 * Values of the image at matrix·o by spline interpolation of the given order, 0 to 5, as scipy.ndimage's
 * `map_coordinates`: the image is first turned into B-spline coefficients (Unser 1999).
 */
export function sampleSpline(job: AffineJob, order: number, padding: SplinePadding): Float32Array<ArrayBuffer> {
  const { shape, outShape, rows } = spread(job)
  const [o0, o1, o2] = outShape
  const [size, outSize] = [sizeOf(shape), sizeOf(outShape)]
  const out = new Float32Array(job.channels * outSize)
  for (let c = 0; c < job.channels; c++) {
    const image = coefficients(job.data.subarray(c * size, (c + 1) * size), shape, order, padding)
    const axes = [0, 1, 2].map((axis) => tapsAlong(axis, rows, outShape, shape[axis], image, order, padding))
    let at = c * outSize
    for (let a = 0; a < o0; a++)
      for (let b = 0; b < o1; b++)
        for (let o = 0; o < o2; o++, at++) {
          const [z, y, x] = [axes[0](a, b, o), axes[1](a, b, o), axes[2](a, b, o)]
          out[at] = z && y && x ? weighted(image, z, y, x) : 0
        }
  }
  return out
}

/** The same at given positions. */
export function sampleSplineField(
  { data, channels, shape: given, positions, origin = [] }: FieldJob<Float32Array | Float64Array>,
  order: number,
  padding: SplinePadding,
): Float32Array<ArrayBuffer> {
  const rank = given.length
  const shape = [...new Array<number>(3 - rank).fill(1), ...given]
  const [size, count] = [sizeOf(shape), positions.length / rank]
  const out = new Float32Array(channels * count)
  const taps = shape.map(() => ({ places: new Int32Array(order + 1), weights: new Float64Array(order + 1) }))
  for (let c = 0; c < channels; c++) {
    const image = coefficients(data.subarray(c * size, (c + 1) * size), shape, order, padding)
    for (let i = 0; i < count; i++) {
      const inside = taps.every((along, axis) => {
        const own = axis + rank - 3 // the axis of the image; leading ones may be missing
        const position = own < 0 ? 0 : positions[own * count + i] + (origin[own] ?? 0)
        return fillTaps(along, position, shape[axis], image, axis, order, padding)
      })
      out[c * count + i] = inside ? weighted(image, taps[0], taps[1], taps[2]) : 0
    }
  }
  return out
}

interface Coefficients {
  readonly values: Float64Array
  readonly shape: readonly number[]
  /** Voxels that were added at each end of each axis. */
  readonly margins: readonly number[]
}

interface Taps {
  readonly places: Int32Array
  readonly weights: Float64Array
}

/** Taps along one axis for an output voxel; null when it is outside. Where only one index matters they are kept. */
function tapsAlong(
  axis: number,
  rows: Float64Array,
  outShape: readonly number[],
  size: number,
  image: Coefficients,
  order: number,
  padding: SplinePadding,
): (a: number, b: number, o: number) => Taps | null {
  const [r0, r1, r2, shift] = rows.subarray(4 * axis, 4 * axis + 4)
  const make = (position: number): Taps | null => {
    const taps = { places: new Int32Array(order + 1), weights: new Float64Array(order + 1) }
    return fillTaps(taps, position, size, image, axis, order, padding) ? taps : null
  }
  const moving = [r0, r1, r2].flatMap((step, j) => (step === 0 ? [] : [j]))
  if (moving.length > 1) return (a, b, o) => make(r0 * a + r1 * b + r2 * o + shift)
  const along = moving[0] ?? 0
  const table = Array.from({ length: outShape[along] }, (_, i) => make([r0, r1, r2][along] * i + shift))
  return (a, b, o) => table[along === 0 ? a : along === 1 ? b : o]
}

/** The place inside for one outside; the period is one voxel short, and what lies whole periods before is the last voxel. */
function wrapped(x: number, period: number): number {
  return x < 0 ? x + period * (Math.trunc(-x / period) + 1) : x - period * Math.trunc(x / period)
}

/** Places (-1: a zero) and weights along one axis; false when the whole voxel is outside. */
function fillTaps(
  taps: Taps,
  position: number,
  size: number,
  { shape, margins }: Coefficients,
  axis: number,
  order: number,
  padding: SplinePadding,
): boolean {
  let x = position
  if (padding === 'constant' && (x < 0 || x > size - 1)) return false
  if (padding === 'wrap' && (x < 0 || x > size - 1)) x = size === 1 ? 0 : wrapped(x, size - 1)
  x += margins[axis]
  if (padding === 'nearest') x = Math.min(Math.max(x, 0), shape[axis] - 1)
  if (shape[axis] === 1 && x === 0) {
    taps.places.fill(0)
    taps.weights.fill(0).fill(1, 0, 1)
    return true
  }
  const { filter } = borders[padding]
  const outside: Outside = padding === 'grid-constant' ? 'constant' : filter
  const first = Math.floor(order % 2 === 1 ? x : x + 0.5) - Math.floor(order / 2)
  for (let k = 0; k <= order; k++) {
    taps.places[k] = fold(first + k, shape[axis], outside)
    taps.weights[k] = bSpline(order, x - first - k)
  }
  return true
}

function weighted({ values, shape }: Coefficients, tz: Taps, ty: Taps, tx: Taps): number {
  let sum = 0
  for (let i = 0; i < tz.places.length; i++) {
    if (tz.places[i] < 0 || tz.weights[i] === 0) continue
    for (let j = 0; j < ty.places.length; j++) {
      if (ty.places[j] < 0 || ty.weights[j] === 0) continue
      const row = (tz.places[i] * shape[1] + ty.places[j]) * shape[2]
      const weight = tz.weights[i] * ty.weights[j]
      for (let k = 0; k < tx.places.length; k++)
        if (tx.places[k] >= 0) sum += weight * tx.weights[k] * values[row + tx.places[k]]
    }
  }
  return sum
}

/** The central B-spline of an order: the box function convolved with itself, from truncated powers. */
export function bSpline(order: number, x: number): number {
  if (order === 0) return x >= -0.5 && x < 0.5 ? 1 : 0
  const start = -Math.abs(x) + (order + 1) / 2 // by symmetry from the side with fewer terms
  let sum = 0
  let binomial = 1
  let factorial = 1
  for (let k = 0; k <= order + 1; k++) {
    const t = start - k
    if (t > 0) sum += binomial * t ** order
    binomial *= -(order + 1 - k) / (k + 1)
    if (k >= 1 && k <= order) factorial *= k
  }
  return sum / factorial
}

/** Roots inside the unit circle of the B-splines' z-transforms, by order. */
const poles: readonly (readonly number[])[] = [
  [],
  [],
  [Math.sqrt(8) - 3],
  [Math.sqrt(3) - 2],
  [Math.sqrt(664 - Math.sqrt(438976)) + Math.sqrt(304) - 19, Math.sqrt(664 + Math.sqrt(438976)) - Math.sqrt(304) - 19],
  [
    Math.sqrt(67.5 - Math.sqrt(4436.25)) + Math.sqrt(26.25) - 6.5,
    Math.sqrt(67.5 + Math.sqrt(4436.25)) - Math.sqrt(26.25) - 6.5,
  ],
]

function coefficients(
  data: Float32Array,
  shape: readonly number[],
  order: number,
  padding: SplinePadding,
): Coefficients {
  const { filter, margin } = borders[padding]
  // Leading axes of one voxel stand for axes that the image does not have.
  const margins = shape.map((n) => (order > 1 && n > 1 ? margin : 0))
  const padded = shape.map((n, axis) => n + 2 * margins[axis])
  const values = new Float64Array(sizeOf(padded))
  for (let a = 0, at = 0; a < padded[0]; a++)
    for (let b = 0; b < padded[1]; b++)
      for (let c = 0; c < padded[2]; c++, at++) {
        const [z, y, x] = [a, b, c].map((i, axis) =>
          fold(i - margins[axis], shape[axis], padding === 'nearest' ? 'edge' : 'constant'),
        )
        values[at] = z < 0 || y < 0 || x < 0 ? 0 : data[(z * shape[1] + y) * shape[2] + x]
      }
  if (order > 1) padded.forEach((n, axis) => n > 1 && filterAxis(values, padded, axis, poles[order], filter))
  return { values, shape: padded, margins }
}

function filterAxis(
  values: Float64Array,
  shape: readonly number[],
  axis: number,
  roots: readonly number[],
  border: 'reflect' | 'symmetric' | 'wrap',
): void {
  const n = shape[axis]
  const inner = sizeOf(shape.slice(axis + 1))
  const outer = sizeOf(shape.slice(0, axis))
  const line = new Float64Array(n)
  const gain = roots.reduce((product, z) => product * (1 - z) * (1 - 1 / z), 1)
  for (let i = 0; i < outer; i++)
    for (let j = 0; j < inner; j++) {
      const start = i * n * inner + j
      for (let k = 0; k < n; k++) line[k] = gain * values[start + k * inner]
      for (const z of roots) {
        line[0] = firstCausal(line, z, border)
        for (let k = 1; k < n; k++) line[k] += z * line[k - 1]
        line[n - 1] = firstAnticausal(line, z, border)
        for (let k = n - 2; k >= 0; k--) line[k] = z * (line[k + 1] - line[k])
      }
      for (let k = 0; k < n; k++) values[start + k * inner] = line[k]
    }
}

/** Sum of z^k times the line as it continues backwards from its first element. */
function firstCausal(line: Float64Array, z: number, border: 'reflect' | 'symmetric' | 'wrap'): number {
  const n = line.length
  if (border === 'symmetric') return firstSymmetric(line, z)
  const period = border === 'reflect' ? 2 * n - 2 : n
  let sum = 0
  let power = 1
  for (let k = 0; k < period; k++, power *= z) sum += power * line[fold(-k, n, border)]
  return sum / (1 - power)
}

/**
 * The same for a line that continues as its mirror image. scipy sums in the line's first element itself, which the last term
 * reads: on axes of a few voxels that shows.
 */
function firstSymmetric(line: Float64Array, z: number): number {
  const n = line.length
  const whole = z ** n
  let sum = line[0] + whole * line[n - 1]
  let power = z
  for (let k = 1; k < n; k++, power *= z) sum += power * (line[k] + whole * (k === n - 1 ? sum : line[n - 1 - k]))
  return (sum * z) / (1 - whole * whole) + line[0]
}

/** The last element of the backward pass, from the closed form of the same continuation. */
function firstAnticausal(line: Float64Array, z: number, border: 'reflect' | 'symmetric' | 'wrap'): number {
  const n = line.length
  if (border === 'reflect') return ((z * line[n - 2] + line[n - 1]) * z) / (z * z - 1)
  if (border === 'symmetric') return (line[n - 1] * z) / (z - 1)
  let sum = line[n - 1]
  let power = z
  for (let k = 0; k < n - 1; k++, power *= z) sum += power * line[k]
  return (sum * z) / (power - 1)
}
