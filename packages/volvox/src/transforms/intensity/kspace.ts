import { OptionError } from '../../core/errors.ts'
import type { Image } from '../../core/image.ts'
import { bool, Kind, numberOrNumbers } from '../../core/options.ts'
import { withSpectrum, type HalfSpectrum } from '../../kernels/index.ts'
import { z } from 'zod'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { random } from '../random.ts'
import { chance } from '../shared.ts'
import { SpectrumPeaks } from './spectrumPeaks.ts'
import { doublesOf, throughSpectrum, unshifted } from './throughSpectrum.ts'

const locKind = new Kind<readonly number[] | readonly (readonly number[])[]>(
  'the indices of a frequency, or a list of such lists',
  () =>
    z.union([
      z.array(z.int().min(0)).min(1).readonly(),
      z
        .array(z.array(z.int().min(0)).min(1).readonly())
        .min(1)
        .readonly(),
    ]),
)

/** Stripes over the image, by setting the magnitude of single frequencies (MONAI `KSpaceSpikeNoise`). */
export const KSpaceSpikeNoise = voxels({
  name: 'KSpaceSpikeNoise',
  options: {
    loc: locKind.req(
      'Indices of a frequency, 0 being in the middle, or several: of a channel and the axes, or of the axes for all channels.',
    ),
    kIntensity: numberOrNumbers.opt(
      'Logarithm of the magnitude, for each of several frequencies; 2.5 times its mean when null.',
      null,
    ),
  },
  apply(img, { loc, kIntensity }) {
    const several = isSeveral(loc)
    const locs = several ? loc : [loc as readonly number[]] // one of the two kinds
    checkSpikes(img, locs, several, kIntensity)
    // In float64: a spike is so high that the rounding errors of float32 show beside it.
    return throughSpectrum('KSpaceSpikeNoise', img, doublesOf(img), img.dtype, (spectrum) => {
      const usual = kIntensity === null ? usualHeights(img, spectrum) : []
      const peaks = new SpectrumPeaks(spectrum, img.shape)
      locs.forEach((at, i) => {
        const own = at.length === img.shape.length
        const place = (own ? at.slice(1) : at).map((index, axis) => unshifted(index, img.shape[axis + 1]))
        const [first, last] = own ? [at[0], at[0]] : [0, img.shape[0] - 1]
        for (let c = first; c <= last; c++) {
          // As in MONAI, the usual heights of several spikes are those of the channels in turn.
          const height = typeof kIntensity === 'number' ? kIntensity : (kIntensity ?? usual)[several ? i : c]
          if (height !== undefined) peaks.setMagnitude([c, ...place], Math.exp(rounded(img, height)))
        }
      })
      peaks.write()
    })
  },
})

const rangesKind = new Kind<readonly number[] | readonly (readonly number[])[]>(
  'a pair of numbers, low and high, or one for each channel',
  () =>
    z.union([z.array(z.number()).length(2).readonly(), z.array(z.array(z.number()).length(2).readonly()).readonly()]),
)

/** KSpaceSpikeNoise at a random frequency, or one for each channel (MONAI `RandKSpaceSpikeNoise`). */
export const RandKSpaceSpikeNoise = random(KSpaceSpikeNoise, {
  gated: 'each',
  options: {
    prob: chance(),
    intensityRange: rangesKind.opt(
      'Range of the logarithm of the magnitude, for all channels or for each; around 2.5 times its mean when null.',
      null,
    ),
    channelWise: bool.opt('Draw a frequency for each channel.', true),
  },
  draw(rng, { prob, intensityRange, channelWise }, { image }) {
    const ranges = rangesOf(image, intensityRange, channelWise)
    if (rng.rand() >= prob) return null
    const shape = image.shape.slice(1)
    const drawnPlace = () => shape.map((n) => rng.randint(0, n))
    if (channelWise) {
      const spikes = ranges().map(([low, high], c) => ({ loc: [c, ...drawnPlace()], height: rng.uniform(low, high) }))
      return { loc: spikes.map(({ loc }) => loc), kIntensity: spikes.map(({ height }) => height) }
    }
    const place = drawnPlace()
    const heights = ranges().map(([low, high]) => rng.uniform(low, high))
    return { loc: heights.map((_, c) => [c, ...place]), kIntensity: heights }
  },
})

export const KSpaceSpikeNoised = dictionary(KSpaceSpikeNoise)
export const RandKSpaceSpikeNoised = dictionary(RandKSpaceSpikeNoise)

function isSeveral(loc: readonly unknown[]): loc is readonly (readonly number[])[] {
  return Array.isArray(loc[0])
}

function checkSpikes(
  img: Image,
  locs: readonly (readonly number[])[],
  several: boolean,
  intensity: number | readonly number[] | null,
): void {
  const { shape } = img
  for (const loc of locs) {
    const within = loc.length === shape.length ? shape : shape.slice(1)
    const wrong = within.length === loc.length ? loc.findIndex((index, axis) => index >= within[axis]) : 0
    if (within.length !== loc.length || wrong >= 0)
      throw new OptionError(
        'KSpaceSpikeNoise.loc',
        `[${loc.join(', ')}] does not exist in an image of shape [${shape.join(', ')}]; give ${shape.length - 1} indices, after that of a channel or without, from 0 to below the sizes`,
      )
  }
  if (intensity === null) return
  const values = typeof intensity === 'number' ? 'one number' : `${intensity.length} values`
  if (
    several !== (typeof intensity !== 'number') ||
    (typeof intensity !== 'number' && intensity.length !== locs.length)
  )
    throw new OptionError(
      'KSpaceSpikeNoise.kIntensity',
      `is ${values} for ${several ? `a list of ${locs.length} frequencies` : 'one frequency'}; give ${several ? 'a list with one value for each' : 'one number'}`,
    )
}

/** For each channel 2.5 times the mean of ln(|k| + 1e-10), in the precision of MONAI. */
function usualHeights(img: Image, spectrum: HalfSpectrum): number[] {
  return spectrum.meanLogarithms().map((mean) => rounded(img, rounded(img, mean) * 2.5))
}

/** Logarithms of magnitudes as of complex64 numbers, unless the image is float64: their rounding errors show in the image. */
function rounded({ dtype }: Image, x: number): number {
  return dtype === 'float64' ? x : Math.fround(x)
}

/** What gives a range for each channel. */
function rangesOf(
  img: Image,
  given: readonly number[] | readonly (readonly number[])[] | null,
  channelWise: boolean,
): () => readonly (readonly number[])[] {
  const where = 'RandKSpaceSpikeNoise.intensityRange'
  if (given === null)
    return () =>
      withSpectrum(doublesOf(img), img.shape, (spectrum) => usualHeights(img, spectrum)).map((height) => [
        rounded(img, height * 0.95),
        rounded(img, height * 1.1),
      ])
  if (!isSeveral(given)) return () => new Array<readonly number[]>(img.shape[0]).fill(given as readonly number[]) // one of the two kinds
  if (!channelWise)
    throw new OptionError(where, `has ${given.length} ranges, and channelWise is false; give one range, low and high`)
  if (given.length !== img.shape[0])
    throw new OptionError(where, `has ${given.length} ranges for ${img.shape[0]} channels; give one, or one for each`)
  return () => given
}
