import { bytesIn, type DType } from '../core/dtype.ts'
import { floatsToFill } from '../core/spareFloats.ts'
import type { StoredVoxels } from '../core/stored.ts'
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
/** Results leave kernel memory in slabs of about this size, and of whole tiles of the kernel. */
const slabBytes = 2 ** 22
const tileRows = 32

/** Whether `gatherFloats` takes such voxels: three axes or fewer, not too large, no 64-bit integers, no reversed axes. */
export function canGather({ dtype, elements, start, shape, strides }: StoredVoxels): boolean {
  const data = elements()
  const reach = shape.reduce((last, n, axis) => last + (n - 1) * strides[axis], start)
  const inside = start >= 0 && strides.every((step) => step >= 0) && reach < data.length
  return shape.length <= 3 && types[dtype] !== undefined && data.byteLength <= largestSource && inside
}

/** Voxels as float32 in C order of `shape`; scaled in float64 and rounded once. Only for what `canGather`. */
export function gatherFloats(stored: StoredVoxels): Float32Array<ArrayBuffer> {
  const out = floatsToFill(sizeOf(stored.shape))
  if (out.length === 0) return out
  const [all, n1, n2] = threeAxes(stored.shape)
  const slice = n1 * n2
  const rows = Math.max(1, Math.min(all, tileRows * Math.ceil(slabBytes / (4 * tileRows * slice))))
  withScratch('gatherFloats', stored.elements().byteLength + 4 * rows * slice + 64, (scratch) => {
    const gather = gatherer(scratch, stored)
    const target = scratch.take(4 * rows * slice)
    for (let begin = 0; begin < all; begin += rows) {
      const count = Math.min(rows, all - begin)
      gather(target, begin, count)
      out.set(scratch.floats(target, count * slice), begin * slice)
    }
  })
  return out
}

/** The bytes of kernel memory that `gatherInside` takes. */
export function gatheredBytes({ elements, shape }: StoredVoxels): number {
  return elements().byteLength + 4 * sizeOf(shape) + 64
}

/** The same, left in kernel memory: the address of the first voxel. */
export function gatherInside(scratch: Scratch, stored: StoredVoxels): number {
  const gather = gatherer(scratch, stored)
  const target = scratch.take(4 * sizeOf(stored.shape))
  gather(target, 0, threeAxes(stored.shape)[0])
  return target
}

/** Missing axes are leading ones of a single voxel. */
function threeAxes(shape: readonly number[]): readonly number[] {
  return [...new Array<number>(3 - shape.length).fill(1), ...shape]
}

/** What writes `count` rows of the first axis to an address, from row `begin` on. */
function gatherer(
  scratch: Scratch,
  { dtype, elements, start, shape, strides, scaling }: StoredVoxels,
): (target: number, begin: number, count: number) => void {
  const [, n1, n2] = threeAxes(shape)
  const [s0, s1, s2] = threeAxes(strides)
  const { slope, intercept } = scaling ?? { slope: 1, intercept: 0 }
  const data = elements()
  const source = scratch.put(bytesIn(data))
  const bytes = data.byteLength / data.length
  return (target, begin, count) => {
    const first = source + bytes * (start + begin * s0)
    const args = [first, types[dtype]!, target, count, n1, n2, s0, s1, s2, scaling ? 1 : 0, slope, intercept]
    scratch.overRows('gatherFloats', args, 0, n1)
  }
}
