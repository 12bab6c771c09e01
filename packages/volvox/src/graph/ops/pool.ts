import { GraphError, ShapeError } from '../../core/errors.ts'
import { sameShape } from '../../core/tensor.ts'
import { at, defineOp, type Op, type TensorType } from '../ir.ts'
import {
  commonDType,
  floating,
  hasShape,
  shown,
  spatialRank,
  takes,
  wholeNumbers,
  windowCounts,
  type WindowAttrs,
} from './check.ts'

export interface MaxPoolAttrs extends WindowAttrs {
  readonly kernel: readonly number[]
}

export interface AveragePoolAttrs {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly pads: readonly number[]
  /** Whether a window's padding counts as zeros or is left out of its mean. */
  readonly countIncludePad: boolean
}

export interface AveragePoolGradAttrs extends AveragePoolAttrs {
  /** Shape of the result: the pool's input. */
  readonly shape: readonly number[]
}

/** The largest element under each window; padding never wins. */
export const maxPool: Op<MaxPoolAttrs> = defineOp<MaxPoolAttrs>('maxPool', {
  infer(inputs, attrs) {
    takes('maxPool', inputs, 1)
    floating('maxPool', inputs)
    return { dtype: inputs[0].dtype, shape: poolShape('maxPool', inputs[0].shape, attrs) }
  },
  gradient: ({ inputs: [x], grad, attrs }) => [maxPoolGrad([grad, x], attrs)],
})

/** From g and x; the first maximum of a window takes the gradient. */
export const maxPoolGrad: Op<MaxPoolAttrs> = defineOp<MaxPoolAttrs>('maxPoolGrad', {
  infer(inputs, attrs) {
    takes('maxPoolGrad', inputs, 2)
    floating('maxPoolGrad', inputs)
    const [g, x] = inputs
    fits('maxPoolGrad', g, poolShape('maxPoolGrad', x.shape, attrs), x.shape)
    return { dtype: commonDType('maxPoolGrad', inputs), shape: x.shape }
  },
  gradient: ({ inputs: [, x], grad, attrs }) => [maxPoolPick([grad, x], attrs), null],
})

/** From v and x, both of one shape: v where the maximum of x is, the first of several, under each window. */
export const maxPoolPick: Op<MaxPoolAttrs> = defineOp<MaxPoolAttrs>('maxPoolPick', {
  infer(inputs, attrs) {
    takes('maxPoolPick', inputs, 2)
    floating('maxPoolPick', inputs)
    const [v, x] = inputs
    hasShape('maxPoolPick', 'what is picked', v, x.shape)
    return { dtype: commonDType('maxPoolPick', inputs), shape: poolShape('maxPoolPick', x.shape, attrs) }
  },
  gradient: ({ inputs: [, x], grad, attrs }) => [maxPoolGrad([grad, x], attrs), null],
})

/** The mean under each window. */
export const averagePool: Op<AveragePoolAttrs> = defineOp<AveragePoolAttrs>('averagePool', {
  infer(inputs, attrs) {
    takes('averagePool', inputs, 1)
    floating('averagePool', inputs)
    return { dtype: inputs[0].dtype, shape: poolShape('averagePool', inputs[0].shape, dense(attrs)) }
  },
  gradient: ({ inputs: [x], grad, attrs }) => [averagePoolGrad([grad], { ...attrs, shape: x.shape })],
})

/** Spreads g evenly over each window. */
export const averagePoolGrad: Op<AveragePoolGradAttrs> = defineOp<AveragePoolGradAttrs>('averagePoolGrad', {
  infer(inputs, attrs) {
    takes('averagePoolGrad', inputs, 1)
    floating('averagePoolGrad', inputs)
    fits('averagePoolGrad', inputs[0], poolShape('averagePoolGrad', attrs.shape, dense(attrs)), attrs.shape)
    return { dtype: inputs[0].dtype, shape: attrs.shape }
  },
  gradient: ({ grad, attrs: { kernel, strides, pads, countIncludePad } }) => [
    averagePool([grad], { kernel, strides, pads, countIncludePad }),
  ],
})

function poolShape(op: string, x: readonly number[], attrs: MaxPoolAttrs): number[] {
  const rank = spatialRank(op, x)
  wholeNumbers(op, 'kernel', attrs.kernel, rank, 1)
  const counts = windowCounts(op, x.slice(2), attrs.kernel, attrs)
  attrs.pads.forEach((pad, i) => {
    const reach = attrs.dilations[i % rank] * (attrs.kernel[i % rank] - 1) + 1
    if (pad >= reach)
      throw new GraphError(
        at(op),
        `pads ${shown(attrs.pads)} would put a window of ${reach} on padding alone; use less than ${reach}`,
      )
  })
  return [x[0], x[1], ...counts]
}

function dense(attrs: AveragePoolAttrs): MaxPoolAttrs {
  return { kernel: attrs.kernel, strides: attrs.strides, pads: attrs.pads, dilations: attrs.kernel.map(() => 1) }
}

function fits(op: string, g: TensorType, forward: readonly number[], x: readonly number[]): void {
  if (!sameShape(g.shape, forward))
    throw new ShapeError(at(op), `gradient has shape ${shown(g.shape)}; pooling ${shown(x)} gives ${shown(forward)}`)
}
