import { z } from 'zod'
import { roundEven, toFloats } from '../../core/convert.ts'
import { DataError, OptionError, ShapeError, shown } from '../../core/errors.ts'
import { image, isImage, withVoxels, type Image } from '../../core/image.ts'
import { Kind, count, instance, parseOptions, text, type Given, type Schema, type Values } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { sizeOf } from '../../core/tensor.ts'
import { settle } from '../define.ts'
import { present, sampleOnly } from '../sample.ts'
import { cast } from '../shared.ts'

/** Images put together from several of one shape; one image counts as those along its first axis. */
type Ensemble = (images: readonly Image[] | Image) => Image

/** The members with their values as numbers, and one of them for its place and type. */
interface Members {
  readonly first: Image
  readonly values: readonly ArrayLike<number>[]
}

function membersOf(name: string, given: unknown): Members {
  const list: readonly unknown[] = isImage(given) ? alongFirst(name, settle(given)) : Array.isArray(given) ? given : []
  if (list.length === 0 || !list.every(isImage))
    throw new DataError(
      name,
      `was given ${shown(list.length === 0 ? given : list.find((one) => !isImage(one)))}; give a list of images`,
    )
  const images = list.map((img) => settle(img))
  const [first] = images
  const odd = images.find((img) => img.shape.join() !== first.shape.join())
  if (odd)
    throw new ShapeError(
      name,
      `one image has the shape [${odd.shape.join(', ')}], another [${first.shape.join(', ')}]; give images of one shape`,
    )
  return { first, values: images.map((img) => toFloats(img.dtype, img.data)) }
}

/** [members, channels, ...spatial] as a list. */
function alongFirst(name: string, { dtype, shape, data, ...place }: Image): Image[] {
  if (shape.length < 2)
    throw new ShapeError(name, `an image of shape [${shape.join(', ')}] holds no members; give a list`)
  const size = sizeOf(shape.slice(1))
  return Array.from({ length: shape[0] }, (_, k) =>
    image(dtype, shape.slice(1), data.slice(k * size, (k + 1) * size), place),
  )
}

function ensemble<S extends Schema>(
  name: string,
  schema: S,
  combine: (members: Members, options: Values<S>) => Image,
): Component & ((given?: Given<S>) => Ensemble) {
  const make = (given?: Given<S>): Ensemble => {
    const options = parseOptions(name, schema, given ?? {})
    return (images) => combine(membersOf(name, images), options)
  }
  return Object.assign(make, { componentName: name, schema })
}

type Weights = readonly number[] | readonly (readonly number[])[]
const weightsKind = new Kind<Weights>('a list of numbers, or for each channel a list of them', () =>
  z.union([z.array(z.number()).min(1).readonly(), z.array(z.array(z.number()).min(1).readonly()).min(1).readonly()]),
)
const meanOptions = {
  weights: weightsKind.opt('Weight of each member, or of each of its channels; equal when null.', null),
}

/** The mean of several predictions (MONAI `MeanEnsemble`). */
export const MeanEnsemble = ensemble('MeanEnsemble', meanOptions, ({ first, values }, { weights }) => {
  const size = first.data.length
  const perChannel = weights?.map((weight) => [weight].flat()) ?? values.map(() => [1])
  const channels = perChannel[0].length
  if (
    perChannel.length !== values.length ||
    perChannel.some((row) => row.length !== channels) ||
    (channels > 1 && channels !== first.shape[0])
  )
    throw new OptionError(
      'MeanEnsemble.weights',
      `${shown(weights)} do not fit ${values.length} members with ${first.shape[0]} channels; give one weight per member, or one per member and channel`,
    )
  const means = perChannel[0].map((_, c) => perChannel.reduce((sum, row) => sum + row[c], 0) / values.length)
  const block = size / channels
  const data = new Float64Array(size)
  values.forEach((member, k) => {
    for (let c = 0; c < channels; c++) {
      const share = perChannel[k][c] / means[c] / values.length
      for (let i = c * block; i < (c + 1) * block; i++) data[i] += share * member[i]
    }
  })
  return cast(withVoxels(first, { dtype: 'float64', data }), first.dtype)
})

