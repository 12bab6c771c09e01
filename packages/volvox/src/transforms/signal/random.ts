import { translation } from '../../core/affine.ts'
import { withVoxels } from '../../core/image.ts'
import { instance, int, number, oneOf } from '../../core/options.ts'
import { roundEven } from '../../core/convert.ts'
import { sampleSpline, splinePaddings } from '../../kernels/index.ts'
import { soundSplines } from '../checks.ts'
import { cast, floatCopy } from '../shared.ts'
import { bounds, drawnSignal, pasted, samplesIn, squarePulse, wave, withWave } from './shared.ts'

const magnitude = { magnitude: number.req('Factor.') }
const waves = { ...magnitude, frequency: number.req('Radians per sample.') }
const block = { start: int.req('First sample.'), count: int.req('Samples.') }
const boundaries = 'Least and largest amplitude.'
const frequencies = bounds.opt('Least and largest frequency, in radians per sample.', [0.001, 0.02])
const fraction = bounds.opt('Least and largest part of the signal.', [0.01, 0.2])
const shiftMode = oneOf(...splinePaddings)

/** Shift by part of the length (MONAI `SignalRandShift`), as there along the channel axis, too, by scipy's cubic splines. */
export const SignalRandShift = drawnSignal({
  name: 'SignalRandShift',
  options: {
    mode: shiftMode.opt('What lies outside, as in scipy.ndimage.', 'wrap'),
    filling: number.opt('Value outside with mode "constant".', 0),
    boundaries: bounds.opt('Least and largest shift, in lengths.', [-1, 1]),
  },
  drawn: { shift: int.req('Samples.'), mode: shiftMode.opt('', 'wrap'), filling: number.opt('', 0) },
  draw: (source, { mode, filling, boundaries }, length) => ({
    shift: roundEven(source.uniform(...boundaries) * length),
    mode,
    filling,
  }),
  change(img, { shift, mode, filling }) {
    const { shape } = img
    const job = { data: floatCopy(img), channels: 1, shape, outShape: shape, matrix: translation([-shift, -shift]) }
    const data = soundSplines('SignalRandShift', img, sampleSpline(job, 3, mode))
    const inside = (i: number, n: number) => i - shift >= 0 && i - shift < n
    if (mode === 'constant' || mode === 'grid-constant')
      for (let i = 0; i < data.length; i++)
        if (!inside(Math.floor(i / shape[1]), shape[0]) || !inside(i % shape[1], shape[1])) data[i] = filling
    return cast(withVoxels(img, { dtype: 'float32', data }), img.dtype)
  },
})

/** Multiply by one number (MONAI `SignalRandScale`). */
export const SignalRandScale = drawnSignal({
  name: 'SignalRandScale',
  options: { boundaries: bounds.opt('Least and largest factor.', [-1, 1]) },
  drawn: magnitude,
  draw: (source, { boundaries }) => ({ magnitude: source.uniform(...boundaries) }),
  change: (img, { magnitude }) =>
    withVoxels(img, { dtype: 'float32', data: floatCopy(img).map((x) => Math.fround(magnitude) * x) }),
})

/** Set a stretch to 0 (MONAI `SignalRandDrop`). */
export const SignalRandDrop = drawnSignal({
  name: 'SignalRandDrop',
  options: { boundaries: bounds.opt('Least and largest part of the signal.', [0, 1]) },
  drawn: block,
  draw: (source, { boundaries }, length) => ({
    count: samplesIn(source.uniform(...boundaries), length),
    start: source.twin('torch').torch.randint(0, length, 1)[0],
  }),
  change: (img, { start, count }) => pasted(img, new Float64Array(count), start),
})

/** Add a sine; the result is float64, as in MONAI (MONAI `SignalRandAddSine`). */
export const SignalRandAddSine = drawnSignal({
  name: 'SignalRandAddSine',
  options: { boundaries: bounds.opt(boundaries, [0.1, 0.3]), frequencies },
  drawn: waves,
  draw: (source, options) => ({
    magnitude: source.uniform(...options.boundaries),
    frequency: source.uniform(...options.frequencies),
  }),
  change(img, { magnitude, frequency }) {
    const length = img.shape[1]
    const data = Float64Array.from(floatCopy(img), (x, i) => x + magnitude * Math.sin(frequency * (i % length)))
    return withVoxels(img, { dtype: 'float64', data })
  },
})

/** Add a square pulse (MONAI `SignalRandAddSquarePulse`). */
export const SignalRandAddSquarePulse = drawnSignal({
  name: 'SignalRandAddSquarePulse',
  options: { boundaries: bounds.opt(boundaries, [0.01, 0.2]), frequencies },
  drawn: waves,
  draw: (source, options) => ({
    magnitude: source.uniform(...options.boundaries),
    frequency: source.uniform(...options.frequencies),
  }),
  change: (img, { magnitude, frequency }) =>
    withWave(
      img,
      wave(img.shape[1], (i) => magnitude * squarePulse(frequency * i)),
    ),
})

/** Replace a stretch by what a function of the sample's number gives, times a magnitude. */
function partial(name: string, least: readonly [number, number], valueAt: (phase: number) => number) {
  return drawnSignal({
    name,
    options: { boundaries: bounds.opt(boundaries, least), frequencies, fraction },
    drawn: { ...waves, ...block },
    draw: (source, options, length) => ({
      magnitude: source.uniform(...options.boundaries),
      count: samplesIn(source.uniform(...options.fraction), length),
      frequency: source.uniform(...options.frequencies),
      start: source.twin('numpy').choice(length),
    }),
    change: (img, { magnitude, frequency, start, count }) =>
      pasted(img, wave(count, (i) => magnitude * valueAt(frequency * i)), start), // prettier-ignore
  })
}

/** Replace a stretch by a sine (MONAI `SignalRandAddSinePartial`). */
export const SignalRandAddSinePartial = partial('SignalRandAddSinePartial', [0.1, 0.3], Math.sin)
/** Replace a stretch by a square pulse (MONAI `SignalRandAddSquarePulsePartial`). */
export const SignalRandAddSquarePulsePartial = partial('SignalRandAddSquarePulsePartial', [0.01, 0.2], squarePulse)

const noiseKind = instance<Float32Array>('a float32 array', (value) => value instanceof Float32Array)

/** Add the same Gaussian noise to every channel (MONAI `SignalRandAddGaussianNoise`). */
export const SignalRandAddGaussianNoise = drawnSignal({
  name: 'SignalRandAddGaussianNoise',
  options: { boundaries: bounds.opt('Least and largest standard deviation.', [0.001, 0.02]) },
  drawn: { ...magnitude, noise: noiseKind.req('Of deviation 1, one value for each sample.') },
  draw: (source, { boundaries }, length) => ({
    magnitude: source.uniform(...boundaries),
    noise: source.twin('torch').torch.randn(length),
  }),
  change: (img, { magnitude, noise }) => withWave(img, noise.map((x) => Math.fround(magnitude) * x)), // prettier-ignore
})
