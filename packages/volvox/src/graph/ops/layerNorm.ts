import { sizeOf } from '../../core/tensor.ts'
import { defineOp, type Op, type TensorType, type Value } from '../ir.ts'
import * as m from '../math.ts'
import { floating, hasAxis, hasShape, takes } from './check.ts'
import { parameter, statisticsType, total, type NormAttrs } from './norm.ts'

export interface LayerNormAttrs extends NormAttrs {
  /** First of the axes that are normalised together, counted from the front. */
  readonly axis: number
}

/**
 * Normalises over all axes from `axis` on: x, gamma, beta, both of the shape of those axes → y, mean, biased variance,
 * both of the shape of the axes before.
 */
export const layerNorm: Op<LayerNormAttrs> = defineOp<LayerNormAttrs>('layerNorm', {
  infer(inputs, attrs) {
    takes('layerNorm', inputs, 3)
    const [x, gamma, beta] = inputs
    const statistics = statisticsOf('layerNorm', x, attrs)
    parameter('layerNorm', x, 'gamma', gamma, x.shape.slice(attrs.axis))
    parameter('layerNorm', x, 'beta', beta, x.shape.slice(attrs.axis))
    return [{ dtype: x.dtype, shape: x.shape }, statistics, statistics]
  },
  gradient({ inputs: [x, gamma], outputs: [, mean, variance], grads: [gy, gMean, gVariance], attrs }) {
    const [dx, dGamma, dBeta] = gy ? layerNormGrad.all([gy, x, mean, variance, gamma], attrs) : [null, null, null]
    const count = sizeOf(x.shape.slice(attrs.axis))
    const wide = m.cast(x, mean.dtype)
    // d mean = Σ dx / n; d variance = Σ 2 (x - mean) dx / n
    const viaMean = gMean && m.cast(m.broadcastTo(m.div(beside(gMean, x), count), x.shape), x.dtype)
    const viaVariance =
      gVariance && m.cast(m.mul(m.sub(wide, beside(mean, x)), m.mul(2 / count, beside(gVariance, x))), x.dtype)
    return [total([dx, viaMean, viaVariance]), dGamma, dBeta]
  },
  decompose([input, gamma, beta], attrs) {
    const x = m.cast(input, statisticsType(input.dtype))
    const axes = lastAxes(x, attrs)
    const mean = m.mean(x, axes, true)
    const centred = m.sub(x, mean)
    const variance = m.mean(m.square(centred), axes, true)
    const normalised = m.div(centred, m.sqrt(m.add(variance, attrs.eps)))
    const y = m.add(m.mul(normalised, m.cast(gamma, x.dtype)), m.cast(beta, x.dtype))
    const shape = x.shape.slice(0, attrs.axis)
    return [m.cast(y, input.dtype), m.reshape(mean, shape), m.reshape(variance, shape)]
  },
})

/** g, x, mean, variance, gamma → gradients of x, gamma, beta. */
export const layerNormGrad: Op<LayerNormAttrs> = defineOp<LayerNormAttrs>('layerNormGrad', {
  infer(inputs, attrs) {
    takes('layerNormGrad', inputs, 5)
    const [g, x, mean, variance, gamma] = inputs
    const statistics = statisticsOf('layerNormGrad', x, attrs)
    hasShape('layerNormGrad', 'the gradient', g, x.shape)
    hasShape('layerNormGrad', 'mean', mean, statistics.shape)
    hasShape('layerNormGrad', 'variance', variance, statistics.shape)
    parameter('layerNormGrad', x, 'gamma', gamma, x.shape.slice(attrs.axis))
    const result: TensorType = { dtype: gamma.dtype, shape: gamma.shape }
    return [{ dtype: x.dtype, shape: x.shape }, result, result]
  },
  // With x̂ = (x - mean) / σ and h = gamma g: dx = (h - mean(h) - x̂ · mean(h x̂)) / σ, dgamma = Σ g x̂, dbeta = Σ g
  decompose([gradient, input, mean, variance, gamma], attrs) {
    const wide = statisticsType(input.dtype)
    const [g, x] = [m.cast(gradient, wide), m.cast(input, wide)]
    const axes = lastAxes(x, attrs)
    const perSigma = m.reciprocal(m.sqrt(m.add(beside(variance, x), attrs.eps)))
    const normalised = m.mul(m.sub(x, beside(mean, x)), perSigma)
    const h = m.mul(g, m.cast(gamma, wide))
    const rest = m.sub(m.sub(h, m.mean(h, axes, true)), m.mul(normalised, m.mean(m.mul(h, normalised), axes, true)))
    const before = x.shape.map((_, axis) => axis).slice(0, attrs.axis)
    const toGamma = (value: Value) => m.cast(m.sum(value, before), gamma.dtype)
    return [m.cast(m.mul(rest, perSigma), input.dtype), toGamma(m.mul(g, normalised)), toGamma(g)]
  },
})

function statisticsOf(op: string, x: TensorType, { axis }: LayerNormAttrs): TensorType {
  floating(op, [x])
  hasAxis(op, axis, x.shape.length)
  return { dtype: statisticsType(x.dtype), shape: x.shape.slice(0, axis) }
}

function lastAxes(x: TensorType, { axis }: LayerNormAttrs): number[] {
  return x.shape.map((_, i) => i).slice(axis)
}

/** Statistics so that they broadcast against x. */
function beside(value: Value, x: TensorType): Value {
  return m.reshape(value, [...value.shape, ...x.shape.slice(value.shape.length).map(() => 1)])
}
