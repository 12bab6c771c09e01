import { boxAt, clipBoxesToImage, spatialCropBoxes, type Boxes } from '../../boxes/index.ts'
import { image } from '../../core/image.ts'
import { bool, count, intOrInts, nonNegative, number, text, type Values } from '../../core/options.ts'
import { floats, sizeOf } from '../../core/tensor.ts'
import { foregroundVoxels, type Listed } from '../croppad/foreground.ts'
import { SpatialCrop, aroundCentre } from '../croppad/crop.ts'
import { drawnCentre } from '../croppad/randCropByPosNegLabel.ts'
import { settle } from '../define.ts'
import { imageAt, keysKind, type Sample, valueAt } from '../sample.ts'
import { sizesOr } from '../spatial/options.ts'
import { boxesIn, like, numbersIn, selectLabels } from './define.ts'
import { fillBox } from './masks.ts'
import { oneKey, sizeAt } from './sample.ts'
import { randomWholeSample } from '../wholeSample.ts'

const name = 'RandCropBoxByPosNegLabeld'

const options = {
  imageKeys: keysKind.req('Keys of the images to crop.'),
  boxKeys: oneKey('Key of the boxes.'),
  labelKeys: keysKind.req('Keys of their labels.'),
  spatialSize: intOrInts.req('Size of each crop; values below 1 take that of the image.'),
  pos: nonNegative.opt('Share of crops around boxes, against `neg`.', 1),
  neg: nonNegative.opt('Share of crops anywhere else.', 1),
  numSamples: count.opt('How many crops to make.', 1),
  wholeBox: bool.opt('Crops around boxes hold all of a box where it fits; else any part of one.', true),
  threshImageKey: text.opt('Key of an image: crops elsewhere are around voxels of it above `imageThreshold`.', null),
  imageThreshold: number.opt('See `threshImageKey`.', 0),
  fgIndicesKey: text.opt('Key of voxels for crops around boxes, found beforehand; goes with `bgIndicesKey`.', null),
  bgIndicesKey: text.opt('Key of voxels for other crops.', null),
  metaKeys: keysKind.opt('Kept for configs of MONAI; images carry their metadata.', null),
  metaKeyPostfix: text.opt('Kept for configs of MONAI.', 'meta_dict'),
  allowSmaller: bool.opt('Give smaller crops where the image is smaller, instead of an error.', false),
  allowMissingKeys: bool.opt('Skip images that the sample does not have.', false),
}
type Options = Values<typeof options>

/** Cuts out parts of images around boxes or elsewhere, with the boxes in them; gives a list of samples. */
export const RandCropBoxByPosNegLabeld = randomWholeSample<typeof options, readonly Sample[]>({
  name,
  options,
  apply(sample, given, source) {
    const { imageKeys, boxKeys, labelKeys, numSamples, fgIndicesKey, bgIndicesKey } = given
    const present = given.allowMissingKeys ? imageKeys.filter((key) => key in sample) : imageKeys
    const shape = sizeAt(name, sample, present[0] ?? imageKeys[0])
    const size = sizesOr(`${name}.spatialSize`, given.spatialSize, shape)
    const boxes = boxesIn(name, valueAt(name, sample, boxKeys))
    const { foreground, background } = voxelsFor(sample, given, boxes, shape, size)
    const used = new Set([fgIndicesKey, bgIndicesKey])
    const rest = Object.fromEntries(Object.entries(sample).filter(([key]) => !used.has(key)))
    return Array.from({ length: numSamples }, () => {
      const { start, end } = aroundCentre(drawnCentre(name, source, given, shape, foreground, background), size)
      const stop = end.map((x, axis) => Math.min(x, shape[axis]))
      const crop = SpatialCrop({ roiStart: start, roiEnd: stop })
      const { boxes: kept, rows } = spatialCropBoxes(boxes, start, stop)
      const images = present.map((key) => [key, crop(imageAt(name, sample, key))] as const)
      const labels = labelKeys.map((key) => {
        return [key, selectLabels(`${name}.labelKeys`, valueAt(name, sample, key), rows, boxes.shape[0])] as const
      })
      return { ...rest, ...Object.fromEntries([...images, ...labels]), [boxKeys]: like(sample[boxKeys], kept) }
    })
  },
})

/** Voxels that may be in the middle of crops around boxes, and of others. */
function voxelsFor(
  sample: Sample,
  { wholeBox, threshImageKey, imageThreshold, fgIndicesKey, bgIndicesKey }: Options,
  boxes: Boxes,
  shape: readonly number[],
  size: readonly number[],
): { foreground: Listed; background: Listed } {
  if (fgIndicesKey !== null && bgIndicesKey !== null && fgIndicesKey in sample && bgIndicesKey in sample) {
    const [foreground, background] = [fgIndicesKey, bgIndicesKey].map(
      (key) => numbersIn(`${name}.${key}`, sample[key]).data,
    )
    return { foreground, background }
  }
  const { boxes: centres } = clipBoxesToImage(boxesOfCentres(boxes, size, wholeBox), shape)
  const mask = new Int16Array(sizeOf(shape))
  for (let row = 0; row < centres.shape[0]; row++) fillBox(name, mask, shape, boxAt(centres, row), 1)
  const threshold = threshImageKey === null ? undefined : settle(imageAt(name, sample, threshImageKey))
  return foregroundVoxels(image('int16', [1, ...shape], mask), threshold, imageThreshold)
}

/** For each box the voxels that a crop may have in its middle to hold it. */
function boxesOfCentres(boxes: Boxes, size: readonly number[], wholeBox: boolean): Boxes {
  const axes = size.length
  const out = floats(boxes.shape)
  for (let row = 0; row < boxes.shape[0]; row++)
    for (let axis = 0; axis < axes; axis++) {
      const at = 2 * axes * row + axis
      const [first, last] = [Math.ceil(boxes.data[at]), Math.floor(boxes.data[at + axes])]
      const half = Math.floor(size[axis] / 2)
      const low = wholeBox ? Math.min(last - half - 1, first) : first - half + 1
      out.data[at] = low
      out.data[at + axes] = wholeBox ? Math.max(low + half, last) : last + half - 1
    }
  return out
}
