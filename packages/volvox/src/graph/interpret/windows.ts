// Convolutions, pooling and resizing: everything that looks at neighbours. One enumeration serves an operation and its gradients.
import { sizeOf } from '../../core/tensor.ts'
import {
  resizeTaps,
  type AveragePoolAttrs,
  type ConvAttrs,
  type MaxPoolAttrs,
  type ResizeAttrs,
  type Tap,
} from '../ops/index.ts'
import { threeAxes, type Kernel } from './array.ts'

/** For each output place of one axis: the kernel places that fall inside the input, and where. */
type AxisTaps = readonly (readonly { readonly k: number; readonly i: number }[])[]

function windowTaps(
  length: number,
  count: number,
  kernel: number,
  stride: number,
  padBegin: number,
  dilation: number,
): AxisTaps {
  return Array.from({ length: count }, (_, o) =>
    Array.from({ length: kernel }, (_, k) => ({ k, i: o * stride - padBegin + k * dilation })).filter(
      ({ i }) => i >= 0 && i < length,
    ),
  )
}

interface Windows {
  readonly input: readonly [number, number, number]
  readonly kernel: readonly [number, number, number]
  readonly output: readonly [number, number, number]
  readonly taps: readonly AxisTaps[]
}

function windowsOf(
  x: readonly number[],
  kernel: readonly number[],
  y: readonly number[],
  attrs: Pick<ConvAttrs, 'strides' | 'pads'> & { readonly dilations?: readonly number[] },
): Windows {
  const input = threeAxes(x.slice(2), 1)
  const output = threeAxes(y.slice(2), 1)
  const size = threeAxes(kernel, 1)
  const strides = threeAxes(attrs.strides, 1)
  const begins = threeAxes(attrs.pads.slice(0, kernel.length), 0)
  const dilations = threeAxes(attrs.dilations ?? kernel.map(() => 1), 1)
  const taps = [0, 1, 2].map((a) => windowTaps(input[a], output[a], size[a], strides[a], begins[a], dilations[a]))
  return { input, kernel: size, output, taps }
}

/** Calls `visit` with the place of each input element under each window, windows in row-major order. */
function eachTap({ input, kernel, output, taps }: Windows, visit: (y: number, x: number, k: number) => void): void {
  let y = 0
  for (let d = 0; d < output[0]; d++)
    for (let h = 0; h < output[1]; h++)
      for (let w = 0; w < output[2]; w++, y++)
        for (const td of taps[0][d])
          for (const th of taps[1][h])
            for (const tw of taps[2][w])
              visit(y, (td.i * input[1] + th.i) * input[2] + tw.i, (td.k * kernel[1] + th.k) * kernel[2] + tw.k)
}

/** Calls `visit` for each product of a convolution: places in y, x and the weight. */
function eachProduct(
  x: readonly number[],
  w: readonly number[],
  y: readonly number[],
  attrs: ConvAttrs,
  visit: (y: number, x: number, w: number) => void,
): void {
  const windows = windowsOf(x, w.slice(2), y, attrs)
  const [inner, outer, kernel] = [windows.input, windows.output, windows.kernel].map((shape) => sizeOf(shape))
  const [outputs, perGroup] = w
  for (let n = 0; n < x[0]; n++)
    for (let o = 0; o < outputs; o++)
      for (let c = 0; c < perGroup; c++) {
        const channel = Math.floor(o / (outputs / attrs.groups)) * perGroup + c
        const yStart = (n * outputs + o) * outer
        const xStart = (n * x[1] + channel) * inner
        const wStart = (o * perGroup + c) * kernel
        eachTap(windows, (yi, xi, ki) => visit(yStart + yi, xStart + xi, wStart + ki))
      }
}

export const conv: Kernel<'conv'> = ([x, w, bias], attrs, [type]) => {
  const out = new Float64Array(sizeOf(type.shape))
  if (bias) out.forEach((_, i) => (out[i] = bias.data[channelOf(i, type.shape)]))
  eachProduct(x.shape, w.shape, type.shape, attrs, (yi, xi, wi) => (out[yi] += x.data[xi] * w.data[wi]))
  return [out]
}

export const convInputGrad: Kernel<'convInputGrad'> = ([g, w, bias], attrs) => {
  const out = new Float64Array(sizeOf(attrs.shape))
  if (bias) out.forEach((_, i) => (out[i] = bias.data[channelOf(i, attrs.shape)]))
  eachProduct(attrs.shape, w.shape, g.shape, attrs, (yi, xi, wi) => (out[xi] += g.data[yi] * w.data[wi]))
  return [out]
}

