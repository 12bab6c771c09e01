import { isFloating } from '../../core/dtype.ts'
import { OptionError } from '../../core/errors.ts'
import { withVoxels } from '../../core/image.ts'
import { bool, number, positive } from '../../core/options.ts'
import { percentiles, scaleShift, softClip } from '../../kernels/index.ts'
import { checkSound } from '../checks.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { cast, outputType } from '../shared.ts'
import { changed } from './linear.ts'
import { scaleRange } from './scale.ts'

const percentage = number.where((q) => q >= 0 && q <= 100, 'a percentage from 0 to 100')

/** Map two percentiles of the values to bMin and bMax linearly (MONAI `ScaleIntensityRangePercentiles`). */
export const ScaleIntensityRangePercentiles = voxels({
  name: 'ScaleIntensityRangePercentiles',
  handsOver: true,
  options: {
    lower: percentage.req('Percentile that becomes bMin.'),
    upper: percentage.req('Percentile that becomes bMax.'),
    bMin: number.nullable().req('Lower end of the result; 0 and unclipped when null.'),
    bMax: number.nullable().req('Upper end of the result; 1 and unclipped when null.'),
    clip: bool.opt('Clip the result to [bMin, bMax].', false),
    relative: bool.opt('Map to the same percentiles of [bMin, bMax] instead of its ends.', false),
    channelWise: bool.opt('Treat each channel by itself.', false),
    dtype: outputType(),
  },
  apply(img, { lower, upper, bMin, bMax, clip, relative, channelWise, dtype }) {
    const type = dtype ?? img.dtype
    if (relative && (bMin === null || bMax === null))
      throw new OptionError(
        'ScaleIntensityRangePercentiles.relative',
        `needs both ends of a range, and bMin is ${bMin}, bMax is ${bMax}; give two numbers`,
      )
    const at = (q: number) => (relative && bMin !== null && bMax !== null ? (bMax - bMin) * (q / 100) + bMin : null)
    const target = relative ? { bMin: at(lower), bMax: at(upper) } : { bMin, bMax }
    const data = changed(img, channelWise, (from, to) => {
      const [aMin, aMax] = percentiles(from, [lower, upper])
      checkSound('ScaleIntensityRangePercentiles', img, aMin, aMax)
      scaleRange(from, isFloating(type), { aMin, aMax, ...target, clip }, to)
    })
    return cast(withVoxels(img, { dtype: 'float32', data }), type)
  },
})

/** Clip the values to two of their percentiles, at once or softly (MONAI `ClipIntensityPercentiles`). */
export const ClipIntensityPercentiles = voxels({
  name: 'ClipIntensityPercentiles',
  handsOver: true,
  options: {
    lower: percentage.nullable().req('Percentile of the lower end; not clipped when null.'),
    upper: percentage.nullable().req('Percentile of the upper end; not clipped when null.'),
    sharpnessFactor: positive.opt('How sharply the values bend at the ends; at once when null.', null),
    channelWise: bool.opt('Treat each channel by itself.', false),
    returnClippingValues: bool.opt('Note the ends as "clipping_values" in the metadata, a pair for each part.', false),
    dtype: outputType(),
  },
  apply(img, { lower, upper, sharpnessFactor, channelWise, returnClippingValues }) {
    checkEnds(lower, upper)
    const ends: (readonly [number | null, number | null])[] = []
    const data = changed(img, channelWise, (from, to) => {
      const [low, high] = percentiles(from, [lower ?? 0, upper ?? 100])
      if (Number.isNaN(low)) checkSound('ClipIntensityPercentiles', img, low) // infinite ends do no harm
      if (sharpnessFactor === null) scaleShift(from, { low, high }, to)
      else softClip(from, sharpnessFactor, lower === null ? -Infinity : low, upper === null ? Infinity : high, to)
      const soft = sharpnessFactor !== null
      ends.push([soft && lower === null ? null : low, soft && upper === null ? null : high])
    })
    const clipped = cast(withVoxels(img, { dtype: 'float32', data }), img.dtype)
    return returnClippingValues ? { ...clipped, meta: { ...img.meta, clipping_values: ends } } : clipped
  },
})

export const ScaleIntensityRangePercentilesd = dictionary(ScaleIntensityRangePercentiles)
export const ClipIntensityPercentilesd = dictionary(ClipIntensityPercentiles)

function checkEnds(lower: number | null, upper: number | null): void {
  if (lower === null && upper === null)
    throw new OptionError('ClipIntensityPercentiles', 'lower and upper are both null; give at least one percentage')
  if (lower !== null && upper !== null && upper < lower)
    throw new OptionError('ClipIntensityPercentiles.upper', `${upper} is below lower, ${lower}; exchange them`)
}
