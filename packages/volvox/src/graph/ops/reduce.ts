import { GraphError } from '../../core/errors.ts'
import { sameShape } from '../../core/tensor.ts'
import { at, defineOp, type Op, type TensorType, type Value } from '../ir.ts'
import * as m from '../math.ts'
import { hasAxis, shown, takes } from './check.ts'

export interface ReduceAttrs {
  /** Axes to reduce over, counted from the front. */
  readonly axes: readonly number[]
  /** Leaves each reduced axis in the shape, with size 1. */
  readonly keepDims: boolean
}

export const sum: Op<ReduceAttrs> = defineOp<ReduceAttrs>('sum', {
  infer: (inputs, attrs) => reduced('sum', inputs, attrs),
  gradient: ({ inputs: [x], grad, attrs }) => [m.broadcastTo(kept(grad, x, attrs), x.shape)],
})

/** The largest element; equal largest elements share the gradient evenly, as in PyTorch's amax. */
export const reduceMax: Op<ReduceAttrs> = defineOp<ReduceAttrs>('reduceMax', {
  infer(inputs, attrs) {
    const type = reduced('reduceMax', inputs, attrs)
    if (attrs.axes.some((axis) => inputs[0].shape[axis] === 0))
      throw new GraphError(at('reduceMax'), `input has shape ${shown(inputs[0].shape)}; nothing has no largest element`)
    return type
  },
  gradient({ inputs: [x], outputs: [y], grad, attrs }) {
    const largest = m.cast(m.equal(x, kept(y, x, attrs)), x.dtype)
    return [m.mul(largest, m.div(kept(grad, x, attrs), m.sum(largest, attrs.axes, true)))]
  },
})

function reduced(op: string, inputs: readonly TensorType[], { axes, keepDims }: ReduceAttrs): TensorType {
  takes(op, inputs, 1)
  const [{ dtype, shape }] = inputs
  axes.forEach((axis) => hasAxis(op, axis, shape.length))
  if (new Set(axes).size < axes.length)
    throw new GraphError(at(op), `axes ${shown(axes)} name an axis twice; name each once`)
  const gone = (axis: number) => axes.includes(axis)
  return { dtype, shape: keepDims ? shape.map((n, i) => (gone(i) ? 1 : n)) : shape.filter((_, i) => !gone(i)) }
}

/** A reduced value with its reduced axes put back at size 1. */
function kept(y: Value, x: Value, { axes }: ReduceAttrs): Value {
  return m.reshape(
    y,
    x.shape.map((n, i) => (axes.includes(i) ? 1 : n)),
  )
}

/** Undoes a broadcast from `shape`: sums over the axes that it added or stretched. */
export function sumTo(value: Value, shape: readonly number[]): Value {
  if (sameShape(value.shape, shape)) return value
  const added = value.shape.length - shape.length
  const axes = value.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < added || (shape[axis - added] === 1 && value.shape[axis] !== 1))
  return m.reshape(m.sum(value, axes, true), shape)
}
