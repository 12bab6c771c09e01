import { ShapeError } from '../../core/errors.ts'
import { at, defineOp, elements, type Op, type TensorType, type Value } from '../ir.ts'
import * as m from '../math.ts'
import { floating, hasShape, shown, takes } from './check.ts'
import { perChannel, statisticsType, total, type NormAttrs } from './norm.ts'

export interface GroupNormAttrs extends NormAttrs {
  /** Into how many groups the channels are cut; a divisor of their number. */
  readonly groups: number
}

/**
 * Normalises groups of neighbouring channels of each sample together: x, gamma `[C]`, beta `[C]` → y, mean
 * `[N, groups]`, biased variance `[N, groups]`.
 */
export const groupNorm: Op<GroupNormAttrs> = defineOp<GroupNormAttrs>('groupNorm', {
  infer(inputs, attrs) {
    takes('groupNorm', inputs, 3)
    const [x, gamma, beta] = inputs
    const statistics = statisticsOf('groupNorm', x, attrs)
    perChannel('groupNorm', x, { gamma, beta })
    return [{ dtype: x.dtype, shape: x.shape }, statistics, statistics]
  },
  gradient({ inputs: [x, gamma], outputs: [, mean, variance], grads: [gy, gMean, gVariance], attrs }) {
    const [dx, dGamma, dBeta] = gy ? groupNormGrad.all([gy, x, mean, variance, gamma], attrs) : [null, null, null]
    const wide = grouped(m.cast(x, mean.dtype), attrs)
    const count = elements(x) / elements(mean)
    const back = (value: Value) => m.cast(m.reshape(value, x.shape), x.dtype)
    // d mean = Σ dx / n; d variance = Σ 2 (x - mean) dx / n
    const viaMean = gMean && back(m.broadcastTo(m.div(alongside(gMean), count), wide.shape))
    const viaVariance = gVariance && back(m.mul(m.sub(wide, alongside(mean)), m.mul(2 / count, alongside(gVariance))))
    return [total([dx, viaMean, viaVariance]), dGamma, dBeta]
  },
  decompose([input, gamma, beta], attrs) {
    const x = grouped(m.cast(input, statisticsType(input.dtype)), attrs)
    const mean = m.mean(x, [2], true)
    const centred = m.sub(x, mean)
    const variance = m.mean(m.square(centred), [2], true)
    const normalised = m.reshape(m.div(centred, m.sqrt(m.add(variance, attrs.eps))), input.shape)
    const y = m.add(m.mul(normalised, channels(gamma, normalised)), channels(beta, normalised))
    const shape = statisticsShape(input, attrs)
    return [m.cast(y, input.dtype), m.reshape(mean, shape), m.reshape(variance, shape)]
  },
})

/** g, x, mean, variance, gamma → gradients of x, gamma, beta. */
export const groupNormGrad: Op<GroupNormAttrs> = defineOp<GroupNormAttrs>('groupNormGrad', {
  infer(inputs, attrs) {
    takes('groupNormGrad', inputs, 5)
    const [g, x, mean, variance, gamma] = inputs
    const statistics = statisticsOf('groupNormGrad', x, attrs)
    hasShape('groupNormGrad', 'the gradient', g, x.shape)
    hasShape('groupNormGrad', 'mean', mean, statistics.shape)
    hasShape('groupNormGrad', 'variance', variance, statistics.shape)
    perChannel('groupNormGrad', x, { gamma })
    const parameter: TensorType = { dtype: gamma.dtype, shape: gamma.shape }
    return [{ dtype: x.dtype, shape: x.shape }, parameter, parameter]
  },
  // With x̂ = (x - mean) / σ and h = gamma g: dx = (h - mean(h) - x̂ · mean(h x̂)) / σ, dgamma = Σ g x̂, dbeta = Σ g
  decompose([gradient, input, mean, variance, gamma], attrs) {
    const wide = statisticsType(input.dtype)
    const g = m.cast(gradient, wide)
    const x = grouped(m.cast(input, wide), attrs)
    const perSigma = m.reciprocal(m.sqrt(m.add(alongside(variance), attrs.eps)))
    const normalised = m.mul(m.sub(x, alongside(mean)), perSigma)
    const h = grouped(m.mul(g, channels(gamma, g)), attrs)
    const rest = m.sub(m.sub(h, m.mean(h, [2], true)), m.mul(normalised, m.mean(m.mul(h, normalised), [2], true)))
    const dx = m.reshape(m.mul(rest, perSigma), input.shape)
    const others = input.shape.map((_, axis) => axis).filter((axis) => axis !== 1)
    const toGamma = (value: Value) => m.cast(m.sum(value, others), gamma.dtype)
    return [m.cast(dx, input.dtype), toGamma(m.mul(g, m.reshape(normalised, input.shape))), toGamma(g)]
  },
})

function statisticsOf(op: string, x: TensorType, attrs: GroupNormAttrs): TensorType {
  floating(op, [x])
  if (x.shape.length < 2) throw new ShapeError(at(op), `input has shape ${shown(x.shape)}; it takes [N, C, ...]`)
  const [, count] = x.shape
  if (!Number.isInteger(attrs.groups) || attrs.groups < 1 || count % attrs.groups !== 0)
    throw new ShapeError(at(op), `${attrs.groups} groups do not divide ${count} channels; use a divisor of ${count}`)
  return { dtype: statisticsType(x.dtype), shape: statisticsShape(x, attrs) }
}

function statisticsShape(x: TensorType, { groups }: GroupNormAttrs): number[] {
  return [x.shape[0], groups]
}

/** `[N, C, ...]` as `[N, groups, elements of a group]`. */
function grouped(x: Value, attrs: GroupNormAttrs): Value {
  const [n, groups] = statisticsShape(x, attrs)
  return m.reshape(x, [n, groups, elements(x) / Math.max(1, n * groups)])
}

/** Statistics `[N, groups]` so that they broadcast against what `grouped` gives. */
function alongside(value: Value): Value {
  return m.reshape(value, [...value.shape, 1])
}

/** `[C]` as `[1, C, 1, ...]`, in the element type of `beside`. */
function channels(value: Value, beside: Value): Value {
  return m.cast(m.perChannel(value, beside.shape.length), beside.dtype)
}
