import type { DType, TypedArray } from '../core/dtype.ts'
import { sizeOf } from '../core/tensor.ts'
import { withScratch } from './runtime.ts'

/** Elements in any order: voxel (a, b, c) is element start + a·strides[0] + b·strides[1] + c·strides[2]. */
export interface Gathering {
  readonly dtype: DType
  readonly data: TypedArray
  readonly start: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly scaling: { readonly slope: number; readonly intercept: number } | null
}

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
export function canGather({ dtype, data, start, shape, strides }: Gathering): boolean {
  const reach = shape.reduce((last, n, axis) => last + (n - 1) * strides[axis], start)
  const inside = start >= 0 && strides.every((step) => step >= 0) && reach < data.length
  return shape.length <= 3 && types[dtype] !== undefined && data.byteLength <= largestSource && inside
}

/** Voxels as float32 in C order of `shape`; scaled in float64 and rounded once. Only for what `canGather`. */
export function gatherFloats({ dtype, data, start, shape, strides, scaling }: Gathering): Float32Array<ArrayBuffer> {
  const missing = 3 - shape.length
  const ones = new Array<number>(missing).fill(1)
  const [n0, n1, n2] = [...ones, ...shape]
  const [s0, s1, s2] = [...ones, ...strides]
  const out = new Float32Array(sizeOf(shape))
  if (out.length === 0) return out
  const rows = Math.max(1, Math.min(n0, 32 * Math.ceil(slabBytes / (128 * n1 * n2))))
  const { slope, intercept } = scaling ?? { slope: 1, intercept: 0 }
  const elementBytes = data.byteLength / data.length
  withScratch('gatherFloats', data.byteLength + 4 * rows * n1 * n2 + 64, (scratch) => {
    const source = scratch.take(data.byteLength)
    scratch.bytes(source, data.byteLength).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    const target = scratch.take(4 * rows * n1 * n2)
    const first = source + start * elementBytes
    for (let begin = 0; begin < n0; begin += rows) {
      const end = Math.min(n0, begin + rows)
      const args = [first, types[dtype]!, target, n1, n2, s0, s1, s2, scaling ? 1 : 0, slope, intercept, begin]
      scratch.overRows('gatherFloats', args, begin, end)
      out.set(scratch.floats(target, (end - begin) * n1 * n2), begin * n1 * n2)
    }
  })
  return out
}
