import { sizeOf } from '../../core/tensor.ts'
import type { GroupNormAttrs, LayerNormAttrs, NormAttrs } from '../ops/index.ts'
import type { Kernel, KernelOf, NumberArray } from './array.ts'

/** Which channel, and which set of statistics, the i-th element of `[N, C, ...]` belongs to. */
interface Groups {
  readonly count: number
  readonly channel: (i: number) => number
  readonly group: (i: number) => number
}

function channelOf({ shape }: NumberArray): (i: number) => number {
  const inner = sizeOf(shape.slice(2))
  return (i) => Math.floor(i / inner) % shape[1]
}

/** Statistics of each channel over the batch. */
function byChannel(x: NumberArray): Groups {
  return { count: x.shape[1], channel: channelOf(x), group: channelOf(x) }
}

/** Statistics of `groups` groups of neighbouring channels of each sample. */
function bySample(x: NumberArray, groups: number): Groups {
  const count = x.shape[0] * groups
  const inner = x.data.length / count
  return { count, channel: channelOf(x), group: (i) => Math.floor(i / inner) }
}

/** Mean of `value` over the elements of each group. */
function groupMeans(x: NumberArray, { count, group }: Groups, value: (i: number) => number): Float64Array {
  const sums = new Float64Array(count)
  x.data.forEach((_, i) => (sums[group(i)] += value(i)))
  return sums.map((sum) => sum / (x.data.length / count))
}

function forward<A extends NormAttrs>(groupsOf: (x: NumberArray, attrs: A) => Groups): KernelOf<A> {
  return ([x, gamma, beta], attrs) => {
    const groups = groupsOf(x, attrs)
    const { eps } = attrs
    const { group, channel } = groups
    const mean = groupMeans(x, groups, (i) => x.data[i])
    const variance = groupMeans(x, groups, (i) => (x.data[i] - mean[group(i)]) ** 2)
    const y = x.data.map(
      (v, i) =>
        ((v - mean[group(i)]) / Math.sqrt(variance[group(i)] + eps)) * gamma.data[channel(i)] + beta.data[channel(i)],
    )
    return [y, mean, variance]
  }
}

// With x̂ = (x - mean) / σ and h = gamma g: dx = (h - mean(h) - x̂ · mean(h x̂)) / σ, dgamma = Σ g x̂, dbeta = Σ g
function backward<A extends NormAttrs>(groupsOf: (x: NumberArray, attrs: A) => Groups): KernelOf<A> {
  return ([g, x, mean, variance, gamma], attrs) => {
    const groups = groupsOf(x, attrs)
    const { group, channel } = groups
    const sigma = variance.data.map((v) => Math.sqrt(v + attrs.eps))
    const normalised = x.data.map((v, i) => (v - mean.data[group(i)]) / sigma[group(i)])
    const h = g.data.map((v, i) => v * gamma.data[channel(i)])
    const meanH = groupMeans(x, groups, (i) => h[i])
    const meanHX = groupMeans(x, groups, (i) => h[i] * normalised[i])
    const dx = normalised.map((v, i) => (h[i] - meanH[group(i)] - v * meanHX[group(i)]) / sigma[group(i)])
    const dGamma = new Float64Array(gamma.data.length)
    const dBeta = new Float64Array(gamma.data.length)
    g.data.forEach((v, i) => {
      dGamma[channel(i)] += v * normalised[i]
      dBeta[channel(i)] += v
    })
    return [dx, dGamma, dBeta]
  }
}

const byInstance = (x: NumberArray) => bySample(x, x.shape[1])
const byRow = (x: NumberArray, { axis }: LayerNormAttrs): Groups => {
  const inner = sizeOf(x.shape.slice(axis))
  return { count: x.data.length / inner, channel: (i) => i % inner, group: (i) => Math.floor(i / inner) }
}
const byGroup = (x: NumberArray, { groups }: GroupNormAttrs) => bySample(x, groups)

export const batchNorm: Kernel<'batchNorm'> = forward(byChannel)
export const instanceNorm: Kernel<'instanceNorm'> = forward(byInstance)
export const groupNorm: Kernel<'groupNorm'> = forward(byGroup)
export const layerNorm: Kernel<'layerNorm'> = forward(byRow)
export const batchNormGrad: Kernel<'batchNormGrad'> = backward(byChannel)
export const instanceNormGrad: Kernel<'instanceNormGrad'> = backward(byInstance)
export const groupNormGrad: Kernel<'groupNormGrad'> = backward(byGroup)
export const layerNormGrad: Kernel<'layerNormGrad'> = backward(byRow)

export const batchNormInference: Kernel<'batchNormInference'> = ([x, gamma, beta, mean, variance], { eps }) => {
  const channel = channelOf(x)
  return [
    x.data.map((v, i) => {
      const c = channel(i)
      return ((v - mean.data[c]) / Math.sqrt(variance.data[c] + eps)) * gamma.data[c] + beta.data[c]
    }),
  ]
}
