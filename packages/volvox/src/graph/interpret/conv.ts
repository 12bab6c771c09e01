import { sizeOf } from '../../core/tensor.ts'
import type { ConvAttrs } from '../ops/index.ts'
import type { Kernel } from './array.ts'
import { windowRuns, type Run } from './windows.ts'

/** Calls `visit` for each run of products of a convolution; places are those of whole arrays, not of one channel. */
function eachRun(
  x: readonly number[],
  w: readonly number[],
  y: readonly number[],
  attrs: ConvAttrs,
  visit: (run: Run) => void,
): void {
  const runs = windowRuns(x.slice(2), w.slice(2), y.slice(2), attrs)
  const [inner, kernel, outer] = [x, w, y].map((shape) => sizeOf(shape.slice(2)))
  const [outputs, perGroup] = w
  for (let n = 0; n < x[0]; n++)
    for (let o = 0; o < outputs; o++)
      for (let c = 0; c < perGroup; c++) {
        const channel = Math.floor(o / (outputs / attrs.groups)) * perGroup + c
        const yStart = (n * outputs + o) * outer
        const xStart = (n * x[1] + channel) * inner
        const kStart = (o * perGroup + c) * kernel
        for (const { y: yi, x: xi, k, count, step } of runs)
          visit({ y: yStart + yi, x: xStart + xi, k: kStart + k, count, step })
      }
}

export const conv: Kernel<'conv'> = ([x, w, bias], attrs, [{ shape }]) => {
  const out = new Float64Array(sizeOf(shape))
  if (bias) out.forEach((_, i) => (out[i] = bias.data[channelOf(i, shape)]))
  eachRun(x.shape, w.shape, shape, attrs, ({ y, x: from, k, count, step }) => {
    for (let i = 0; i < count; i++) out[y + i] += x.data[from + i * step] * w.data[k]
  })
  return [out]
}

export const convInputGrad: Kernel<'convInputGrad'> = ([g, w, bias], attrs) => {
  const out = new Float64Array(sizeOf(attrs.shape))
  if (bias) out.forEach((_, i) => (out[i] = bias.data[channelOf(i, attrs.shape)]))
  eachRun(attrs.shape, w.shape, g.shape, attrs, ({ y, x: to, k, count, step }) => {
    for (let i = 0; i < count; i++) out[to + i * step] += g.data[y + i] * w.data[k]
  })
  return [out]
}

export const convWeightGrad: Kernel<'convWeightGrad'> = ([x, g], attrs) => {
  const dw = new Float64Array(sizeOf(attrs.shape))
  eachRun(x.shape, attrs.shape, g.shape, attrs, ({ y, x: from, k, count, step }) => {
    for (let i = 0; i < count; i++) dw[k] += x.data[from + i * step] * g.data[y + i]
  })
  if (!attrs.bias) return [dw]
  const dBias = new Float64Array(attrs.shape[0])
  g.data.forEach((v, i) => (dBias[channelOf(i, g.shape)] += v))
  return [dw, dBias]
}

/** The channel of the i-th element of `[N, C, ...]`. */
function channelOf(i: number, shape: readonly number[]): number {
  return Math.floor(i / sizeOf(shape.slice(2))) % shape[1]
}
