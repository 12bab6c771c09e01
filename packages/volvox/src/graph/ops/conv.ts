import { GraphError, ShapeError } from '../../core/errors.ts'
import { sameShape } from '../../core/tensor.ts'
import { at, defineOp, type GraphDType, type Op, type TensorType } from '../ir.ts'
import * as m from '../math.ts'
import { commonDType, floating, hasShape, shown, spatialRank, takes, windowCounts, type WindowAttrs } from './check.ts'

/** Cross-correlation, as deep learning calls convolution. */
export interface ConvAttrs extends WindowAttrs {
  readonly groups: number
}

export interface ConvInputGradAttrs extends ConvAttrs {
  /** Shape of the result: the convolution's input. */
  readonly shape: readonly number[]
}

export interface ConvWeightGradAttrs extends ConvAttrs {
  /** Shape of the weight `[O, I/groups, ...k]`. */
  readonly shape: readonly number[]
  /** Whether the gradient of the bias is a second result. */
  readonly bias: boolean
}

/** x `[N, I, ...]`, weight `[O, I/groups, ...k]`, optional bias `[O]`. The three operations of this file are each other's gradients. */
export const conv: Op<ConvAttrs> = defineOp<ConvAttrs>('conv', {
  infer(inputs, attrs) {
    const dtype = operands('conv', inputs, 3)
    const [x, w, bias] = inputs
    const shape = convShape('conv', x.shape, w.shape, attrs)
    if (bias) hasShape('conv', 'bias', bias, [w.shape[0]])
    return { dtype, shape }
  },
  gradient({ inputs: [x, w, bias], grad, attrs }) {
    const window = windowOf(attrs)
    const dx = convInputGrad([grad, w], { ...window, shape: x.shape })
    return [dx, ...convWeightGrad.all([x, grad], { ...window, shape: w.shape, bias: bias !== undefined })]
  },
})

/**
 * The input of a convolution from its output's gradient g and its weight. Also the transposed convolution: PyTorch's
 * weight `[Cin, Cout/groups, ...k]` goes in as it is, and an optional bias `[Cout]` is added to the result.
 */
export const convInputGrad: Op<ConvInputGradAttrs> = defineOp<ConvInputGradAttrs>('convInputGrad', {
  infer(inputs, attrs) {
    const dtype = operands('convInputGrad', inputs, 3)
    const [g, w, bias] = inputs
    const forward = convShape('convInputGrad', attrs.shape, w.shape, attrs)
    fits('convInputGrad', g.shape, forward, attrs.shape)
    if (bias) hasShape('convInputGrad', 'bias', bias, [attrs.shape[1]])
    return { dtype, shape: attrs.shape }
  },
  gradient({ inputs: [g, w, bias], grad, attrs }) {
    const window = windowOf(attrs)
    const others = grad.shape.map((_, axis) => axis).filter((axis) => axis !== 1)
    return [
      conv([grad, w], window),
      convWeightGrad([grad, g], { ...window, shape: w.shape, bias: false }),
      ...(bias ? [m.sum(grad, others)] : []),
    ]
  },
})

/** The weight's gradient from the input x and the output's gradient g; with `bias`, also the bias's: the sum of g per channel. */
export const convWeightGrad: Op<ConvWeightGradAttrs> = defineOp<ConvWeightGradAttrs>('convWeightGrad', {
  infer(inputs, attrs) {
    const dtype = operands('convWeightGrad', inputs, 2)
    const [x, g] = inputs
    fits('convWeightGrad', g.shape, convShape('convWeightGrad', x.shape, attrs.shape, attrs), x.shape)
    const weight: TensorType = { dtype, shape: attrs.shape }
    return attrs.bias ? [weight, { dtype, shape: [attrs.shape[0]] }] : weight
  },
  gradient({ inputs: [x, g], grads: [dw, dbias], attrs }) {
    const window = windowOf(attrs)
    if (!dw) return [null, dbias ? m.broadcastTo(m.perChannel(dbias, g.shape.length), g.shape) : null]
    return [convInputGrad([g, dw], { ...window, shape: x.shape }), conv(dbias ? [x, dw, dbias] : [x, dw], window)]
  },
})

/** Shape of a convolution's output; throws when the shapes do not fit. */
export function convShape(op: string, x: readonly number[], w: readonly number[], attrs: ConvAttrs): number[] {
  const rank = spatialRank(op, x)
  const { groups } = attrs
  if (w.length !== x.length)
    throw new ShapeError(
      at(op),
      `input ${shown(x)} has ${rank} spatial axes, weight ${shown(w)} has ${w.length - 2}; they must agree`,
    )
  if (!Number.isInteger(groups) || groups < 1 || w[0] % groups !== 0)
    throw new GraphError(
      at(op),
      `groups is ${groups}; it must divide the ${w[0]} output channels of weight ${shown(w)}`,
    )
  if (x[1] !== w[1] * groups)
    throw new ShapeError(
      at(op),
      `input has ${x[1]} channels, weight ${shown(w)} with groups ${groups} takes ${w[1] * groups}`,
    )
  const kernel = w.slice(2)
  if (kernel.some((n) => n < 1))
    throw new ShapeError(at(op), `weight ${shown(w)} is empty; each kernel size must be at least 1`)
  return [x[0], w[0], ...windowCounts(op, x.slice(2), kernel, attrs)]
}

function operands(op: string, inputs: readonly TensorType[], most: number): GraphDType {
  takes(op, inputs, 2, most)
  floating(op, inputs)
  return commonDType(op, inputs)
}

function fits(op: string, g: readonly number[], forward: readonly number[], x: readonly number[]): void {
  if (!sameShape(g, forward))
    throw new ShapeError(
      at(op),
      `gradient has shape ${shown(g)}; the convolution of ${shown(x)} gives ${shown(forward)}`,
    )
}

// Attributes without those that only one of the three has.
function windowOf({ strides, pads, dilations, groups }: ConvAttrs): ConvAttrs {
  return { strides, pads, dilations, groups }
}
