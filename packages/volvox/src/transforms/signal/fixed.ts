import { OptionError } from '../../core/errors.ts'
import { withVoxels } from '../../core/image.ts'
import { number, oneOf, positive } from '../../core/options.ts'
import { checkSound } from '../checks.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { cast, floatCopy } from '../shared.ts'
import { lengthOf } from './shared.ts'
import { centralFrequency, waveletCoefficients } from './wavelet.ts'

const float32Max = 3.4028234663852886e38

/** Put a number in place of NaN, and the largest float32 of its sign in place of infinity (MONAI `SignalFillEmpty`). */
export const SignalFillEmpty = voxels({
  name: 'SignalFillEmpty',
  options: { replacement: number.opt('What NaN becomes.', 0) },
  apply(img, { replacement }) {
    const filled = floatCopy(img).map((x) =>
      Number.isNaN(x) ? replacement : Math.min(Math.max(x, -float32Max), float32Max),
    )
    return cast(withVoxels(img, { dtype: 'float32', data: filled }), img.dtype)
  },
})
export const SignalFillEmptyd = dictionary(SignalFillEmpty)

/**
 * Take one frequency out by a notch filter, forwards and backwards so that nothing is delayed, and keep the result within
 * -1 and 1 (MONAI `SignalRemoveFrequency`: scipy's `iirnotch`, torchaudio's `filtfilt`).
 */
export const SignalRemoveFrequency = voxels({
  name: 'SignalRemoveFrequency',
  options: {
    frequency: positive.req('The frequency, in Hz.'),
    qualityFactor: positive.req('The frequency divided by the width of the notch.'),
    samplingFreq: positive.req('Samples per second.'),
  },
  apply(img, { frequency, qualityFactor, samplingFreq }) {
    const length = lengthOf('SignalRemoveFrequency', img)
    if (frequency >= samplingFreq / 2)
      throw new OptionError(
        'SignalRemoveFrequency.frequency',
        `${frequency} Hz is not in a signal of ${samplingFreq} samples per second; use less than ${samplingFreq / 2}`,
      )
    const notch = notchFilter((2 * Math.PI * frequency) / samplingFreq, qualityFactor)
    const data = floatCopy(img)
    for (let start = 0; start < data.length; start += length) {
      const channel = data.subarray(start, start + length)
      filterInPlace(channel, notch)
      filterInPlace(channel.reverse(), notch)
      channel.reverse()
      checkSound('SignalRemoveFrequency', img, channel[0])
    }
    return withVoxels(img, { dtype: 'float32', data: data.map((x) => Math.min(Math.max(x, -1), 1)) })
  },
})

/** y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]. */
interface SecondOrder {
  readonly b: readonly [number, number, number]
  readonly a: readonly [number, number]
}

/** A notch at `w` radians per sample, of -3 dB width w / quality. */
function notchFilter(w: number, quality: number): SecondOrder {
  const gain = 1 / (1 + Math.tan(w / quality / 2))
  const round = Math.fround
  const cosine = Math.cos(w)
  return {
    b: [round(gain), round(-2 * gain * cosine), round(gain)],
    a: [round(-2 * gain * cosine), round(2 * gain - 1)],
  }
}

function filterInPlace(samples: Float32Array, { b, a }: SecondOrder): void {
  let [x1, x2, y1, y2] = [0, 0, 0, 0]
  for (let n = 0; n < samples.length; n++) {
    const x = samples[n]
    const y = b[0] * x + b[1] * x1 + b[2] * x2 - a[0] * y1 - a[1] * y2
    ;[x2, x1, y2, y1] = [x1, x, y1, y]
    samples[n] = y
  }
}

/**
 * Continuous wavelet transform of each channel, [channels, scales, samples]; scales are those of 1, 2, ... `length` Hz
 * (MONAI `SignalContinuousWavelet`, PyWavelets' `cwt`).
 */
export const SignalContinuousWavelet = voxels({
  name: 'SignalContinuousWavelet',
  options: {
    type: oneOf('mexh', 'morl').opt('The wavelet: Mexican hat or the one of Morlet.', 'mexh'),
    length: positive.opt('Number of scales.', 125),
    frequency: positive.opt('Samples per second.', 500),
  },
  apply(img, { type, length, frequency }) {
    const samples = lengthOf('SignalContinuousWavelet', img)
    const centre = centralFrequency(type)
    const scales = Array.from({ length: Math.floor(length) }, (_, i) => (centre * frequency) / (i + 1))
    const values = floatCopy(img)
    const data = new Float32Array(img.shape[0] * scales.length * samples)
    for (let c = 0; c < img.shape[0]; c++)
      scales.forEach((scale, i) => {
        const channel = values.subarray(c * samples, (c + 1) * samples)
        data.set(waveletCoefficients(channel, type, scale), (c * scales.length + i) * samples)
      })
    return withVoxels(img, { dtype: 'float32', shape: [img.shape[0], scales.length, samples], data })
  },
})
