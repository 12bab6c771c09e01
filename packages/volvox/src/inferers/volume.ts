import { ShapeError } from '../core/errors.ts'
import { sizeOf, stridesOf, type FloatTensor } from '../core/tensor.ts'

/** How a volume continues beyond its border (torch's `F.pad`). */
export type PadMode = 'constant' | 'reflect' | 'replicate' | 'circular'

/** Called for neighbouring voxels: the flat places of the first one in two lattices, and how many there are. */
type Visit = (a: number, b: number, run: number) => void

/** Calls `visit(inside, whole, run)` for each run of neighbouring voxels of a box inside a lattice. */
export function forEachRun(
  boxShape: readonly number[],
  latticeShape: readonly number[],
  start: readonly number[],
  visit: Visit,
): void {
  const corner = new Array<number>(boxShape.length).fill(0)
  forEachCommonRun(boxShape, { shape: boxShape, start: corner }, { shape: latticeShape, start }, visit)
}

/** A lattice, and where in it a box begins. */
export interface Corner {
  readonly shape: readonly number[]
  readonly start: readonly number[]
}

/** The same for a box of `size` that lies in two lattices. */
export function forEachCommonRun(size: readonly number[], a: Corner, b: Corner, visit: Visit): void {
  const [aStrides, bStrides] = [stridesOf(a.shape), stridesOf(b.shape)]
  const last = size.length - 1
  const walk = (axis: number, fromA: number, fromB: number): void => {
    const [atA, atB] = [fromA + a.start[axis] * aStrides[axis], fromB + b.start[axis] * bStrides[axis]]
    if (axis === last) visit(atA, atB, size[axis])
    else for (let i = 0; i < size[axis]; i++) walk(axis + 1, atA + i * aStrides[axis], atB + i * bStrides[axis])
  }
  walk(0, 0, 0)
}

/** Refuses what is not `[batch, channel, ...spatial]` with the values of its shape. */
export function checkImage(where: string, { shape, data }: FloatTensor): void {
  if (shape.length < 3 || shape.some((n) => n < 1) || data.length !== sizeOf(shape))
    throw new ShapeError(
      where,
      `was given [${shape.join(', ')}] with ${data.length} values; it takes images [batch, channel, ...spatial]`,
    )
}

/** Copies the windows that begin at `places` out of `[batch, channel, ...spatial]`, into one batch; into `memory` if that has the right size. */
export function gatherWindows(
  image: FloatTensor,
  roi: readonly number[],
  places: readonly { item: number; start: readonly number[] }[],
  memory?: Float32Array,
): FloatTensor {
  const [, channels, ...spatial] = image.shape
  const voxels = sizeOf(spatial)
  const size = sizeOf(roi)
  const length = places.length * channels * size
  const data = memory?.length === length ? memory : new Float32Array(length)
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

/** Voxels before and after each axis that bring sizes to `least`, with the image in the middle; an odd one comes after. */
export function paddingTo(
  least: readonly number[],
  size: readonly number[],
): { readonly before: readonly number[]; readonly after: readonly number[] } {
  const missing = size.map((n, axis) => Math.max(least[axis] - n, 0))
  return { before: missing.map((n) => Math.floor(n / 2)), after: missing.map((n) => Math.ceil(n / 2)) }
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
