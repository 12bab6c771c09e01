import { OptionError, ShapeError } from '../core/errors.ts'
import { sizeOf, stridesOf } from '../core/tensor.ts'
import { withScratch, type Scratch } from './runtime.ts'

/**
 * The exact squared Euclidean distance of each element to the nearest non-zero one of `object`, up to 3 axes; infinite when
 * there is none. `spacing` is the step along each axis, 1 unless given.
 */
export function squaredDistances(
  object: Uint8Array,
  shape: readonly number[],
  spacing: readonly number[] | null = null,
): Float32Array<ArrayBuffer> {
  const volume = volumeOf('squaredDistances', object.length, shape, spacing)
  return withScratch('squaredDistances', 13 * object.length + 64, (scratch) => {
    const planes = acrossPlanes(scratch, scratch.put(object), volume)
    const { size, spacing } = volume
    const out = scratch.take(4 * object.length)
    scratch.overRows('distancesAcross', [planes, out, size[0], size[1] * size[2], spacing[0]], 0, size[0])
    return scratch.floats(out, object.length).slice() as Float32Array<ArrayBuffer>
  })
}

/**
 * The Euclidean distances of the non-zero elements of `wanted`, in row-major order, to the nearest non-zero element of
 * `object` in an array of the same shape. Cheaper than all distances, since the last axis is only searched from there.
 */
export function distancesAt(
  wanted: Uint8Array,
  object: Uint8Array,
  shape: readonly number[],
  spacing: readonly number[] | null = null,
): Float32Array<ArrayBuffer> {
  const volume = volumeOf('distancesAt', object.length, shape, spacing)
  return withScratch('distancesAt', 14 * object.length + 4 * volume.size[0] + 96, (scratch) => {
    const planes = acrossPlanes(scratch, scratch.put(object), volume)
    const { size, spacing } = volume
    const inner = size[1] * size[2]
    const [chosen, firsts] = [scratch.put(wanted), scratch.take(4 * size[0])]
    const count = scratch.kernels.countRows(chosen, firsts, size[0], inner)
    const out = scratch.take(4 * count)
    scratch.overRows('distancesAt', [planes, chosen, firsts, out, size[0], inner, spacing[0]], 0, size[0])
    return scratch.floats(out, count).slice() as Float32Array<ArrayBuffer>
  })
}

/** Squared distances within planes of the last two axes; the address of float32 elements. */
function acrossPlanes(scratch: Scratch, object: number, { size, spacing }: Volume): number {
  const [d0, d1, d2] = size
  const [lines, planes] = [scratch.take(4 * d0 * d1 * d2), scratch.take(4 * d0 * d1 * d2)]
  scratch.overRows('distancesAlong', [object, lines, d2, spacing[2]], 0, d0 * d1)
  scratch.overRows('distancesAcross', [lines, planes, d1, d2, spacing[1]], 0, d0 * d1)
  return planes
}

/** A part of an array: where it begins along each axis, and how long it is. It may leave the array. */
export interface Box {
  readonly start: readonly number[]
  readonly shape: readonly number[]
}

/** The smallest box around the non-zero elements of two masks of up to 3 axes; null when there are none. */
export function unionBox(a: Uint8Array, b: Uint8Array, shape: readonly number[]): Box | null {
  const { size } = volumeOf('unionBox', a.length, shape, null)
  return withScratch('unionBox', a.length + b.length + 96, (scratch) => {
    const out = scratch.take(24)
    scratch.kernels.unionBox(scratch.put(a), scratch.put(b), out, ...size)
    const found = Array.from(scratch.ints(out, 6))
    if (found[3] < found[0]) return null
    const start = found.slice(3 - shape.length, 3)
    return { start, shape: start.map((low, axis) => found[6 - shape.length + axis] - low + 1) }
  })
}

/**
 * The elements of a mask that have a neighbour outside of it along an axis, within a box; what is outside of the array is
 * outside of the mask. Elements of the mask that lie outside of the box are as if they were 0.
 */
