import { OptionError, ShapeError, shown } from '../../core/errors.ts'
import { bool, count, intOrInts, nonNegative, number, type Schema } from '../../core/options.ts'
import { sizeOf } from '../../core/tensor.ts'
import type { Value } from '../../graph/ir.ts'
import * as g from '../../graph/layers.ts'
import {
  add,
  cast,
  div,
  fill,
  mean as average,
  mul,
  narrow,
  pad,
  pow,
  reciprocal,
  reshape,
  square,
  sub,
} from '../../graph/math.ts'
import { ones, zero } from '../init.ts'
import { identity, layer, pure, type Layer, type Weight } from '../layer.ts'
import { choose, variant, type Named, type Variant } from '../named.ts'

/** Where a norm stands. */
export interface NormPlace {
  readonly channels: number
}

const eps = nonNegative.opt('Added to the variance.', 1e-5)
const affine = (fallback: boolean) => bool.opt('Whether a scale and a shift are learnt.', fallback)

const momentum = number
  .nullable()
  .opt('Share of the new batch in the running statistics; all batches alike when null.', 0.1)

const batch = variant(
  {
    numFeatures: count.opt('Channels; those of the place when null.', null),
    eps,
    momentum,
    affine: affine(true),
    trackRunningStats: bool.opt('Whether evaluation uses running statistics.', true),
  },
  (o, { channels }: NormPlace) => {
    agrees('batch.numFeatures', o.numFeatures, channels)
    return layer({
      weights: { ...scaleAndShift([channels], o.affine), ...runningStatistics(channels, o.trackRunningStats) },
      forward: (own, [x], context) => {
        const gamma = own.weight ?? fill([channels], 1)
        const beta = own.bias ?? fill([channels], 0)
        const { running_mean: mean, running_var: variance, num_batches_tracked: batches } = own
        if (!mean || !variance || !batches) return g.batchNorm(x, gamma, beta, o.eps).y
        if (!context.training) return g.batchNormInference(x, gamma, beta, mean, variance, o.eps)
        const n = sizeOf(x.shape) / channels
        if (n < 2)
          throw new ShapeError(
            'batchNorm',
            `one value per channel, in shape [${x.shape.join(', ')}], has no variance; train on larger crops or batches`,
          )
        const batch = g.batchNorm(x, gamma, beta, o.eps)
        const counted = add(context.latest(batches), 1)
        const share = o.momentum ?? reciprocal(cast(counted, mean.dtype))
        context.update(mean, blended(context.latest(mean), batch.mean, share))
        context.update(variance, blended(context.latest(variance), mul(n / (n - 1), batch.variance), share)) // unbiased, as PyTorch keeps it
        context.update(batches, counted)
        return batch.y
      },
    })
  },
)

const instanceOptions = {
  numFeatures: count.opt('Channels; those of the place when null.', null),
  eps,
  momentum: number.opt('Share of the new images in the running statistics.', 0.1),
  affine: affine(false),
  trackRunningStats: bool.opt('Whether evaluation uses running statistics.', false),
} satisfies Schema

const instance = variant(instanceOptions, (o, { channels }: NormPlace) => {
  agrees('instance.numFeatures', o.numFeatures, channels)
  return layer({
    weights: { ...scaleAndShift([channels], o.affine), ...runningStatistics(channels, o.trackRunningStats) },
    forward: ({ weight, bias, running_mean: mean, running_var: variance }, [x], context) => {
      if (sizeOf(x.shape.slice(2)) === 1 && (context.training || !mean))
        throw new ShapeError(
          'instanceNorm',
          `one voxel, in shape ${shown(x.shape)}, has no variance; give larger images`,
        )
      if (!mean || !variance) return g.instanceNorm(x, weight, bias, o.eps)
      if (!context.training) {
        const [gamma, beta] = [weight ?? fill([channels], 1), bias ?? fill([channels], 0)]
        return g.batchNormInference(x, gamma, beta, mean, variance, o.eps)
      }
      const spatial = x.shape.map((_, axis) => axis).slice(2)
      const n = sizeOf(x.shape.slice(2))
      const means = average(x, spatial, true)
      const squares = average(square(sub(x, means)), spatial)
      context.update(mean, blended(context.latest(mean), average(reshape(means, x.shape.slice(0, 2)), [0]), o.momentum))
      context.update(variance, blended(context.latest(variance), mul(n / (n - 1), average(squares, [0])), o.momentum))
      return g.instanceNorm(x, weight, bias, o.eps)
    },
  })
})

