import type { TypedArray } from '../../core/dtype.ts'
import { sizeOf } from '../../core/tensor.ts'
import { fold, type Move, type Outside, type Voxels } from '../move.ts'

/** `moveVoxels` voxel by voxel, as plain numbers. */
export function moveVoxels(
  { data, channels, shape }: Voxels,
  outShape: readonly number[],
  move: Move,
  outside: Outside,
  value = 0,
): number[] {
  const numbers = Array.from(data as Exclude<TypedArray, BigInt64Array | BigUint64Array>, Number)
  return Array.from({ length: channels * sizeOf(outShape) }, (_, at) => {
    const channel = Math.floor(at / sizeOf(outShape))
    const source = new Array<number>(shape.length)
    outShape.forEach((n, j) => {
      const o = Math.floor(at / sizeOf(outShape.slice(j + 1))) % n
      source[move.axes[j]] = fold(move.shifts[j] + move.signs[j] * o, shape[move.axes[j]], outside)
    })
    if (source.some((index) => index < 0)) return value
    return numbers[source.reduce((place, index, axis) => place * shape[axis] + index, channel)]
  })
}
