import { allocate, type DType, type TypedArray } from './dtype.ts'
import { ShapeError } from './errors.ts'

/** Dense elements in row-major (C) order. Plain data: it survives `postMessage`. */
export interface Tensor<D extends TypedArray = TypedArray> {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly data: D
}

/** A float32 tensor, what networks compute with. */
export type FloatTensor = Tensor<Float32Array>

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1)
}

/** Row-major steps, in elements, between neighbours along each axis. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step
    step *= shape[axis]
  }
  return strides
}

/** The place along each axis of the element with a number in row-major order. */
export function placeOf(index: number, shape: readonly number[]): number[] {
  return stridesOf(shape).map((step, axis) => Math.floor(index / step) % shape[axis])
}

export function tensor<D extends TypedArray>(dtype: DType, shape: readonly number[], data: D): Tensor<D> {
  if (data.length !== sizeOf(shape))
    throw new ShapeError(
      'tensor',
      `${data.length} elements do not fill [${shape.join(', ')}], which takes ${sizeOf(shape)}`,
    )
  return { dtype, shape, data }
}

/** float32 tensor from numbers; zeros when only a shape is given. */
export function floats(shape: readonly number[], values?: ArrayLike<number>): FloatTensor {
  return tensor('float32', shape, values ? Float32Array.from(values) : new Float32Array(sizeOf(shape)))
}

export function zeros(dtype: DType, shape: readonly number[]): Tensor {
  return tensor(dtype, shape, allocate(dtype, sizeOf(shape)))
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i])
}

/** The axis counted from the front; throws when a shape of `rank` axes has no such axis. */
export function axisIndex(axis: number, rank: number, where: string): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    throw new ShapeError(where, `axis ${axis} does not exist in ${rank} axes; use ${-rank} to ${rank - 1}`)
  return axis < 0 ? axis + rank : axis
}

/** Whether a value has the fields of a tensor, as images do; `isTensor` of checkpoints looks at what is in them, too. */
export function isTensorLike(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && 'dtype' in value && 'shape' in value && 'data' in value
}