export const convWeightGrad: Kernel<'convWeightGrad'> = ([x, g], attrs) => {
  const dw = new Float64Array(sizeOf(attrs.shape))
  eachProduct(x.shape, attrs.shape, g.shape, attrs, (yi, xi, wi) => (dw[wi] += x.data[xi] * g.data[yi]))
  if (!attrs.bias) return [dw]
  const dBias = new Float64Array(attrs.shape[0])
  g.data.forEach((v, i) => (dBias[channelOf(i, g.shape)] += v))
  return [dw, dBias]
}

function channelOf(i: number, shape: readonly number[]): number {
  return Math.floor(i / sizeOf(shape.slice(2))) % shape[1]
}

/** Calls `visit` for each pair of places in y and x that pooling joins, channel by channel. */
function eachPooled(
  x: readonly number[],
  y: readonly number[],
  attrs: MaxPoolAttrs | AveragePoolAttrs,
  visit: (y: number, x: number) => void,
): void {
  const windows = windowsOf(x, attrs.kernel, y, attrs)
  const [inner, outer] = [sizeOf(windows.input), sizeOf(windows.output)]
  for (let c = 0; c < x[0] * x[1]; c++) eachTap(windows, (yi, xi) => visit(c * outer + yi, c * inner + xi))
}

export const maxPool: Kernel<'maxPool'> = ([x], attrs, [type]) => {
  const out = new Float64Array(sizeOf(type.shape)).fill(-Infinity)
  eachPooled(x.shape, type.shape, attrs, (yi, xi) => (out[yi] = Math.max(out[yi], x.data[xi])))
  return [out]
}

export const maxPoolGrad: Kernel<'maxPoolGrad'> = ([g, x], attrs) => {
  const best = new Float64Array(g.data.length).fill(-Infinity)
  const from = new Int32Array(g.data.length)
  eachPooled(x.shape, g.shape, attrs, (yi, xi) => {
    if (x.data[xi] > best[yi]) [best[yi], from[yi]] = [x.data[xi], xi]
  })
  const dx = new Float64Array(x.data.length)
  g.data.forEach((v, i) => (dx[from[i]] += v))
  return [dx]
}

export const averagePool: Kernel<'averagePool'> = ([x], attrs, [type]) => {
  const counts = poolCounts(x.shape, type.shape, attrs)
  const out = new Float64Array(counts.length)
  eachPooled(x.shape, type.shape, attrs, (yi, xi) => (out[yi] += x.data[xi] / counts[yi]))
  return [out]
}

export const averagePoolGrad: Kernel<'averagePoolGrad'> = ([g], attrs) => {
  const counts = poolCounts(attrs.shape, g.shape, attrs)
  const dx = new Float64Array(sizeOf(attrs.shape))
  eachPooled(attrs.shape, g.shape, attrs, (yi, xi) => (dx[xi] += g.data[yi] / counts[yi]))
  return [dx]
}

function poolCounts(x: readonly number[], y: readonly number[], attrs: AveragePoolAttrs): Float64Array {
  const counts = new Float64Array(sizeOf(y))
  if (attrs.countIncludePad) return counts.fill(sizeOf(attrs.kernel))
  eachPooled(x, y, attrs, (yi) => counts[yi]++)
  return counts
}

/** Calls `visit` for each weighted contribution of an input voxel to an output voxel. */
function eachResized(
  x: readonly number[],
  attrs: ResizeAttrs,
  visit: (y: number, x: number, weight: number) => void,
): void {
  const from = threeAxes(x.slice(2), 1)
  const to = threeAxes(attrs.sizes, 1)
  const [td, th, tw] = from.map((length, axis) => resizeTaps(length, to[axis], attrs))
  let y = 0
  for (let c = 0; c < x[0] * x[1]; c++)
    for (const d of td)
      for (const h of th)
        for (const w of tw) {
          const corner = (a: Tap, b: Tap, e: Tap) =>
            visit(y, ((c * from[0] + a.index) * from[1] + b.index) * from[2] + e.index, a.weight * b.weight * e.weight)
          for (const a of d) for (const b of h) for (const e of w) corner(a, b, e)
          y++
        }
}

export const resize: Kernel<'resize'> = ([x], attrs, [type]) => {
  const out = new Float64Array(sizeOf(type.shape))
  eachResized(x.shape, attrs, (yi, xi, weight) => (out[yi] += weight * x.data[xi]))
  return [out]
}

export const resizeGrad: Kernel<'resizeGrad'> = ([g], attrs) => {
  const dx = new Float64Array(sizeOf(attrs.shape))
  eachResized(attrs.shape, attrs, (yi, xi, weight) => (dx[xi] += weight * g.data[yi]))
  return [dx]
}
