// Convolutions, pooling and normalisation with PyTorch's defaults, as functions of values.
import { ShapeError } from '../core/errors.ts'
import { at, type Value } from './ir.ts'
import { add, fill, mul, perChannel, reshape } from './math.ts'
import * as convs from './ops/conv.ts'
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

/** PyTorch's `interpolate` to the given spatial sizes. */
export function resize(
  x: Value,
  sizes: PerAxis,
  mode: resizing.ResizeAttrs['mode'] = 'nearest',
  alignCorners = false,
): Value {
  return resizing.resize([x], { sizes: perAxis(sizes, x.shape.length - 2), mode, alignCorners })
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

/** Normalises groups of channels of each sample together. */
export function groupNorm(
  x: Value,
  groups: number,
  gamma: Value | null = null,
  beta: Value | null = null,
  eps = 1e-5,
): Value {
  const [n, channels, ...spatial] = x.shape
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0)
    throw new ShapeError(
      at('groupNorm'),
      `${groups} groups do not divide ${channels} channels; use a divisor of ${channels}`,
    )
  const grouped = reshape(
    x,
    [n, groups, channels / groups, ...spatial]
      .slice(0, 3)
      .concat(spatial.length > 0 ? [spatial.reduce((a, b) => a * b, 1)] : []),
  )
  const normalised = reshape(instanceNorm(grouped, null, null, eps), x.shape)
  const scaled = gamma ? mul(normalised, perChannel(gamma, x.shape.length)) : normalised
  return beta ? add(scaled, perChannel(beta, x.shape.length)) : scaled
}

/** Normalises over the last axes, those of gamma's shape. */
export function layerNorm(x: Value, gamma: Value, beta: Value, eps = 1e-5): Value {
  return norms.layerNorm([x, gamma, beta], { axis: x.shape.length - gamma.shape.length, eps })
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
