import { ShapeError } from '../../core/errors.ts'
import { at, defineOp, elements, type GraphDType, type Op, type TensorType, type Value } from '../ir.ts'
import * as m from '../math.ts'
import { floating, hasShape, shown, takes } from './check.ts'
import { sumTo } from './reduce.ts'

export interface NormAttrs {
  /** Added to the variance. */
  readonly eps: number
}

/** Element type of statistics, and the other type allowed for gamma and beta: float32 where x has only 16 bits. */
export function statisticsType(dtype: GraphDType): GraphDType {
  return dtype === 'float64' ? 'float64' : 'float32'
}

/** Over which axes a norm takes its statistics: [N, C, ...] without channels, or the spatial axes alone. */
type Axes = (rank: number) => readonly number[]
const acrossBatch: Axes = (rank) => range(rank).filter((axis) => axis !== 1)
const withinSample: Axes = (rank) => range(rank).slice(2)

/** Normalises each channel over the batch: x, gamma, beta → y, mean `[C]`, biased variance `[C]`. */
export const batchNorm: Op<NormAttrs> = norm('batchNorm', acrossBatch, () => batchNormGrad)
/** Normalises each channel of each sample: x, gamma, beta → y, mean `[N, C]`, biased variance `[N, C]`. */
export const instanceNorm: Op<NormAttrs> = norm('instanceNorm', withinSample, () => instanceNormGrad)
/** g, x, mean, variance, gamma → gradients of x, gamma, beta. */
export const batchNormGrad: Op<NormAttrs> = normGrad('batchNormGrad', acrossBatch)
/** g, x, mean, variance, gamma → gradients of x, gamma, beta. */
export const instanceNormGrad: Op<NormAttrs> = normGrad('instanceNormGrad', withinSample)

function norm(opName: string, axesOf: Axes, gradOp: () => Op<NormAttrs>): Op<NormAttrs> {
  return defineOp<NormAttrs>(opName, {
    infer(inputs) {
      takes(opName, inputs, 3)
      const [x, gamma, beta] = inputs
      const statistics = statisticsOf(opName, x, axesOf)
      perChannel(opName, x, { gamma, beta })
      return [{ dtype: x.dtype, shape: x.shape }, statistics, statistics]
    },
    gradient({ inputs: [x, gamma], outputs: [y, mean, variance], grads: [gy, gMean, gVariance], attrs }) {
      const [dx, dGamma, dBeta] = gy ? gradOp().all([gy, x, mean, variance, gamma], attrs) : [null, null, null]
      const count = elements(x) / elements(mean)
      // d mean = Σ dx / n; d variance = Σ 2 (x - mean) dx / n
      const viaMean = gMean && m.broadcastTo(m.cast(m.div(alongside(gMean, y), count), x.dtype), x.shape)
      const viaVariance =
        gVariance &&
        m.mul(m.sub(x, m.cast(alongside(mean, y), x.dtype)), m.cast(m.mul(2 / count, alongside(gVariance, y)), x.dtype))
      return [total([dx, viaMean, viaVariance]), dGamma, dBeta]
    },
    decompose([input, gamma, beta], { eps }) {
      const x = m.cast(input, statisticsType(input.dtype))
      const axes = axesOf(x.shape.length)
      const mean = m.mean(x, axes, true)
      const centred = m.sub(x, mean)
      const variance = m.mean(m.square(centred), axes, true)
      const shape = statisticsShape(x, axesOf)
      const scale = m.div(channels(gamma, x), m.sqrt(m.add(variance, eps)))
      const y = m.add(m.mul(centred, scale), channels(beta, x))
      return [m.cast(y, input.dtype), m.reshape(mean, shape), m.reshape(variance, shape)]
    },
  })
}

