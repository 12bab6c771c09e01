import { sizeOf, stridesOf } from '../core/tensor.ts'
import { applyAxisBands, applyBands, bandsFrom, type Bands } from './bands.ts'
import { fold, type Outside } from './move.ts'

/** Correlation with a kernel of odd length along one axis of an array; the size stays. Zeros lie outside unless told. */
export function filterAlong(
  data: Float32Array,
  shape: readonly number[],
  axis: number,
  kernel: readonly number[],
  outside: Outside = 'constant',
): Float32Array<ArrayBuffer> {
  return applyBands(data, shape, axis, filterBands(shape[axis], kernel, outside))
}

/** The same along all axes of space of [channels, ...space], with a kernel for each. */
export function filterAxes(
  data: Float32Array,
  shape: readonly number[],
  kernels: readonly (readonly number[])[],
  outside: Outside = 'constant',
): Float32Array<ArrayBuffer> {
  const passes = kernels.map((kernel, axis) => ({ axis, bands: filterBands(shape[axis + 1], kernel, outside) }))
  return applyAxisBands(data, shape, passes)
}

function filterBands(length: number, kernel: readonly number[], outside: Outside): Bands {
  const reach = (kernel.length - 1) / 2
  return bandsFrom(length, length, (o) =>
    kernel.map((weight, k) => [placeOf(o + k - reach, length, outside), weight] as const),
  )
}

function placeOf(place: number, length: number, outside: Outside): number {
  return outside === 'constant' || (place >= 0 && place < length) ? place : fold(place, length, outside)
}

/** A block of weights, centred on the voxel that it makes. */
export interface Stencil {
  readonly shape: readonly number[]
  readonly weights: ArrayLike<number>
}

/** Correlation of one channel with a stencil of odd sizes; zeros lie outside. Sums are taken in float32, as torch takes them. */
export function correlateBlock(data: Float32Array, shape: readonly number[], stencil: Stencil): Float32Array {
  const sum = new Float32Array(data.length)
  eachStep(stencil.shape, (step, k) => {
    const weight = Math.fround(stencil.weights[k])
    if (weight !== 0)
      eachShiftedRow(shape, step, (to, from, n) => {
        for (let i = 0; i < n; i++) sum[to + i] += weight * data[from + i]
      })
  })
  return sum
}

/** Visits every offset from the centre of a block, in C order. */
function eachStep(shape: readonly number[], visit: (step: readonly number[], index: number) => void): void {
  const strides = stridesOf(shape)
  for (let k = 0; k < sizeOf(shape); k++)
    visit(
      shape.map((n, axis) => (Math.floor(k / strides[axis]) % n) - (n - 1) / 2),
      k,
    )
}

/** Visits the stretches of rows that a shift by `step` keeps inside: where each lands, where it comes from, its length. */
function eachShiftedRow(
  shape: readonly number[],
  step: readonly number[],
  visit: (to: number, from: number, n: number) => void,
): void {
  const strides = stridesOf(shape)
  const last = shape.length - 1
  const first = Math.max(0, -step[last])
  const n = shape[last] - Math.abs(step[last])
  if (n <= 0) return
  const shift = step.reduce((sum, s, axis) => sum + s * strides[axis], 0)
  const rows = sizeOf(shape.slice(0, last))
  for (let row = 0; row < rows; row++) {
    let rest = row
    let inside = true
    for (let axis = last - 1; axis >= 0 && inside; axis--) {
      const place = (rest % shape[axis]) + step[axis]
      inside = place >= 0 && place < shape[axis]
      rest = Math.floor(rest / shape[axis])
    }
    const to = row * shape[last] + first
    if (inside) visit(to, to + shift, n)
  }
}

/** The sum of the 3 by 3 (by 3) voxels about each voxel of one channel; zeros lie outside. */
export function boxSum(data: Float32Array, shape: readonly number[]): Float32Array {
  let from = data
  for (const axis of shape.keys()) {
    const step = sizeOf(shape.slice(axis + 1))
    const block = shape[axis] * step
    const to = new Float32Array(data.length)
    for (let start = 0; start < data.length; start += block) addNeighbours(from, to, start, block, step)
    from = to
  }
  return from
}

/** Each value with the ones `step` before and after it, where the block has them. */
function addNeighbours(from: Float32Array, to: Float32Array, start: number, block: number, step: number): void {
  const end = start + block
  const inner = Math.max(start + step, end - step)
  for (let i = start; i < Math.min(start + step, end); i++) to[i] = from[i] + (block > step ? from[i + step] : 0)
  for (let i = start + step; i < inner; i++) to[i] = from[i - step] + from[i] + from[i + step]
  for (let i = inner; i < end; i++) to[i] = from[i - step] + from[i]
}
