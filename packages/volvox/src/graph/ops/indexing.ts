import { GraphError, ShapeError } from '../../core/errors.ts'
import { at, defineOp, type Op, type TensorType } from '../ir.ts'
import { hasAxis, hasShape, isFloatingType, shown, takes, wholeNumbers } from './check.ts'
import type { AxisAttrs } from './softmax.ts'

export interface OneHotAttrs {
  readonly classes: number
}

export interface ArgMaxAttrs extends AxisAttrs {
  readonly keepDims: boolean
}

export interface GatherGradAttrs extends AxisAttrs {
  /** Shape of the result: the input of `gather`. */
  readonly shape: readonly number[]
}

/** Class numbers `[N, 1, ...]` to `[N, classes, ...]` of 0 and 1; numbers outside give all zeros. No gradient. */
export const oneHot: Op<OneHotAttrs> = defineOp<OneHotAttrs>('oneHot', {
  infer(inputs, { classes }) {
    takes('oneHot', inputs, 1)
    const [{ dtype, shape }] = inputs
    wholeNumbers('oneHot', 'classes', [classes], 1, 1)
    if (shape.length < 2 || shape[1] !== 1)
      throw new ShapeError(at('oneHot'), `class numbers have shape ${shown(shape)}; they take [N, 1, ...], one channel`)
    return { dtype: isFloatingType(dtype) ? dtype : 'float32', shape: [shape[0], classes, ...shape.slice(2)] }
  },
  gradient: () => [null],
})

/** The place of the first largest element along an axis, int32. No gradient. */
export const argMax: Op<ArgMaxAttrs> = defineOp<ArgMaxAttrs>('argMax', {
  infer(inputs, { axis, keepDims }) {
    takes('argMax', inputs, 1)
    const { shape } = inputs[0]
    hasAxis('argMax', axis, shape.length)
    if (shape[axis] === 0)
      throw new ShapeError(at('argMax'), `input has shape ${shown(shape)}; nothing has no largest element`)
    return {
      dtype: 'int32',
      shape: keepDims ? shape.map((n, i) => (i === axis ? 1 : n)) : shape.filter((_, i) => i !== axis),
    }
  },
  gradient: () => [null],
})

/** Elements of x picked along `axis` by int32 indices, whose axes replace it. */
export const gather: Op<AxisAttrs> = defineOp<AxisAttrs>('gather', {
  infer(inputs, { axis }) {
    takes('gather', inputs, 2)
    const [x, indices] = inputs
    return { dtype: x.dtype, shape: gatheredShape('gather', x.shape, indices, axis) }
  },
  gradient: ({ inputs: [x, indices], grad, attrs: { axis } }) => [
    gatherGrad([grad, indices], { axis, shape: x.shape }),
    null,
  ],
})

/** Adds each element of g to the place that `gather` took it from. */
export const gatherGrad: Op<GatherGradAttrs> = defineOp<GatherGradAttrs>('gatherGrad', {
  infer(inputs, { axis, shape }) {
    takes('gatherGrad', inputs, 2)
    const [g, indices] = inputs
    hasShape('gatherGrad', 'the gradient', g, gatheredShape('gatherGrad', shape, indices, axis))
    return { dtype: g.dtype, shape }
  },
  gradient: ({ inputs: [, indices], grad, attrs: { axis } }) => [gather([grad, indices], { axis }), null],
})

function gatheredShape(op: string, x: readonly number[], indices: TensorType, axis: number): number[] {
  hasAxis(op, axis, x.length)
  if (indices.dtype !== 'int32') throw new GraphError(at(op), `indices are ${indices.dtype}; cast them to int32`)
  return [...x.slice(0, axis), ...indices.shape, ...x.slice(axis + 1)]
}
