import { order, type Affine } from '../core/affine.ts'
import type { DType, TypedArray } from '../core/dtype.ts'
import { sizeOf, stridesOf } from '../core/tensor.ts'
import { elementsFrom } from './places.ts'

/** Where the voxels beyond the border of an image come from; `constant` takes a value instead. */
export type Outside = 'constant' | 'edge' | 'reflect' | 'symmetric' | 'wrap'

/** A map between lattices that only reorders voxels: along output axis j, input axis `axes[j]` runs from `shifts[j]` by `signs[j]`. */
export interface Move {
  readonly axes: readonly number[]
  readonly signs: readonly number[]
  readonly shifts: readonly number[]
}

/** The move that `matrix` (output voxel to input voxel) stands for, if its entries are whole up to `tolerance`; else null. */
export function moveOf(matrix: Affine, tolerance = 1e-6): Move | null {
  const n = order(matrix)
  const rank = n - 1
  const axes = new Array<number>(rank).fill(-1)
  const signs = new Array<number>(rank).fill(1)
  const shifts = new Array<number>(rank).fill(0)
  for (let i = 0; i < rank; i++) {
    const row = Array.from({ length: rank }, (_, j) => matrix[i * n + j])
    const j = row.findIndex((x) => Math.abs(Math.abs(x) - 1) <= tolerance)
    if (j < 0 || axes[j] >= 0 || row.some((x, k) => k !== j && Math.abs(x) > tolerance)) return null
    const shift = matrix[i * n + rank]
    if (!(Math.abs(shift - Math.round(shift)) <= tolerance)) return null
    axes[j] = i
    signs[j] = Math.sign(row[j])
    shifts[j] = Math.round(shift)
  }
  return { axes, signs, shifts }
}

/** The input index that stands for `index` of an axis of `size` voxels; -1 where a constant does. */
export function fold(index: number, size: number, outside: Outside): number {
  if (index >= 0 && index < size) return index
  switch (outside) {
    case 'constant':
      return -1
    case 'edge':
      return index < 0 ? 0 : size - 1
    case 'wrap':
      return modulo(index, size)
    case 'symmetric': {
      const place = modulo(index, 2 * size)
      return place < size ? place : 2 * size - 1 - place
    }
    case 'reflect': {
      if (size === 1) return 0
      const place = modulo(index, 2 * size - 2)
      return place < size ? place : 2 * size - 2 - place
    }
    default:
      return outside satisfies never
  }
}

function modulo(a: number, n: number): number {
  return ((a % n) + n) % n
}

/** Voxels of [channels, ...shape] of one element type. */
export interface Voxels {
  readonly dtype: DType
  readonly data: TypedArray
  readonly channels: number
  readonly shape: readonly number[]
}

/** Copies voxels to where `move` puts them, [channels, ...outShape], bit by bit. */
export function moveVoxels(
  { dtype, data, channels, shape }: Voxels,
  outShape: readonly number[],
  move: Move,
  outside: Outside,
  value = 0,
): TypedArray {
  const strides = stridesOf(shape)
  const places = outShape.map((length, j) => {
    const axis = move.axes[j]
    return Int32Array.from({ length }, (_, o) => {
      const index = fold(move.shifts[j] + move.signs[j] * o, shape[axis], outside)
      return index < 0 ? -1 : index * strides[axis]
    })
  })
  const size = sizeOf(shape)
  return elementsFrom(dtype, data, [Int32Array.from({ length: channels }, (_, c) => c * size), ...places], value)
}

/** Reverses the axes of an array of `shape` whose sign is below 0, in place. */
export function reverseAxes(data: Float32Array, shape: readonly number[], signs: readonly number[]): void {
  shape.forEach((length, axis) => {
    if (signs[axis] > 0) return
    const inner = sizeOf(shape.slice(axis + 1))
    const spare = new Float32Array(inner)
    for (let begin = 0; begin < data.length; begin += length * inner) {
      const block = data.subarray(begin, begin + length * inner)
      if (inner === 1) block.reverse()
      else
        for (let low = 0, high = (length - 1) * inner; low < high; low += inner, high -= inner) {
          spare.set(block.subarray(low, low + inner))
          block.copyWithin(low, high, high + inner)
          block.set(spare, high)
        }
    }
  })
}
