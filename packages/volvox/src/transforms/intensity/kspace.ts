import { toFloats } from '../../core/convert.ts'
import { isFloating } from '../../core/dtype.ts'
import { OptionError } from '../../core/errors.ts'
import { withVoxels, type Image } from '../../core/image.ts'
import { bool, count, int, Kind, numberOrNumbers, probability } from '../../core/options.ts'
import { complexFrom, fourierTransform, type ComplexArray } from '../../kernels/index.ts'
import { z } from 'zod'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { random } from '../random.ts'
import { cast, chance, floatCopy, voxelsPerChannel } from '../shared.ts'

/** The Fourier transform of the spatial axes; frequency 0 of an axis is at its begin. */
function frequencies(img: Image): ComplexArray {
  const k = complexFrom(toFloats(img.dtype, img.data))
  fourierTransform(k, img.shape, spatialAxes(img))
  return k
}

/** The real part of the way back, as an image. */
function imageOf(img: Image, k: ComplexArray, dtype: Image['dtype']): Image {
  fourierTransform(k, img.shape, spatialAxes(img), true)
  return cast(withVoxels(img, { dtype: 'float64', data: k.real }), dtype)
}

function spatialAxes({ shape }: Image): number[] {
  return shape.slice(1).map((_, axis) => axis + 1)
}

/** Where MONAI's shifted order of frequencies has its index `at`: frequency 0 is in the middle there. */
function unshifted(at: number, length: number): number {
  return (at + Math.ceil(length / 2)) % length
}

/** Ringing at edges, by dropping the frequencies outside of a ball (MONAI `GibbsNoise`). */
export const GibbsNoise = voxels({
  name: 'GibbsNoise',
  options: { alpha: probability.opt('Strength: 0 keeps all frequencies, 1 none.', 0.1) },
  apply(img, { alpha }) {
    const [, ...shape] = img.shape
    const radius = ((1 - alpha) * Math.max(...shape) * Math.SQRT2) / 2
    const k = frequencies(img)
    const size = voxelsPerChannel(img)
    const outside = new Uint8Array(size)
    for (let i = 0; i < size; i++) {
      let squared = 0
      let place = i // in MONAI's order
      let at = 0 // in ours
      for (let axis = shape.length - 1, stride = 1; axis >= 0; axis--) {
        const n = shape[axis]
        squared += ((place % n) - (n - 1) / 2) ** 2
        at += unshifted(place % n, n) * stride
        place = Math.floor(place / n)
        stride *= n
      }
      outside[at] = Math.sqrt(squared) <= radius ? 0 : 1
    }
    for (let i = 0; i < k.real.length; i++) if (outside[i % size]) k.real[i] = k.imaginary[i] = 0
    return imageOf(img, k, isFloating(img.dtype) ? img.dtype : 'float32')
  },
})

const alphaKind = new Kind<number | readonly [number, number]>(
  'a number from 0 to 1, or a pair of them, low and high',
  z.union([
    z.number().min(0).max(1),
    z
      .tuple([z.number().min(0).max(1), z.number().min(0).max(1)])
      .refine(([low, high]) => low <= high)
      .readonly(),
  ]),
)

/** GibbsNoise of random strength (MONAI `RandGibbsNoise`). */
export const RandGibbsNoise = random(GibbsNoise, {
  gated: true,
  options: {
    prob: chance(),
    alpha: alphaKind.opt('Range of the strength; one number a means (0, a).', [0, 1] as const),
  },
  draw(rng, { prob, alpha }) {
    if (rng.rand() >= prob) return null
    const [low, high] = typeof alpha === 'number' ? [0, alpha] : alpha
    return { alpha: rng.uniform(low, high) }
  },
})

const locKind = new Kind<readonly number[] | readonly (readonly number[])[]>(
  'the indices of a frequency, or a list of such lists',
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
    const k = frequencies(img)
    const usual = kIntensity === null ? usualHeights(img, k) : []
    const [channels, ...shape] = img.shape
    const size = voxelsPerChannel(img)
    locs.forEach((at, i) => {
      const own = at.length === img.shape.length
      const place = (own ? at.slice(1) : at).reduce((sum, index, axis) => sum * shape[axis] + unshifted(index, shape[axis]), 0) // prettier-ignore
      const [first, last] = own ? [at[0], at[0]] : [0, channels - 1]
      for (let c = first; c <= last; c++) {
        // As in MONAI, the usual heights of several spikes are those of the channels in turn.
        const height = typeof kIntensity === 'number' ? kIntensity : (kIntensity ?? usual)[several ? i : c]
        if (height !== undefined) setMagnitude(k, c * size + place, Math.exp(rounded(img, height)))
      }
    })
    return imageOf(img, k, img.dtype)
  },
})

