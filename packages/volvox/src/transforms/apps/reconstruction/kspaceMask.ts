import { DataError, OptionError, ShapeError } from '../../../core/errors.ts'
import { image, withVoxels, type Image } from '../../../core/image.ts'
import { roundEven, toFloats } from '../../../core/convert.ts'
import { bool, count, numbers } from '../../../core/options.ts'
import type { Component } from '../../../core/registry.ts'
import { sizeOf } from '../../../core/tensor.ts'
import { settle } from '../../define.ts'
import type { RandomSource } from '../../random.ts'
import { present, sampleOptions, type RandomSampleTransform, type Sample, settledAt } from '../../sample.ts'
import { randomCalculation, type RandomCalculation } from '../../calculation.ts'
import { randomWholeSample, type WholeSampleFactory } from '../../wholeSample.ts'
import { centredImage, rootSumOfSquares } from './centredFourier.ts'

const options = {
  centerFractions: numbers.req('Parts of the columns that are kept in the middle; one is drawn.'),
  accelerations: numbers.req('How many times fewer columns are kept, one for each of `centerFractions`.'),
  spatialDims: count.opt('Axes of space; columns are along the last of them.', 2),
  isComplex: bool.opt('Whether the last axis holds real and imaginary parts.', true),
}

/** What is undersampled: how many columns, how many low frequencies are kept, and the acceleration. */
export interface Undersampling {
  readonly columns: number
  readonly low: number
  readonly acceleration: number
}

/** What comes of undersampling. */
interface Undersampled {
  readonly masked: Image
  /** Magnitudes of the image, coils put together. */
  readonly reconstruction: Image
  /** 1 for columns that are kept; of size 1 along the other axes. */
  readonly mask: Image
}

type Plain = Component & ((options?: never) => RandomCalculation<[Image], readonly [Image, Image]>)

/**
 * Forms of a k-space mask: given which columns a draw keeps beside the low frequencies in the middle, the plain form gives
 * the masked k-space [..., coils, ...spatial(, 2)] and the image of it [..., ...spatial], the dictionary form stores them
 * under `key_masked`, `key_masked_ifft` and `mask` (MONAI `KspaceMask`).
 */
export function KspaceMask(spec: {
  readonly name: string
  keep(source: RandomSource, how: Undersampling): ArrayLike<number>
}): readonly [plain: Plain, dictionary: WholeSampleFactory<RandomSampleTransform>] {
  const undersample = (
    name: string,
    source: RandomSource,
    kspace: Image,
    { centerFractions, accelerations, spatialDims, isComplex }: Options,
  ): Undersampled => {
    checkLengths(name, centerFractions, accelerations)
    checkShape(name, kspace, spatialDims, isComplex)
    const axis = kspace.shape.length - (isComplex ? 2 : 1)
    const columns = kspace.shape[axis]
    const chosen = source.randint(0, accelerations.length)
    const low = roundEven(columns * centerFractions[chosen])
    const kept = Uint8Array.from(spec.keep(source, { columns, low, acceleration: accelerations[chosen] }))
    const first = Math.floor((columns - low + 1) / 2)
    kept.fill(1, first, first + low)
    const masked = onlyColumns(kspace, axis, kept)
    const shape = kspace.shape.map((_, i) => (i === axis ? columns : 1))
    return {
      masked,
      reconstruction: rootSumOfSquares(centredImage(masked, spatialDims, isComplex), spatialDims),
      mask: image('float32', shape, Float32Array.from(kept)),
    }
  }
  const plain = randomCalculation({
    name: spec.name,
    options,
    apply(source, given, kspace: Image): readonly [Image, Image] {
      const { masked, reconstruction } = undersample(spec.name, source, settle(kspace), given)
      return [masked, reconstruction]
    },
  })
  const dictionary = randomWholeSample({
    name: `${spec.name}d`,
    options: { ...sampleOptions, ...options },
    apply(sample, { keys, allowMissingKeys, ...given }, source): Sample {
      const out: Record<string, unknown> = { ...sample }
      for (const [key] of present(`${spec.name}d`, sample, keys, allowMissingKeys)) {
        const found = undersample(`${spec.name}d`, source, settledAt(`${spec.name}d`, sample, key), given)
        out[`${key}_masked`] = found.masked
        out[`${key}_masked_ifft`] = found.reconstruction
        out.mask = found.mask
      }
      return out
    },
  })
  return [plain as unknown as Plain, dictionary] // its options are checked when it is called
}

interface Options {
  readonly centerFractions: readonly number[]
  readonly accelerations: readonly number[]
  readonly spatialDims: number
  readonly isComplex: boolean
}

function checkLengths(name: string, fractions: readonly number[], accelerations: readonly number[]): void {
  if (fractions.length === 0 || fractions.length !== accelerations.length)
    throw new OptionError(
      `${name}.centerFractions`,
      `has ${fractions.length} values for ${accelerations.length} accelerations; give one for each`,
    )
}

function checkShape(name: string, { shape }: Image, spatialDims: number, isComplex: boolean): void {
  const fits = shape.length >= spatialDims + (isComplex ? 2 : 1) && (!isComplex || shape.at(-1) === 2)
  if (!fits)
    throw new ShapeError(
      name,
      `the k-space has the shape [${shape.join(', ')}]; it must be coils, ${spatialDims} axes of space${isComplex ? ', and 2 for real and imaginary parts' : ''}`,
    )
}

function onlyColumns(kspace: Image, axis: number, kept: Uint8Array): Image {
  const inner = sizeOf(kspace.shape.slice(axis + 1))
  const values = toFloats(kspace.dtype, kspace.data)
  const data = Float32Array.from(values, (x, i) => x * kept[Math.floor(i / inner) % kept.length])
  return withVoxels(kspace, { dtype: 'float32', data })
}

/** Columns at random, as many as the acceleration asks for in the mean (MONAI `RandomKspaceMask`). */
export const [RandomKspaceMask, RandomKspaceMaskd] = KspaceMask({
  name: 'RandomKspaceMask',
  keep(source, { columns, low, acceleration }) {
    const chance = (columns / acceleration - low) / (columns - low)
    return source.uniform(0, 1, columns).map((x) => (x < chance ? 1 : 0))
  },
})

/** Columns at equal distances, from a random first one (MONAI `EquispacedKspaceMask`). */
export const [EquispacedKspaceMask, EquispacedKspaceMaskd] = KspaceMask({
  name: 'EquispacedKspaceMask',
  keep(source, { columns, low, acceleration }) {
    const step = (acceleration * (low - columns)) / (low * acceleration - columns)
    if (!(roundEven(step) > 0 && Number.isFinite(step)))
      throw new DataError(
        'EquispacedKspaceMask',
        `${low} of ${columns} columns in the middle are more than an acceleration of ${acceleration} leaves; use smaller centerFractions or accelerations`,
      )
    const first = source.randint(0, roundEven(step))
    const kept = new Uint8Array(columns)
    for (let i = 0; i < Math.ceil((columns - 1 - first) / step); i++)
      kept[roundEven(first + i * (first + step - first))] = 1
    return kept
  },
})
