import { OptionError } from '../../core/errors.ts'
import { countOrCounts, intOrInts, ints } from '../../core/options.ts'
import { spatial } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { box } from '../plan.ts'
import { random, type RandomSource } from '../random.ts'
import { forAxes, sizesOr } from '../spatial/options.ts'
import { drawnObject, objectOptions, type DrawnBox } from './objectBoxes.ts'
import { padOptions, padSampling } from './pad.ts'

/** Takes a box of the image, and pads where it leaves the image (DALI `Slice` and `Crop` with "pad"). */
export const AnchorCrop = spatial({
  name: 'AnchorCrop',
  options: {
    anchor: ints.req('First voxel; may lie outside.'),
    spatialSize: countOrCounts.req('Size of the box.'),
    ...padOptions,
  },
  plan({ shape }, { anchor, spatialSize, ...padding }) {
    if (anchor.length !== shape.length)
      throw new OptionError('AnchorCrop.anchor', `has ${anchor.length} values for ${shape.length} spatial axes`)
    return box(anchor, forAxes('AnchorCrop.spatialSize', spatialSize, shape.length), padSampling(padding))
  },
})

/**
 * Takes a box of a given size around an object of a label, or anywhere (DALI `RandomObjectBBox` and `ROIRandomCrop`): the
 * object is within the box where it fits, else the box within the object. The call takes `{ label }`.
 */
export const RandObjectCrop = random(AnchorCrop, {
  name: 'RandObjectCrop',
  options: {
    spatialSize: intOrInts.req(
      'Size of the box; values below 1 take that of the image. Larger than the image: padded.',
    ),
    ...objectOptions,
    ...padOptions,
    lazy: AnchorCrop.schema.lazy,
  },
  inputs: { label: 'required' },
  draw(source, { spatialSize, mode, value, lazy, ...objects }, { grid: { shape }, inputs }) {
    const size = sizesOr('RandObjectCrop.spatialSize', spatialSize, shape)
    const object = drawnObject('RandObjectCrop', source, inputs.label, objects)
    if (object.start.length !== shape.length || object.end.some((x, axis) => x > shape[axis]))
      throw new OptionError('RandObjectCrop.label', 'is larger than the image; resample one to the other')
    const anchor = size.map((n, axis) => drawnStart(source, object, axis, n, shape[axis]))
    return { anchor, spatialSize: size, mode, value, lazy }
  },
})

/** Where a window starts along an axis: around the region or within it, and within the image where it fits. */
function drawnStart(
  source: RandomSource,
  { start, end }: DrawnBox,
  axis: number,
  window: number,
  length: number,
): number {
  const slack = end[axis] - start[axis] - window
  const inImage = (at: number) => Math.min(Math.max(at, Math.min(0, length - window)), Math.max(0, length - window))
  const [low, high] = [inImage(start[axis] + Math.min(0, slack)), inImage(start[axis] + Math.max(0, slack))]
  return low === high ? low : source.randint(low, high + 1)
}

export const AnchorCropd = dictionary(AnchorCrop)
export const RandObjectCropd = dictionary(RandObjectCrop)
