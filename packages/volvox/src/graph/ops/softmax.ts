import { defineOp, type Op, type TensorType } from '../ir.ts'
import * as m from '../math.ts'
import { commonDType, floating, hasAxis, hasShape, takes } from './check.ts'

export interface AxisAttrs {
  /** Counted from the front. */
  readonly axis: number
}

export const softmax: Op<AxisAttrs> = defineOp<AxisAttrs>('softmax', {
  infer: (inputs, attrs) => along('softmax', inputs, attrs),
  gradient: ({ outputs: [y], grad, attrs }) => [softmaxGrad([grad, y], attrs)],
})

export const logSoftmax: Op<AxisAttrs> = defineOp<AxisAttrs>('logSoftmax', {
  infer: (inputs, attrs) => along('logSoftmax', inputs, attrs),
  gradient: ({ outputs: [y], grad, attrs }) => [logSoftmaxGrad([grad, y], attrs)],
})

/** The gradient of softmax from g and its output y: y (g - Σ g y). */
export const softmaxGrad: Op<AxisAttrs> = defineOp<AxisAttrs>('softmaxGrad', {
  infer: (inputs, attrs) => gradType('softmaxGrad', inputs, attrs),
  decompose: ([g, y], { axis }) => [m.mul(y, m.sub(g, m.sum(m.mul(g, y), [axis], true)))],
})

/** The gradient of logSoftmax from g and its output y: g - exp(y) Σ g. */
export const logSoftmaxGrad: Op<AxisAttrs> = defineOp<AxisAttrs>('logSoftmaxGrad', {
  infer: (inputs, attrs) => gradType('logSoftmaxGrad', inputs, attrs),
  decompose: ([g, y], { axis }) => [m.sub(g, m.mul(m.exp(y), m.sum(g, [axis], true)))],
})

function along(op: string, inputs: readonly TensorType[], { axis }: AxisAttrs): TensorType {
  takes(op, inputs, 1)
  floating(op, inputs)
  hasAxis(op, axis, inputs[0].shape.length)
  return { dtype: inputs[0].dtype, shape: inputs[0].shape }
}

function gradType(op: string, inputs: readonly TensorType[], { axis }: AxisAttrs): TensorType {
  takes(op, inputs, 2)
  floating(op, inputs)
  const [g, y] = inputs
  hasShape(op, 'the gradient', g, y.shape)
  hasAxis(op, axis, y.shape.length)
  return { dtype: commonDType(op, inputs), shape: y.shape }
}
