import { sizeOf } from '../../core/tensor.ts'
import type { NormAttrs } from '../ops/index.ts'
import type { Kernel, KernelOf, NumberArray } from './array.ts'

/** Which channel, and which set of statistics, the i-th element of `[N, C, ...]` belongs to. */
interface Groups {
  readonly count: number
  readonly channel: (i: number) => number
  readonly group: (i: number) => number
}

function groupsOf({ shape }: NumberArray, perSample: boolean): Groups {
  const inner = sizeOf(shape.slice(2))
  const sampleChannel = (i: number) => Math.floor(i / inner)
  const channel = (i: number) => sampleChannel(i) % shape[1]
  return perSample
    ? { count: shape[0] * shape[1], channel, group: sampleChannel }
    : { count: shape[1], channel, group: channel }
}

/** Mean of `value` over the elements of each group. */
function groupMeans(x: NumberArray, { count, group }: Groups, value: (i: number) => number): Float64Array {
  const sums = new Float64Array(count)
  x.data.forEach((_, i) => (sums[group(i)] += value(i)))
  return sums.map((sum) => sum / (x.data.length / count))
}

function forward(perSample: boolean): KernelOf<NormAttrs> {
  return ([x, gamma, beta], { eps }) => {
    const groups = groupsOf(x, perSample)
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

// With x̂ = (x - mean) / σ: dx = gamma / σ · (g - mean(g) - x̂ · mean(g x̂)), dgamma = Σ g x̂, dbeta = Σ g
function backward(perSample: boolean): KernelOf<NormAttrs> {
  return ([g, x, mean, variance, gamma], { eps }) => {
    const groups = groupsOf(x, perSample)
    const { group, channel } = groups
    const sigma = variance.data.map((v) => Math.sqrt(v + eps))
    const normalised = x.data.map((v, i) => (v - mean.data[group(i)]) / sigma[group(i)])
    const meanG = groupMeans(x, groups, (i) => g.data[i])
    const meanGX = groupMeans(x, groups, (i) => g.data[i] * normalised[i])
    const dx = normalised.map(
      (v, i) => (gamma.data[channel(i)] / sigma[group(i)]) * (g.data[i] - meanG[group(i)] - v * meanGX[group(i)]),
    )
    const dGamma = new Float64Array(gamma.data.length)
    const dBeta = new Float64Array(gamma.data.length)
    g.data.forEach((v, i) => {
      dGamma[channel(i)] += v * normalised[i]
      dBeta[channel(i)] += v
    })
    return [dx, dGamma, dBeta]
  }
}

export const batchNorm: Kernel<'batchNorm'> = forward(false)
export const instanceNorm: Kernel<'instanceNorm'> = forward(true)
export const batchNormGrad: Kernel<'batchNormGrad'> = backward(false)
export const instanceNormGrad: Kernel<'instanceNormGrad'> = backward(true)

export const batchNormInference: Kernel<'batchNormInference'> = ([x, gamma, beta, mean, variance], { eps }) => {
  const { channel } = groupsOf(x, false)
  return [
    x.data.map((v, i) => {
      const c = channel(i)
      return ((v - mean.data[c]) / Math.sqrt(variance.data[c] + eps)) * gamma.data[c] + beta.data[c]
    }),
  ]
}

export const layerNorm: Kernel<'layerNorm'> = ([x, gamma, beta], { axis, eps }) => {
  const inner = sizeOf(x.shape.slice(axis))
  const groups: Groups = {
    count: x.data.length / inner,
    channel: (i) => i % inner,
    group: (i) => Math.floor(i / inner),
  }
  const { channel, group } = groups
  const mean = groupMeans(x, groups, (i) => x.data[i])
  const variance = groupMeans(x, groups, (i) => (x.data[i] - mean[group(i)]) ** 2)
  return [
    x.data.map(
      (v, i) =>
        ((v - mean[group(i)]) / Math.sqrt(variance[group(i)] + eps)) * gamma.data[channel(i)] + beta.data[channel(i)],
    ),
  ]
}
