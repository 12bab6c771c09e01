import { castArray, toFloats } from '../../core/convert.ts'
import { DataError, ShapeError, shown } from '../../core/errors.ts'
import { count, nameOrNames, parseOptions, positive, type Given, type Schema } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { sizeOf, stridesOf, type Tensor } from '../../core/tensor.ts'
import { RandomSource, reseeding } from '../random.ts'
import { present, sampleOptions, type RandomSampleTransform, type Sample } from '../sample.ts'

/** What is drawn for a batch. */
interface Mix {
  /** For each sample, how much of it stays. */
  readonly weights: Float32Array
  /** For each sample, which other one is mixed in. */
  readonly order: readonly number[]
  /** Where boxes begin, on each spatial axis. */
  readonly corner: readonly number[]
}

/** How a kind of mixer differs from others. */
interface Spec {
  readonly name: string
  /** Whether boxes are drawn. */
  readonly boxes: boolean
  /** Whether labels may be given, and are mixed alike. */
  readonly labels: boolean
  mix<T extends Tensor>(batch: T, mix: Mix, name: string): T
}

const options = {
  batchSize: count.req('Samples of a batch.'),
  alpha: positive.opt('Both parameters of the beta distribution of weights; 1 is uniform.', 1),
}

/** A transform of batches [samples, channels, ...spatial]; with labels it gives both. */
export interface Mixer {
  (batch: Tensor, inputs?: { readonly labels?: Tensor }): Tensor | readonly [Tensor, Tensor]
  readonly source: RandomSource
  setRandomState(seed: number): Mixer
}

type MixerFactory = Component & ((given: Given<typeof options>) => Mixer)

/** The plain form. */
function mixer(spec: Spec): MixerFactory {
  const make = (given: Given<typeof options>): Mixer => {
    const values = parseOptions(spec.name, options, given)
    const source = new RandomSource()
    const run = (batch: Tensor, { labels }: { readonly labels?: Tensor } = {}) => {
      const mix = drawn(source, values, spec.boxes ? checked(spec.name, batch, values.batchSize).shape.slice(2) : [])
      const mixed = spec.mix(checked(spec.name, batch, values.batchSize), mix, spec.name)
      if (!labels || !spec.labels) return mixed
      return [mixed, spec.mix(checked(spec.name, labels, values.batchSize), mix, spec.name)] as const
    }
    const transform: Mixer = Object.assign(run, {
      source,
      setRandomState: reseeding(source, () => transform),
    })
    return transform
  }
  return Object.assign(make, { componentName: spec.name, schema: options })
}

type Optioned = Readonly<Record<string, unknown>>

/** The dictionary form: one draw for all keys. */
function dictionaryMixer(spec: Spec, own: Schema): Component & ((given: Optioned) => RandomSampleTransform) {
  const name = `${spec.name}d`
  const schema: Schema = { ...sampleOptions, batchSize: options.batchSize, ...own }
  const make = (given: Optioned): RandomSampleTransform => {
    const values = { alpha: 1, ...parseOptions(name, schema, given) } as {
      readonly keys: readonly string[]
      readonly allowMissingKeys: boolean
      readonly batchSize: number
      readonly alpha: number
      readonly labelKeys?: string | readonly string[] | null
    } // as the schema says
    const source = new RandomSource()
    const labelKeys = [values.labelKeys ?? []].flat()
    const run = (sample: Sample): Sample => {
      const keys = present(name, sample, values.keys, values.allowMissingKeys).map(([key]) => key)
      const labels = present(name, sample, spec.labels ? labelKeys : [], true).map(([key]) => key)
      if (keys.length === 0) return sample
      const batches = [...keys, ...labels].map((key) => [key, batchAt(name, sample, key, values.batchSize)] as const)
      const mix = drawn(source, values, spec.boxes ? batches[0][1].shape.slice(2) : [])
      return { ...sample, ...Object.fromEntries(batches.map(([key, batch]) => [key, spec.mix(batch, mix, name)])) }
    }
    const transform: RandomSampleTransform = Object.assign(run, {
      kind: 'sample' as const,
      transformName: name,
      options: values,
      keys: values.keys,
      lazy: false,
      run,
      inverse: (sample: Sample) => sample,
      setRandomState: reseeding(source, () => transform),
    })
    return transform
  }
  return Object.assign(make, { componentName: name, schema })
}

