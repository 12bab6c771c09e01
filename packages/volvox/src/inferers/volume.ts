import { ShapeError } from '../core/errors.ts'
import { sizeOf, stridesOf, type FloatTensor } from '../core/tensor.ts'

/** How a volume continues beyond its border (torch's `F.pad`). */
export type PadMode = 'constant' | 'reflect' | 'replicate' | 'circular'

/**
 * Calls `visit(inside, whole, run)` for each run of neighbouring voxels of a box inside a lattice: the flat places
 * of its first voxel in the box and in the lattice, and its length.
 */
export function forEachRun(
  boxShape: readonly number[],
  latticeShape: readonly number[],
  start: readonly number[],
  visit: (inside: number, whole: number, run: number) => void,
): void {
  const boxStrides = stridesOf(boxShape)
  const strides = stridesOf(latticeShape)
  const last = boxShape.length - 1
  const walk = (axis: number, inside: number, whole: number): void => {
    if (axis === last) visit(inside, whole + start[axis], boxShape[axis])
    else
      for (let i = 0; i < boxShape[axis]; i++)
        walk(axis + 1, inside + i * boxStrides[axis], whole + (start[axis] + i) * strides[axis])
  }
  walk(0, 0, 0)
}

/** Copies the windows that begin at `places` out of `[batch, channel, ...spatial]`, into one batch. */
export function gatherWindows(
  image: FloatTensor,
  roi: readonly number[],
  places: readonly { item: number; start: readonly number[] }[],
): FloatTensor {
  const [, channels, ...spatial] = image.shape
  const voxels = sizeOf(spatial)
  const size = sizeOf(roi)
  const data = new Float32Array(places.length * channels * size)
  places.forEach(({ item, start }, n) => {
    for (let c = 0; c < channels; c++) {
      const from = (item * channels + c) * voxels
      const to = (n * channels + c) * size
      forEachRun(roi, spatial, start, (inside, whole, run) =>
        data.set(image.data.subarray(from + whole, from + whole + run), to + inside),
      )
    }
  })
  return { dtype: 'float32', shape: [places.length, channels, ...roi], data }
}

/** Pads the spatial axes by `before` and `after` voxels. */
export function padSpatial(
  image: FloatTensor,
  before: readonly number[],
  after: readonly number[],
  mode: PadMode,
  value: number,
): FloatTensor {
  let current = image
  before.forEach((begin, i) => {
    if (begin > 0 || after[i] > 0) current = padAxis(current, i + 2, begin, after[i], mode, value)
  })
  return current
}

function padAxis(
  { shape, data }: FloatTensor,
  axis: number,
  before: number,
  after: number,
  mode: PadMode,
  value: number,
): FloatTensor {
  const length = shape[axis]
  const inner = sizeOf(shape.slice(axis + 1))
  const longer = length + before + after
  const padding = Math.max(before, after)
  if ((mode === 'reflect' && padding >= length) || (mode === 'circular' && padding > length))
    throw new ShapeError(
      'SlidingWindowInferer',
      `${mode} padding by ${padding} needs more than the ${length} voxels of axis ${axis}; use "constant" or "replicate"`,
    )
  const source = (i: number): number => {
    if (i >= 0 && i < length) return i
    if (mode === 'reflect') return i < 0 ? -i : 2 * (length - 1) - i
    if (mode === 'replicate') return i < 0 ? 0 : length - 1
    return mode === 'circular' ? (i + length) % length : -1
  }
  const out = new Float32Array((data.length / length) * longer).fill(value)
  for (let outer = 0; outer < data.length / (length * inner); outer++)
    for (let i = 0; i < longer; i++) {
      const from = source(i - before)
      if (from < 0) continue
      const at = (outer * length + from) * inner
      out.set(data.subarray(at, at + inner), (outer * longer + i) * inner)
    }
  return { dtype: 'float32', shape: [...shape.slice(0, axis), longer, ...shape.slice(axis + 1)], data: out }
}

/** The box of the spatial axes that begins at `start`. */
export function cropSpatial(image: FloatTensor, start: readonly number[], size: readonly number[]): FloatTensor {
  const places = Array.from({ length: image.shape[0] }, (_, item) => ({ item, start }))
  return gatherWindows(image, size, places)
}

/** The same values in reverse order along the given axes. */
export function flipAxes({ shape, data }: FloatTensor, axes: readonly number[]): FloatTensor {
  let current = data
  for (const axis of axes) {
    const length = shape[axis]
    const inner = sizeOf(shape.slice(axis + 1))
    const next = new Float32Array(current.length)
    for (let line = 0; line < current.length / inner; line++) {
      const i = line % length
      const to = line - i + (length - 1 - i)
      next.set(current.subarray(line * inner, (line + 1) * inner), to * inner)
    }
    current = next
  }
  return { dtype: 'float32', shape, data: current }
}
