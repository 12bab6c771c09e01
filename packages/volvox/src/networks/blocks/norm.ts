import { OptionError, ShapeError } from '../../core/errors.ts'
import { bool, count, intOrInts, nonNegative, number, type Schema } from '../../core/options.ts'
import { sizeOf } from '../../core/tensor.ts'
import type { Value } from '../../graph/ir.ts'
import * as g from '../../graph/layers.ts'
import { add, fill, mul } from '../../graph/math.ts'
import { ones, zero } from '../init.ts'
import { identity, layer, type Layer, type Weight } from '../layer.ts'
import { choose, variant, type Named, type Variant } from '../named.ts'

/** Where a norm stands. */
export interface NormPlace {
  readonly channels: number
}

const eps = nonNegative.opt('Added to the variance.', 1e-5)
const affine = (fallback: boolean) => bool.opt('Whether a scale and a shift are learnt.', fallback)

const batch = variant(
  {
    numFeatures: count.opt('Channels; those of the place when null.', null),
    eps,
    momentum: number.opt('Share of the new batch in the running statistics.', 0.1),
    affine: affine(true),
    trackRunningStats: bool.opt('Whether evaluation uses running statistics.', true),
  },
  (o, { channels }: NormPlace) => {
    agrees('batch.numFeatures', o.numFeatures, channels)
    const track = o.trackRunningStats
    return layer({
      weights: {
        ...scaleAndShift([channels], o.affine),
        running_mean: track ? statistic(channels, 0) : undefined,
        running_var: track ? statistic(channels, 1) : undefined,
        num_batches_tracked: track ? counter() : undefined,
      },
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
        const blend = (old: Value, now: Value) => add(mul(1 - o.momentum, old), mul(o.momentum, now))
        context.update(mean, blend(mean, batch.mean))
        context.update(variance, blend(variance, mul(n / (n - 1), batch.variance))) // unbiased, as PyTorch keeps it
        context.update(batches, add(batches, 1))
        return batch.y
      },
    })
  },
)

const instanceOptions = {
  numFeatures: count.opt('Channels; those of the place when null.', null),
  eps,
  momentum: number.opt('Has an effect on running statistics only, which are not kept.', 0.1),
  affine: affine(false),
  trackRunningStats: bool
    .where((on) => !on, 'false, since running statistics of single images are not kept')
    .opt('Must be false.', false),
} satisfies Schema

const instance = variant(instanceOptions, (o, { channels }: NormPlace) => {
  agrees('instance.numFeatures', o.numFeatures, channels)
  return layer({
    weights: scaleAndShift([channels], o.affine),
    forward: ({ weight, bias }, [x]) => g.instanceNorm(x, weight, bias, o.eps),
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
      forward: ({ weight, bias }, [x]) => g.layerNorm(x, weight ?? fill(shape, 1), bias ?? fill(shape, 0), o.eps),
    })
  },
)

/** MONAI's Norm factory as data: name to arguments and layer. One process holds the whole batch, so `syncbatch` is `batch`. */
export const norms: Readonly<Record<string, Variant<NormPlace>>> = {
  batch,
  syncbatch: batch,
  instance,
  instance_nvfuser: instance,
  group,
  layer: layerVariant,
}

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

function counter(): Weight {
  return { shape: [], init: zero, role: 'counter' }
}

function agrees(option: string, given: number | null, channels: number): void {
  if (given !== null && given !== channels)
    throw new OptionError(`norm.${option}`, `${given} does not fit the ${channels} channels of its place; leave it out`)
}