const voteOptions = {
  numClasses: count.opt(
    'Number of classes, for class numbers in one channel; null for masks and one-hot channels.',
    null,
  ),
}

/** What most predictions say (MONAI `VoteEnsemble`): the class, or for masks whether at least half, halves to even. */
export const VoteEnsemble = ensemble('VoteEnsemble', voteOptions, ({ first, values }, { numClasses }) => {
  const [channels = 1] = first.shape.length > 1 ? first.shape : [1]
  if (numClasses === null) {
    const data = Float64Array.from(values[0], (_, i) =>
      roundEven(values.reduce((sum, member) => sum + member[i], 0) / values.length),
    )
    return cast(withVoxels(first, { dtype: 'float64', data }), first.dtype)
  }
  const size = first.data.length / channels
  const votes = channels > 1 ? summed(values, first.data.length) : counted(values, size, numClasses)
  const classes = channels > 1 ? channels : numClasses
  const data = new Float64Array(size)
  for (let i = 0; i < size; i++)
    for (let c = 1; c < classes; c++) if (votes[c * size + i] > votes[data[i] * size + i]) data[i] = c
  const shape = first.shape.length > 1 ? first.shape.with(0, 1) : first.shape
  return cast(withVoxels(first, { dtype: 'float64', shape, data }), first.dtype)
})

function summed(values: readonly ArrayLike<number>[], length: number): Float64Array {
  const out = new Float64Array(length)
  for (const member of values) for (let i = 0; i < length; i++) out[i] += member[i]
  return out
}

function counted(values: readonly ArrayLike<number>[], size: number, classes: number): Float64Array {
  const votes = new Float64Array(classes * size)
  for (const member of values)
    for (let i = 0; i < size; i++) {
      const label = Math.trunc(member[i])
      if (!(label >= 0 && label < classes))
        throw new DataError(
          'VoteEnsemble.numClasses',
          `an image holds ${member[i]}; ${classes} classes are 0 to ${classes - 1}`,
        )
      votes[label * size + i]++
    }
  return votes
}

const outputKey = text.opt('Key of the result; the first key when null and there is one.', null)

/** The dictionary form of an ensemble: the members are the values under the keys, or the list under one key. */
function ensembled<S extends Schema>(name: string, options: S, maker: (given: Values<S>) => Ensemble) {
  return sampleOnly({
    name,
    options: { ...options, outputKey },
    apply(sample, { keys, allowMissingKeys, ...given }) {
      const { outputKey: wanted } = given as { outputKey: string | null }
      if (keys.length > 1 && wanted === null)
        throw new OptionError(`${name}.outputKey`, `is null for ${keys.length} keys; name the key of the result`)
      const found = present(name, sample, keys, allowMissingKeys).map(([key]) => sample[key])
      if (found.length === 0) return sample
      const members = keys.length === 1 ? found[0] : found
      return {
        ...sample,
        [wanted ?? keys[0]]: maker(given as unknown as Values<S>)(members as readonly Image[] | Image),
      }
    },
  })
}

const ensembleKind = instance<Ensemble>('a function of a list of images', (value) => typeof value === 'function')

/** Put images together by a function of yours (MONAI `Ensembled`). */
export const Ensembled = ensembled(
  'Ensembled',
  { ensemble: ensembleKind.req('Gives one image for a list of them.') },
  (given) => given.ensemble,
)
export const MeanEnsembled = ensembled('MeanEnsembled', meanOptions, ({ weights }) => MeanEnsemble({ weights }))
export const VoteEnsembled = ensembled('VoteEnsembled', voteOptions, ({ numClasses }) => VoteEnsemble({ numClasses }))
