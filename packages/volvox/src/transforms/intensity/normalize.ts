import { OptionError } from '../../core/errors.ts'
import { withVoxels, type Image } from '../../core/image.ts'
import { bool, numberOrNumbers } from '../../core/options.ts'
import { meanAndDeviation, scaleShift } from '../../kernels/index.ts'
import { checkSound } from '../checks.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { cast, outputType } from '../shared.ts'
import { changed, nonzeroStatistics } from './linear.ts'

/** Subtract the mean and divide by the standard deviation, of the image or as given (MONAI `NormalizeIntensity`). */
export const NormalizeIntensity = voxels({
  name: 'NormalizeIntensity',
  handsOver: true,
  options: {
    subtrahend: numberOrNumbers.opt('What to subtract, per channel with channelWise; the mean when null.', null),
    divisor: numberOrNumbers.opt(
      'What to divide by, per channel with channelWise; the standard deviation when null.',
      null,
    ),
    nonzero: bool.opt('Look at, and change, only voxels that are not 0.', false),
    channelWise: bool.opt('Treat each channel by itself.', false),
    dtype: outputType(),
  },
  apply(img, { subtrahend, divisor, nonzero, channelWise, dtype }) {
    const subtrahends = perChannel(img, 'subtrahend', subtrahend, channelWise)
    const divisors = perChannel(img, 'divisor', divisor, channelWise)
    const data = changed(img, channelWise, (from, to, channel) => {
      const known = nonzero ? nonzeroStatistics(from) : meanAndDeviation(from)
      if (!known) return to.set(from)
      const [mean, std] = [subtrahends?.[channel] ?? known.mean, divisors?.[channel] ?? known.std]
      checkSound('NormalizeIntensity', img, mean, std)
      normalize(from, to, nonzero, mean, std)
    })
    const result = withVoxels(img, { dtype: 'float32', data })
    return cast(result, dtype ?? img.dtype)
  },
})

export const NormalizeIntensityd = dictionary(NormalizeIntensity)

function normalize(from: Float32Array, to: Float32Array, nonzero: boolean, base: number, divisor: number): void {
  const scale = 1 / (divisor || 1) // a constant image is divided by 1
  if (!nonzero) scaleShift(from, { base, scale }, to)
  else for (let i = 0; i < to.length; i++) to[i] = from[i] === 0 ? from[i] : (from[i] - base) * scale
}

function perChannel(
  img: Image,
  name: string,
  given: number | readonly number[] | null,
  channelWise: boolean,
): readonly number[] | null {
  if (given === null) return null
  const values = typeof given === 'number' ? [given] : given
  const wanted = channelWise ? img.shape[0] : 1
  if (values.length !== wanted)
    throw new OptionError(
      `NormalizeIntensity.${name}`,
      channelWise
        ? `has ${values.length} values for ${wanted} channels; give one per channel`
        : `has ${values.length} values; give one number, or set channelWise`,
    )
  return values
}
