import { stridesOf } from '../../core/tensor.ts'
import type { AttrsOf, OpName } from '../ops/index.ts'
import type { TensorType } from '../ir.ts'

/** Numbers in row-major order; float64 whatever type the graph gives them. */
export interface NumberArray {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

/** Computes the data of each output from inputs and attributes. */
export type KernelOf<A> = (
  inputs: readonly NumberArray[],
  attrs: A,
  outputs: readonly TensorType[],
) => readonly Float64Array[]

/** The kernel of the operation of that name. */
export type Kernel<N extends OpName> = KernelOf<AttrsOf<N>>

/** For each element of `shape` in row-major order, `start` plus its index times `strides`: the one way to walk an array. */
export function offsets(shape: readonly number[], strides: readonly number[], start = 0): Int32Array {
  let result = Int32Array.of(start)
  shape.forEach((length, axis) => {
    const longer = new Int32Array(result.length * length)
    for (let i = 0; i < result.length; i++)
      for (let j = 0; j < length; j++) longer[i * length + j] = result[i] + j * strides[axis]
    result = longer
  })
  return result
}

/** Where each element of `shape` finds its own in an array of shape `from` that is broadcast to it. */
export function broadcastOffsets(from: readonly number[], shape: readonly number[]): Int32Array {
  const own = stridesOf(from)
  const added = shape.length - from.length
  return offsets(
    shape,
    shape.map((_, axis) => (axis < added || from[axis - added] === 1 ? 0 : own[axis - added])),
  )
}

/** Where each element of `shape` goes when `axes` are reduced away. */
export function reducedOffsets(shape: readonly number[], axes: readonly number[]): Int32Array {
  const strides = stridesOf(shape.map((n, axis) => (axes.includes(axis) ? 1 : n)))
  return offsets(
    shape,
    strides.map((stride, axis) => (axes.includes(axis) ? 0 : stride)),
  )
}

/** `[N, C, ...]` with one to three spatial axes as three, the missing ones of size 1 in front. */
export function threeAxes(values: readonly number[], missing: number): [number, number, number] {
  const [a, b, c] = [...new Array<number>(3 - values.length).fill(missing), ...values]
  return [a, b, c]
}
