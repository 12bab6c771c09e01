import { isFloating } from '../../core/dtype.ts'
import { OptionError } from '../../core/errors.ts'
import { withVoxels, type Image } from '../../core/image.ts'
import { bool, number } from '../../core/options.ts'
import { meanAndDeviation, meanOf, scaleShift, statistics } from '../../kernels/index.ts'
import { checkSound } from '../checks.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { random } from '../random.ts'
import { cast, chance, outputType, rangeKind, symmetricRange } from '../shared.ts'
import { changed, nonzeroStatistics } from './linear.ts'

const shiftOptions = {
  nonzero: bool.opt('Look at, and change, only voxels that are not 0.', false),
  channelWise: bool.opt('Treat each channel by itself.', false),
  dtype: outputType(),
}

/** Add a multiple of the standard deviation (MONAI `StdShiftIntensity`). */
export const StdShiftIntensity = voxels({
  name: 'StdShiftIntensity',
  handsOver: true,
  options: { factor: number.req('How many standard deviations to add.'), ...shiftOptions },
  apply(img, { factor, nonzero, channelWise, dtype }) {
    const type = floatingType('StdShiftIntensity', img, dtype)
    const data = changed(img, channelWise, (from, to) => {
      const shift = factor * ((nonzero ? nonzeroStatistics(from) : meanAndDeviation(from))?.std ?? 0)
      checkSound('StdShiftIntensity', img, shift)
      if (!nonzero) scaleShift(from, { shift }, to)
      else for (let i = 0; i < to.length; i++) to[i] = from[i] === 0 ? from[i] : from[i] + shift
    })
    return cast(withVoxels(img, { dtype: 'float32', data }), type)
  },
})

/** Add a random multiple of the standard deviation (MONAI `RandStdShiftIntensity`). */
export const RandStdShiftIntensity = random(StdShiftIntensity, {
  gated: true,
  options: {
    factors: rangeKind.req('Range of the multiple; one number f means (-f, f).'),
    prob: chance(),
    ...shiftOptions,
  },
  draw(rng, { factors, prob, ...rest }) {
    if (rng.rand() >= prob) return null
    return { factor: rng.uniform(...symmetricRange(factors)), ...rest }
  },
  otherwise: (img, { dtype }) => cast(img, dtype ?? img.dtype),
})

const meanOptions = {
  preserveRange: bool.opt('Clip to the range that the values had.', false),
  fixedMean: bool.opt('Scale the distances from the mean, which stays; else the values.', true),
  dtype: outputType(),
}

/** Multiply the distances from the mean by 1 + factor (MONAI `ScaleIntensityFixedMean`). */
export const ScaleIntensityFixedMean = voxels({
  name: 'ScaleIntensityFixedMean',
  handsOver: true,
  options: {
    factor: number.opt('The factor less 1.', 0),
    channelWise: bool.opt('Treat each channel by itself.', false),
    ...meanOptions,
  },
  apply(img, { factor, preserveRange, fixedMean, channelWise, dtype }) {
    const data = changed(img, channelWise, (from, to) => {
      const { min, max, mean } = preserveRange ? statistics(from) : { min: 0, max: 0, mean: meanOf(from) }
      if (fixedMean || preserveRange) checkSound('ScaleIntensityFixedMean', img, mean)
      const [base, range] = [fixedMean ? mean : 0, preserveRange ? { low: min, high: max } : {}]
      scaleShift(from, { base, scale: 1 + factor, shift: base, ...range }, to)
    })
    return cast(withVoxels(img, { dtype: 'float32', data }), dtype ?? img.dtype)
  },
})

/** Multiply the distances from the mean by 1 + a random factor (MONAI `RandScaleIntensityFixedMean`). */
export const RandScaleIntensityFixedMean = random(ScaleIntensityFixedMean, {
  gated: true,
  options: {
    prob: chance(),
    factors: rangeKind.opt('Range of the factor less 1; one number f means (-f, f).', 0),
    ...meanOptions,
  },
  draw(rng, { prob, factors, ...rest }) {
    if (rng.rand() >= prob) return null
    return { factor: rng.uniform(...symmetricRange(factors)), ...rest }
  },
  otherwise: (img, { dtype }) => cast(img, dtype ?? img.dtype),
})

export const StdShiftIntensityd = dictionary(StdShiftIntensity)
export const RandStdShiftIntensityd = dictionary(RandStdShiftIntensity)
export const RandScaleIntensityFixedMeand = dictionary(RandScaleIntensityFixedMean)

/** The element type of the result, which must have fractions. */
function floatingType(name: string, { dtype }: Image, wanted: Image['dtype'] | null): Image['dtype'] {
  const type = wanted ?? dtype
  if (isFloating(type)) return type
  throw new OptionError(`${name}.dtype`, `${type} has no fractions, which a standard deviation has; use "float32"`)
}