const group = variant(
  {
    numGroups: count.req('Groups of channels that are normalised together.'),
    numChannels: count.opt('Channels; those of the place when null.', null),
    eps,
    affine: affine(true),
  },
  (o, { channels }: NormPlace) => {
    agrees('group.numChannels', o.numChannels, channels)
    if (channels % o.numGroups !== 0)
      throw new OptionError(
        'norm.group.numGroups',
        `${channels} channels do not divide into ${o.numGroups} groups; use a divisor`,
      )
    return layer({
      weights: scaleAndShift([channels], o.affine),
      forward: ({ weight, bias }, [x]) => g.groupNorm(x, o.numGroups, weight, bias, o.eps),
    })
  },
)

const layerVariant = variant(
  {
    normalizedShape: intOrInts.req('Sizes of the last axes, which are normalised together.'),
    eps,
    elementwiseAffine: affine(true),
  },
  (o, _: NormPlace) => {
    const shape = typeof o.normalizedShape === 'number' ? [o.normalizedShape] : o.normalizedShape
    return layer({
      weights: scaleAndShift(shape, o.elementwiseAffine),
      forward: ({ weight, bias }, [x]) => overLastAxes(x, shape, weight, bias, o.eps),
    })
  },
)

/** torch.nn.LayerNorm over the last axis, which has so many features. */
export function layerNorm(features: number, eps = 1e-5): Layer {
  return layer({
    weights: scaleAndShift([features], true),
    forward: ({ weight, bias }, [x]) => overLastAxes(x, [features], weight, bias, eps),
  })
}

/** Normalises over the last axis without learnt parameters. */
export function plainLayerNorm(x: Value): Value {
  return overLastAxes(x, x.shape.slice(-1))
}

function overLastAxes(x: Value, shape: readonly number[], scale?: Value, shift?: Value, eps = 1e-5): Value {
  return g.layerNorm(x, scale ?? fill(shape, 1), shift ?? fill(shape, 0), eps)
}

/** torch.nn.LocalResponseNorm (Krizhevsky et al. 2012). */
const localResponse = variant(
  {
    size: count.req('Neighbouring channels that inhibit each other.'),
    alpha: number.opt('Weight of their mean square.', 1e-4),
    beta: number.opt('Exponent.', 0.75),
    k: number.opt('Added to the mean square.', 1),
  },
  ({ size, alpha, beta, k }, { channels }: NormPlace) =>
    pure((x) => {
      const [before, after] = [Math.floor(size / 2), Math.floor((size - 1) / 2)]
      const along = (n: number) => x.shape.map((_, axis) => (axis === 1 ? n : 0))
      const padded = pad(square(x), [...along(before), ...along(after)])
      const shifted = Array.from({ length: size }, (_, i) => narrow(padded, 1, i, channels))
      const total = shifted.reduce((sum, part) => add(sum, part))
      return div(x, pow(add(mul(alpha / size, total), k), beta))
    }),
)

/** MONAI's Norm factory as data: name to arguments and layer. One process holds the whole batch, so `syncbatch` is `batch`. */
export const norms = {
  batch,
  syncbatch: batch,
  instance,
  instance_nvfuser: instance,
  group,
  layer: layerVariant,
  localresponse: localResponse,
} satisfies Readonly<Record<string, Variant<NormPlace>>>

/** The norm that `norm` names, for so many channels; none for null or an empty name. */
export function normLayer(norm: Named | null, channels: number, where = 'norm'): Layer {
  return norm === null || norm === '' ? identity : choose(where, norms, norm, { channels })
}

function scaleAndShift(shape: readonly number[], learnt: boolean): { weight?: Weight; bias?: Weight } {
  return learnt ? { weight: { shape, init: ones, role: 'scale' }, bias: { shape, init: zero, role: 'shift' } } : {}
}

function statistic(channels: number, value: number): Weight {
  return { shape: [channels], init: { kind: 'constant', value }, role: 'statistic' }
}

/** The buffers of a norm that keeps statistics; its counter only counts where the norm reads it. */
function runningStatistics(
  channels: number,
  kept: boolean,
): { running_mean?: Weight; running_var?: Weight; num_batches_tracked?: Weight } {
  return kept
    ? { running_mean: statistic(channels, 0), running_var: statistic(channels, 1), num_batches_tracked: counter() }
    : {}
}

function blended(old: Value, now: Value, share: number | Value): Value {
  return add(mul(typeof share === 'number' ? 1 - share : sub(1, share), old), mul(share, now))
}

function counter(): Weight {
  return { shape: [], init: zero, role: 'counter' }
}

function agrees(option: string, given: number | null, channels: number): void {
  if (given !== null && given !== channels)
    throw new OptionError(`norm.${option}`, `${given} does not fit the ${channels} channels of its place; leave it out`)
}
