import { OptionError, ShapeError, shown } from '../../core/errors.ts'
import { withVoxels, type Image } from '../../core/image.ts'
import { count, int, intOrInts, oneOf } from '../../core/options.ts'
import { filterAlong, medianFilter, savitzkyGolayKernel } from '../../kernels/index.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { cast, floatCopy, torchPaddings } from '../shared.ts'
import { forAxes } from '../spatial/options.ts'

/** The median under a box around each voxel; gives float32 (MONAI `MedianSmooth`). */
export const MedianSmooth = voxels({
  name: 'MedianSmooth',
  options: { radius: intOrInts.opt('Voxels on each side, for all axes or for each.', 1) },
  apply(img, { radius }) {
    const radii = forAxes('MedianSmooth.radius', radius, img.shape.length - 1)
    if (radii.some((r) => r < 0))
      throw new OptionError('MedianSmooth.radius', `${shown(radius)} is below 0; give 0 or more`)
    return withVoxels(img, { dtype: 'float32', data: medianFilter(floatCopy(img), img.shape, radii) })
  },
})

const modes = oneOf('zeros', 'reflect', 'replicate', 'circular')

/** Fit a polynomial to a window around each voxel, along one axis (MONAI `SavitzkyGolaySmooth`). */
export const SavitzkyGolaySmooth = voxels({
  name: 'SavitzkyGolaySmooth',
  options: {
    windowLength: count.where((n) => n % 2 === 1, 'an odd number').req('Voxels of the window.'),
    order: int.where((n) => n >= 0, 'a whole number of 0 or more').req('Degree of the polynomial, below windowLength.'),
    axis: int.where((n) => n >= 0, 'a whole number of 0 or more').opt('Axis; 1 is the first spatial one.', 1),
    mode: modes.opt('How the image goes on beyond its border.', 'zeros'),
  },
  apply(img, { windowLength, order, axis, mode }) {
    const along = Math.max(axis, 1) // MONAI takes the first spatial axis for 0, too
    check(img, { windowLength, order, along, mode })
    const kernel = savitzkyGolayKernel(windowLength, order)
    const data = filterAlong(floatCopy(img), img.shape, along, kernel, torchPaddings[mode])
    return cast(withVoxels(img, { dtype: 'float32', data }), img.dtype)
  },
})

export const MedianSmoothd = dictionary(MedianSmooth)
export const SavitzkyGolaySmoothd = dictionary(SavitzkyGolaySmooth)

function check(img: Image, o: { windowLength: number; order: number; along: number; mode: string }): void {
  if (o.order >= o.windowLength)
    throw new OptionError(
      'SavitzkyGolaySmooth.order',
      `${o.order} needs a window of more than ${o.windowLength} voxels; give a lower order or a larger windowLength`,
    )
  if (o.along >= img.shape.length)
    throw new OptionError(
      'SavitzkyGolaySmooth.axis',
      `axis ${o.along} does not exist in an image of shape [${img.shape.join(', ')}]; use 1 to ${img.shape.length - 1}`,
    )
  const reach = (o.windowLength - 1) / 2
  const room = img.shape[o.along] - (o.mode === 'reflect' ? 1 : 0)
  if ((o.mode === 'reflect' || o.mode === 'circular') && reach > room)
    throw new ShapeError(
      'SavitzkyGolaySmooth.windowLength',
      `${o.windowLength} reaches ${reach} voxels beyond an axis of ${img.shape[o.along]}, mode "${o.mode}" at most ${room}; take a smaller window or mode "replicate"`,
    )
}
