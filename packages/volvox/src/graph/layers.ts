// Convolutions, pooling and normalisation with PyTorch's defaults, as functions of values.
import { sizeOf, tensor } from '../core/tensor.ts'
import { constant, type Value } from './ir.ts'
import { cast, concat, fill, matmul, narrow, reduceMax, reshape } from './math.ts'
import * as attentions from './ops/attention.ts'
import * as convs from './ops/conv.ts'
import { gridSample as sampleAt, type GridSampleAttrs } from './ops/index.ts' // whole, since its gradient needs all others
import * as grouping from './ops/groupNorm.ts'
import * as layered from './ops/layerNorm.ts'
import * as norms from './ops/norm.ts'
import * as pools from './ops/pool.ts'
import * as resizing from './ops/resize.ts'

/** A number for every spatial axis, or one number for each. */
export type PerAxis = number | readonly number[]

export interface ConvOptions {
  readonly strides?: PerAxis
  /** The same at both ends of an axis; begins, then ends, when twice as many numbers are given. */
  readonly pads?: PerAxis
  readonly dilations?: PerAxis
  readonly groups?: number
}

export interface ConvTransposeOptions extends ConvOptions {
  /** Added to the end of each spatial axis of the result; less than the stride. */
  readonly outputPads?: PerAxis
}

/** Cross-correlation of x `[N, I, ...]` with w `[O, I/groups, ...k]`. */
export function conv(x: Value, w: Value, bias: Value | null = null, options: ConvOptions = {}): Value {
  return convs.conv(bias ? [x, w, bias] : [x, w], convAttrs(w.shape.length - 2, options))
}

/** PyTorch's ConvTranspose: x `[N, I, ...]`, w `[I, O/groups, ...k]`. */
export function convTranspose(
  x: Value,
  w: Value,
  bias: Value | null = null,
  options: ConvTransposeOptions = {},
): Value {
  const rank = w.shape.length - 2
  const attrs = convAttrs(rank, options)
  const extra = perAxis(options.outputPads ?? 0, rank)
  const spatial = x.shape.slice(2).map((n, i) => {
    const reach = attrs.dilations[i] * (w.shape[i + 2] - 1) + 1
    return (n - 1) * attrs.strides[i] - attrs.pads[i] - attrs.pads[i + rank] + reach + extra[i]
  })
  return convs.convInputGrad(bias ? [x, w, bias] : [x, w], {
    ...attrs,
    shape: [x.shape[0], w.shape[1] * attrs.groups, ...spatial],
  })
}

export interface PoolOptions {
  /** The kernel's size unless given. */
  readonly strides?: PerAxis
  readonly pads?: PerAxis
}

/** The largest element under each window. */
export function maxPool(
  x: Value,
  kernel: PerAxis,
  options: PoolOptions & { readonly dilations?: PerAxis } = {},
): Value {
  const rank = x.shape.length - 2
  return pools.maxPool([x], { ...window(rank, kernel, options), dilations: perAxis(options.dilations ?? 1, rank) })
}

/** The mean under each window. */
export function averagePool(
  x: Value,
  kernel: PerAxis,
  options: PoolOptions & { readonly countIncludePad?: boolean } = {},
): Value {
  return pools.averagePool([x], {
    ...window(x.shape.length - 2, kernel, options),
    countIncludePad: options.countIncludePad ?? true,
  })
}

/** The mean under each of `sizes` windows that share out each axis, as evenly as they can (torch.nn.AdaptiveAvgPool). */
export function adaptiveAveragePool(x: Value, sizes: PerAxis): Value {
  const kernel = evenKernel(x, sizes)
  if (kernel) return averagePool(x, kernel)
  return perAxis(sizes, x.shape.length - 2).reduce((y, count, i) => {
    const axis = i + 2
    const n = y.shape[axis]
    const shares = new Float32Array(count * n)
    adaptiveWindows(n, count).forEach(([start, end], row) =>
      shares.fill(1 / (end - start), row * n + start, row * n + end),
    )
    const flat = reshape(y, [sizeOf(y.shape.slice(0, axis)), n, sizeOf(y.shape.slice(axis + 1))])
    const means = matmul(cast(constant(tensor('float32', [count, n], shares)), x.dtype), flat)
    return reshape(
      means,
      y.shape.map((length, k) => (k === axis ? count : length)),
    )
  }, x)
}

/** The largest element under each of `sizes` windows that share out each axis, as evenly as they can. */
export function adaptiveMaxPool(x: Value, sizes: PerAxis): Value {
  const kernel = evenKernel(x, sizes)
  if (kernel) return maxPool(x, kernel)
  return perAxis(sizes, x.shape.length - 2).reduce((y, count, i) => {
    const parts = adaptiveWindows(y.shape[i + 2], count).map(([start, end]) =>
      reduceMax(narrow(y, i + 2, start, end - start), [i + 2], true),
    )
    return concat(parts, i + 2)
  }, x)
}

/** The kernel of windows that lie side by side, where their number divides every axis. */
function evenKernel(x: Value, sizes: PerAxis): readonly number[] | null {
  const kernel = perAxis(sizes, x.shape.length - 2).map((count, i) => x.shape[i + 2] / count)
  return kernel.every((n) => Number.isInteger(n) && n > 0) ? kernel : null
}