function normGrad(opName: string, axesOf: Axes): Op<NormAttrs> {
  return defineOp<NormAttrs>(opName, {
    infer(inputs) {
      takes(opName, inputs, 5)
      const [g, x, mean, variance, gamma] = inputs
      const statistics = statisticsOf(opName, x, axesOf)
      hasShape(opName, 'the gradient', g, x.shape)
      hasShape(opName, 'mean', mean, statistics.shape)
      hasShape(opName, 'variance', variance, statistics.shape)
      perChannel(opName, x, { gamma })
      const parameter: TensorType = { dtype: gamma.dtype, shape: gamma.shape }
      return [{ dtype: x.dtype, shape: x.shape }, parameter, parameter]
    },
    // With x̂ = (x - mean) / σ: dx = gamma / σ · (g - mean(g) - x̂ · mean(g x̂)), dgamma = Σ g x̂, dbeta = Σ g
    decompose([gradient, input, mean, variance, gamma], { eps }) {
      const wide = statisticsType(input.dtype)
      const [g, x] = [m.cast(gradient, wide), m.cast(input, wide)]
      const axes = axesOf(x.shape.length)
      const perSigma = m.reciprocal(m.sqrt(m.add(alongside(variance, x), eps)))
      const normalised = m.mul(m.sub(x, alongside(mean, x)), perSigma)
      const sumG = m.sum(g, axes, true)
      const sumGX = m.sum(m.mul(g, normalised), axes, true)
      const count = elements(x) / elements(mean)
      const rest = m.sub(m.sub(g, m.div(sumG, count)), m.mul(normalised, m.div(sumGX, count)))
      const dx = m.mul(m.mul(channels(gamma, x), perSigma), rest)
      const toGamma = (value: Value) =>
        m.cast(m.reshape(sumTo(value, channels(gamma, x).shape), gamma.shape), gamma.dtype)
      return [m.cast(dx, input.dtype), toGamma(sumGX), toGamma(sumG)]
    },
  })
}

/** Normalises with given statistics: x, gamma, beta, mean, variance. */
export const batchNormInference: Op<NormAttrs> = defineOp<NormAttrs>('batchNormInference', {
  infer(inputs) {
    takes('batchNormInference', inputs, 5)
    const [x, gamma, beta, mean, variance] = inputs
    floating('batchNormInference', [x])
    if (x.shape.length < 2)
      throw new ShapeError(at('batchNormInference'), `input has shape ${shown(x.shape)}; it takes [N, C, ...]`)
    perChannel('batchNormInference', x, { gamma, beta, mean, variance })
    return { dtype: x.dtype, shape: x.shape }
  },
  decompose([x, gamma, beta, mean, variance], { eps }) {
    const wide = statisticsType(x.dtype)
    const scale = m.div(m.cast(gamma, wide), m.sqrt(m.add(m.cast(variance, wide), eps)))
    const shift = m.sub(m.cast(beta, wide), m.mul(m.cast(mean, wide), scale))
    const y = m.add(m.mul(m.cast(x, wide), channels(scale, x)), channels(shift, x))
    return [m.cast(y, x.dtype)]
  },
})

function statisticsOf(op: string, x: TensorType, axesOf: Axes): TensorType {
  floating(op, [x])
  const axes = x.shape.length < 2 ? [] : axesOf(x.shape.length)
  if (axes.length === 0) throw new ShapeError(at(op), `input has shape ${shown(x.shape)}; it takes [N, C, ...]`)
  return { dtype: statisticsType(x.dtype), shape: statisticsShape(x, axesOf) }
}

function statisticsShape(x: TensorType, axesOf: Axes): number[] {
  const axes = axesOf(x.shape.length)
  return x.shape.filter((_, axis) => !axes.includes(axis))
}

/** Throws unless each parameter has one number for each channel of x. */
export function perChannel(op: string, x: TensorType, parameters: Readonly<Record<string, TensorType>>): void {
  for (const [name, type] of Object.entries(parameters)) parameter(op, x, name, type, [x.shape[1]])
}

/** Throws unless a parameter of a norm has this shape, and x's element type or that of its statistics. */
export function parameter(op: string, x: TensorType, name: string, type: TensorType, shape: readonly number[]): void {
  hasShape(op, name, type, shape)
  const wide = statisticsType(x.dtype)
  if (type.dtype !== x.dtype && type.dtype !== wide)
    throw new ShapeError(
      at(op),
      `${name} is ${type.dtype}; an input of ${x.dtype} takes ${[...new Set([x.dtype, wide])].join(' or ')}`,
    )
}

/** `[C]` as `[1, C, 1, ...]`, in x's element type. */
function channels(value: Value, x: Value): Value {
  return m.cast(m.perChannel(value, x.shape.length), statisticsType(x.dtype))
}

/** Statistics `[C]` or `[N, C]` shaped so that they broadcast against x. */
function alongside(value: Value, x: TensorType): Value {
  const lead = value.shape.length === 1 ? [1] : []
  return m.reshape(value, [...lead, ...value.shape, ...x.shape.slice(2).map(() => 1)])
}

/** The sum of those that are there. */
export function total(parts: readonly (Value | null)[]): Value | null {
  return parts.reduce((sum, part) => (sum && part ? m.add(sum, part) : (sum ?? part)), null)
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i)
}