const rangesKind = new Kind<readonly number[] | readonly (readonly number[])[]>(
  'a pair of numbers, low and high, or one for each channel',
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

/** The envelope of a signal along an axis: the size of its analytic signal (MONAI `DetectEnvelope`). */
export const DetectEnvelope = voxels({
  name: 'DetectEnvelope',
  options: {
    axis: int
      .where((n) => n >= 0, 'a whole number of 0 or more')
      .opt('Axis of the signal; 1 is the first spatial one.', 1),
    n: count.opt('Length to which signals are first cropped or padded with 0; theirs when null.', null),
  },
  apply(img, { axis, n }) {
    if (axis >= img.shape.length)
      throw new OptionError(
        'DetectEnvelope.axis',
        `axis ${axis} does not exist in an image of shape [${img.shape.join(', ')}]; use 0 to ${img.shape.length - 1}`,
      )
    const size = n ?? img.shape[axis]
    const shape = img.shape.with(axis, size)
    const k = resizedAlong(img, axis, size)
    fourierTransform(k, shape, [axis])
    const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1)
    // Twice the frequencies above 0 and none below.
    for (let i = 0; i < k.real.length; i++) {
      const frequency = Math.floor(i / inner) % size
      const factor = frequency === 0 ? 1 : 2 * frequency < size ? 2 : 0
      k.real[i] *= factor
      k.imaginary[i] *= factor
    }
    fourierTransform(k, shape, [axis], true)
    const data = k.real.map((re, i) => Math.sqrt(re * re + k.imaginary[i] ** 2))
    return cast(withVoxels(img, { dtype: 'float64', shape, data }), img.dtype)
  },
})

export const GibbsNoised = dictionary(GibbsNoise, { defaults: { alpha: 0.5 } })
export const RandGibbsNoised = dictionary(RandGibbsNoise)
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
function usualHeights(img: Image, k: ComplexArray): number[] {
  const size = voxelsPerChannel(img)
  return Array.from({ length: img.shape[0] }, (_, c) => {
    let sum = 0
    for (let i = c * size; i < (c + 1) * size; i++)
      sum += Math.log(Math.sqrt(k.real[i] ** 2 + k.imaginary[i] ** 2) + 1e-10)
    return rounded(img, rounded(img, sum / size) * 2.5)
  })
}

/** Logarithms of magnitudes as of complex64 numbers, unless the image is float64: their rounding errors show in the image. */
function rounded({ dtype }: Image, x: number): number {
  return dtype === 'float64' ? x : Math.fround(x)
}

/** Another magnitude, and the same phase. */
function setMagnitude(k: ComplexArray, at: number, magnitude: number): void {
  const phase = Math.atan2(k.imaginary[at], k.real[at])
  k.real[at] = magnitude * Math.cos(phase)
  k.imaginary[at] = magnitude * Math.sin(phase)
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
      usualHeights(img, frequencies(img)).map((height) => [rounded(img, height * 0.95), rounded(img, height * 1.1)])
  if (!isSeveral(given)) return () => new Array<readonly number[]>(img.shape[0]).fill(given as readonly number[]) // one of the two kinds
  if (!channelWise)
    throw new OptionError(where, `has ${given.length} ranges, and channelWise is false; give one range, low and high`)
  if (given.length !== img.shape[0])
    throw new OptionError(where, `has ${given.length} ranges for ${img.shape[0]} channels; give one, or one for each`)
  return () => given
}

/** Lines along `axis`, cropped or padded with 0 at the end. */
function resizedAlong(img: Image, axis: number, size: number): ComplexArray {
  const length = img.shape[axis]
  if (size === length) return complexFrom(floatCopy(img))
  const inner = img.shape.slice(axis + 1).reduce((a, b) => a * b, 1)
  const from = floatCopy(img)
  const outer = from.length / (length * inner)
  const out = complexFrom(outer * size * inner)
  const kept = Math.min(size, length) * inner
  for (let o = 0; o < outer; o++)
    out.real.set(from.subarray(o * length * inner, o * length * inner + kept), o * size * inner)
  return out
}