export function edgesIn(mask: Uint8Array, shape: readonly number[], box: Box): Uint8Array<ArrayBuffer> {
  const axes = shape.length
  const missing = new Array<number>(3 - axes).fill(0)
  const { size } = volumeOf('edgesIn', mask.length, shape, null)
  const start = [...missing, ...box.start]
  const inner = [...missing.map(() => 1), ...box.shape]
  // One element of margin on either side of each axis that there is, so that every voxel has all neighbours.
  const margin = [...missing, ...box.start.map(() => 1)]
  const padded = inner.map((n, axis) => n + 2 * margin[axis])
  const [row, slice] = [padded[2], padded[1] * padded[2]]
  const length = sizeOf(padded)
  return withScratch('edgesIn', mask.length + sizeOf(inner) + 2 * length + 4 * slice + 256, (scratch) => {
    const { kernels } = scratch
    const before = slice + 16 // the kernel reads a neighbour of every element, those of the margin too
    const region = scratch.take(length + 2 * before + 16)
    scratch.bytes(region, length + 2 * before + 16).fill(0)
    const block = region + before
    const source = scratch.put(mask)
    const low = start.map((s) => Math.max(0, s))
    const high = start.map((s, axis) => Math.min(size[axis], s + inner[axis]))
    if (low.every((s, axis) => s < high[axis])) {
      const into = low.map((s, axis) => s - start[axis] + margin[axis])
      const target = block + into[0] * slice + into[1] * row + into[2]
      const extent = low.map((s, axis) => high[axis] - s)
      kernels.copyBlock(
        source,
        target,
        size[1],
        size[2],
        low[0],
        low[1],
        low[2],
        extent[0],
        extent[1],
        extent[2],
        row,
        slice,
      )
    }
    const all = scratch.take(length + 16)
    kernels.edges(block, all, length, row, slice, axes)
    const out = scratch.take(sizeOf(inner))
    kernels.copyBlock(
      all,
      out,
      padded[1],
      row,
      margin[0],
      margin[1],
      margin[2],
      inner[0],
      inner[1],
      inner[2],
      inner[2],
      inner[1] * inner[2],
    )
    return scratch.bytes(out, sizeOf(inner)).slice() as Uint8Array<ArrayBuffer>
  })
}

/** The part of a mask inside a box; 0 where the box leaves the array. */
export function cropped(mask: Uint8Array, shape: readonly number[], box: Box): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(sizeOf(box.shape))
  const [from, to] = [stridesOf(shape), stridesOf(box.shape)]
  const copy = (axis: number, source: number, target: number): void => {
    for (let i = 0; i < box.shape[axis]; i++) {
      const at = box.start[axis] + i
      if (at < 0 || at >= shape[axis]) continue
      if (axis === shape.length - 1) out[target + i] = mask[source + at]
      else copy(axis + 1, source + at * from[axis], target + i * to[axis])
    }
  }
  copy(0, 0, 0)
  return out
}

/** Three axes, the missing ones of size 1 in front. */
interface Volume {
  readonly size: readonly [number, number, number]
  readonly spacing: readonly [number, number, number]
}

function volumeOf(where: string, length: number, shape: readonly number[], spacing: readonly number[] | null): Volume {
  if (shape.length < 1 || shape.length > 3)
    throw new ShapeError(where, `the mask has ${shape.length} axes; distances are measured in 1 to 3`)
  if (sizeOf(shape) !== length) throw new ShapeError(where, `${length} voxels do not fill [${shape.join(', ')}]`)
  const steps = spacing ?? shape.map(() => 1)
  if (steps.length !== shape.length || !steps.every((mm) => mm > 0))
    throw new OptionError(
      `${where}.spacing`,
      `[${steps.join(', ')}] does not fit; give a number above 0 for each of the ${shape.length} axes`,
    )
  const [d0, d1, d2] = [...new Array<number>(3 - shape.length).fill(1), ...shape]
  const [s0, s1, s2] = [...new Array<number>(3 - shape.length).fill(1), ...steps]
  return { size: [d0, d1, d2], spacing: [s0, s1, s2] }
}