const mixUp: Spec = {
  name: 'MixUp',
  boxes: false,
  labels: true,
  mix(batch, { weights, order }, name) {
    if (batch.shape.length !== 4 && batch.shape.length !== 5)
      throw new ShapeError(
        name,
        `a batch of shape [${batch.shape.join(', ')}] has ${batch.shape.length} axes; give samples, channels and 2 or 3 spatial axes`,
      )
    const size = sizeOf(batch.shape.slice(1))
    return combined(batch, order, (sample, out, other) => {
      const [keep, take] = [weights[sample], Math.fround(1 - weights[sample])]
      for (let i = 0; i < size; i++) out[i] = keep * out[i] + take * other[i]
    })
  },
}

const cutMix: Spec = {
  name: 'CutMix',
  boxes: true,
  labels: true,
  mix: (batch, mix) =>
    combined(batch, mix.order, (sample, out, other) => {
      for (const i of boxOf(batch, mix, sample)) out[i] = other[i]
    }),
}

const cutOut: Spec = {
  name: 'CutOut',
  boxes: true,
  labels: false,
  mix: (batch, mix) =>
    combined(batch, mix.order, (sample, out) => {
      for (const i of boxOf(batch, mix, sample)) out[i] = 0
    }),
}

/** Weighted means of pairs of samples of a batch (MONAI `MixUp`; Zhang et al. 2018). Labels are mixed alike. */
export const MixUp = mixer(mixUp)
/** A box of each sample comes from another of the batch (MONAI `CutMix`; Yun et al. 2019). Labels are cut alike. */
export const CutMix = mixer(cutMix)
/** A box of each sample of a batch becomes 0 (MONAI `CutOut`; DeVries and Taylor 2017). */
export const CutOut = mixer(cutOut)
export const MixUpd = dictionaryMixer(mixUp, { alpha: options.alpha })
export const CutMixd = dictionaryMixer(cutMix, {
  labelKeys: nameOrNames.opt('Keys of labels that are cut alike.', null),
  alpha: options.alpha,
})
export const CutOutd = dictionaryMixer(cutOut, {})

/** In MONAI's order: whether, weights, pairs, places. */
function drawn(
  source: RandomSource,
  { batchSize, alpha }: { batchSize: number; alpha: number },
  axes: readonly number[],
): Mix {
  source.rand()
  const weights = Float32Array.from(source.beta(alpha, alpha, batchSize))
  const order = source.permutation(batchSize)
  return { weights, order, corner: axes.map((n) => source.randint(0, n)) }
}

function checked<T extends Tensor>(name: string, batch: T, batchSize: number): T {
  if (batch.shape[0] === batchSize) return batch
  throw new ShapeError(
    name,
    `a batch of shape [${batch.shape.join(', ')}] has ${batch.shape[0] ?? 0} samples; batchSize is ${batchSize}`,
  )
}

function batchAt(name: string, sample: Sample, key: string, batchSize: number): Tensor {
  const value = sample[key]
  if (typeof value === 'object' && value !== null && 'shape' in value && 'data' in value)
    return checked(`${name}: "${key}"`, value as Tensor, batchSize)
  throw new DataError(name, `"${key}" holds ${shown(value)} instead of a batch; collate the samples first`)
}

/** Changes a copy of each sample, given another one. */
function combined<T extends Tensor>(
  batch: T,
  order: readonly number[],
  change: (sample: number, out: Float32Array, other: Float32Array) => void,
): T {
  const before = Float32Array.from(toFloats(batch.dtype, batch.data))
  const after = before.slice()
  const size = sizeOf(batch.shape.slice(1))
  const part = (data: Float32Array, sample: number) => data.subarray(sample * size, (sample + 1) * size)
  order.forEach((other, sample) => change(sample, part(after, sample), part(before, other)))
  return { ...batch, data: castArray(after, 'float32', batch.dtype) }
}

/** The voxels of a sample's box, whose share of the volume is about the root of 1 - weight for each axis. */
function boxOf({ shape }: Tensor, { weights, corner }: Mix, sample: number): number[] {
  const root = Math.sqrt(Math.fround(1 - weights[sample]))
  const [, channels, ...axes] = shape
  const strides = stridesOf(shape).slice(2)
  const all = Array.from({ length: channels }, (_, c) => c * sizeOf(axes))
  return axes.reduce((places, n, axis) => {
    const end = Math.min(Math.ceil(Math.fround(corner[axis] + n * root)), n)
    return places.flatMap((at) =>
      Array.from({ length: Math.max(0, end - corner[axis]) }, (_, i) => at + (corner[axis] + i) * strides[axis]),
    )
  }, all)
}