/** Where the windows of an adaptive pool begin and end: neighbours may share elements. */
function adaptiveWindows(n: number, count: number): (readonly [number, number])[] {
  return Array.from(
    { length: count },
    (_, i) => [Math.floor((i * n) / count), Math.ceil(((i + 1) * n) / count)] as const,
  )
}

/** PyTorch's `interpolate` to the given spatial sizes. */
export function resize(
  x: Value,
  sizes: PerAxis,
  mode: resizing.ResizeAttrs['mode'] = 'nearest',
  alignCorners = false,
): Value {
  return resizing.resize([x], { sizes: perAxis(sizes, x.shape.length - 2), mode, alignCorners })
}

/** x `[N, C, ...spatial]` at places `[N, ...out, axes]` from -1 to 1, last axis first (PyTorch's `grid_sample`). */
export function gridSample(x: Value, places: Value, options: Partial<GridSampleAttrs> = {}): Value {
  const { mode = 'linear', paddingMode = 'zeros', alignCorners = false } = options
  return sampleAt([x, places], { mode, paddingMode, alignCorners })
}

/** What a normalisation with batch or instance statistics gives; the variance is the biased one. */
export interface Normalised {
  readonly y: Value
  readonly mean: Value
  readonly variance: Value
}

/** Normalises each channel over the batch. */
export function batchNorm(x: Value, gamma: Value, beta: Value, eps = 1e-5): Normalised {
  const [y, mean, variance] = norms.batchNorm.all([x, gamma, beta], { eps })
  return { y, mean, variance }
}

/** Normalises with given statistics. */
export function batchNormInference(
  x: Value,
  gamma: Value,
  beta: Value,
  mean: Value,
  variance: Value,
  eps = 1e-5,
): Value {
  return norms.batchNormInference([x, gamma, beta, mean, variance], { eps })
}

/** Normalises each channel of each sample; without gamma and beta when they are null. */
export function instanceNorm(x: Value, gamma: Value | null = null, beta: Value | null = null, eps = 1e-5): Value {
  const dtype = norms.statisticsType(x.dtype)
  return norms.instanceNorm([x, gamma ?? fill([x.shape[1]], 1, dtype), beta ?? fill([x.shape[1]], 0, dtype)], { eps })
}

/** Normalises groups of channels of each sample together; without gamma and beta when they are null. */
export function groupNorm(
  x: Value,
  groups: number,
  gamma: Value | null = null,
  beta: Value | null = null,
  eps = 1e-5,
): Value {
  const dtype = norms.statisticsType(x.dtype)
  const inputs = [x, gamma ?? fill([x.shape[1]], 1, dtype), beta ?? fill([x.shape[1]], 0, dtype)]
  return groups === x.shape[1] && x.shape.length > 2
    ? norms.instanceNorm(inputs, { eps })
    : grouping.groupNorm(inputs, { groups, eps })
}

export interface AttentionOptions {
  readonly heads: number
  /** What scores are multiplied with; 1/√(features of a head) unless given. */
  readonly scale?: number
  /** `[heads, L, M]`, added to the scores of every sample. */
  readonly bias?: Value | null
  /** int32 `[W, L]`; sample n has row n modulo W, and tokens of different regions a score that is lower by 100. */
  readonly regions?: Value | null
}

/** Multi-head attention of q `[N, L, features]` to k and v `[N, M, features]`. */
export function attention(q: Value, k: Value, v: Value, options: AttentionOptions): Value {
  const { heads, bias = null, regions = null } = options
  return attentions.attention([q, k, v, ...(bias ? [bias] : []), ...(regions ? [regions] : [])], {
    heads,
    scale: options.scale ?? 1 / Math.sqrt(q.shape[2] / heads),
    bias: bias !== null,
    regions: regions !== null,
  })
}

/** Normalises over the last axes, those of gamma's shape. */
export function layerNorm(x: Value, gamma: Value, beta: Value, eps = 1e-5): Value {
  return layered.layerNorm([x, gamma, beta], { axis: x.shape.length - gamma.shape.length, eps })
}

function convAttrs(rank: number, { strides = 1, pads = 0, dilations = 1, groups = 1 }: ConvOptions): convs.ConvAttrs {
  return { strides: perAxis(strides, rank), pads: bothEnds(pads, rank), dilations: perAxis(dilations, rank), groups }
}

function window(
  rank: number,
  kernel: PerAxis,
  { strides = kernel, pads = 0 }: PoolOptions,
): { kernel: readonly number[]; strides: readonly number[]; pads: readonly number[] } {
  return { kernel: perAxis(kernel, rank), strides: perAxis(strides, rank), pads: bothEnds(pads, rank) }
}

function perAxis(value: PerAxis, rank: number): readonly number[] {
  return typeof value === 'number' ? new Array<number>(rank).fill(value) : value
}

function bothEnds(pads: PerAxis, rank: number): readonly number[] {
  const list = perAxis(pads, rank)
  return list.length === rank ? [...list, ...list] : list
}
