import { bytesIn, type DType } from '../core/dtype.ts'
import type { StoredVoxels } from '../core/stored.ts'
import { prepared } from '../core/largeArrays.ts'
import { sizeOf } from '../core/tensor.ts'
import { withScratch, type Scratch } from './runtime.ts'

const types: Readonly<Partial<Record<DType, number>>> = {
  int8: 0,
  bool: 1,
  uint8: 1,
  int16: 2,
  uint16: 3,
  int32: 4,
  uint32: 5,
  float32: 6,
  float64: 7,
}

/** More is taken elsewhere: the kernel holds all that is stored at once. */
const largestSource = 2 ** 28
/** Results leave kernel memory in slabs of about this size. */
const slabBytes = 2 ** 22

/** Whether `gatherFloats` takes such voxels: three axes or fewer, not too large, no 64-bit integers, no reversed axes. */
export function canGather({ dtype, data, start, shape, strides }: StoredVoxels): boolean {
  const reach = shape.reduce((last, n, axis) => last + (n - 1) * strides[axis], start)
  const inside = start >= 0 && strides.every((step) => step >= 0) && reach < data.length
  return shape.length <= 3 && types[dtype] !== undefined && data.byteLength <= largestSource && inside
}

/** Voxels as float32 in C order of `shape`; scaled in float64 and rounded once. Only for what `canGather`. */
export function gatherFloats(stored: StoredVoxels): Float32Array<ArrayBuffer> {
  const out = prepared(new Float32Array(sizeOf(stored.shape)))
  if (out.length === 0) return out
  const { rows: all, rowLength } = rowsOf(stored)
  const rows = Math.max(1, Math.min(all, 32 * Math.ceil(slabBytes / (128 * rowLength))))
  withScratch('gatherFloats', stored.data.byteLength + 4 * rows * rowLength + 64, (scratch) => {
    const gather = gatherer(scratch, stored)
    const target = scratch.take(4 * rows * rowLength)
    for (let begin = 0; begin < all; begin += rows) {
      const end = Math.min(all, begin + rows)
      gather(target, begin, end)
      out.set(scratch.floats(target, (end - begin) * rowLength), begin * rowLength)
    }
  })
  return out
}

/** The bytes of kernel memory that `gatherInside` takes. */
export function gatheredBytes({ data, shape }: StoredVoxels): number {
  return data.byteLength + 4 * sizeOf(shape) + 64
}

/** The same, left in kernel memory: the address of the first voxel. */
export function gatherInside(scratch: Scratch, stored: StoredVoxels): number {
  const gather = gatherer(scratch, stored)
  const target = scratch.take(4 * sizeOf(stored.shape))
  gather(target, 0, rowsOf(stored).rows)
  return target
}

/** Rows are along the first of three axes; missing ones have a single voxel. */
function rowsOf({ shape }: StoredVoxels): { rows: number; rowLength: number } {
  const rows = shape.length === 3 ? shape[0] : 1
  return { rows, rowLength: sizeOf(shape) / rows }
}

/** What writes rows begin..end to an address. */
function gatherer(
  scratch: Scratch,
  { dtype, data, start, shape, strides, scaling }: StoredVoxels,
): (target: number, begin: number, end: number) => void {
  const ones = new Array<number>(3 - shape.length).fill(1)
  const [, n1, n2] = [...ones, ...shape]
  const [s0, s1, s2] = [...ones, ...strides]
  const { slope, intercept } = scaling ?? { slope: 1, intercept: 0 }
  const source = scratch.take(data.byteLength)
  scratch.bytes(source, data.byteLength).set(bytesIn(data))
  const first = source + start * (data.byteLength / data.length)
  return (target, begin, end) => {
    const args = [first, types[dtype]!, target, n1, n2, s0, s1, s2, scaling ? 1 : 0, slope, intercept, begin]
    scratch.overRows('gatherFloats', args, begin, end)
  }
}
