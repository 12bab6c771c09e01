import { DataError, OptionError, ShapeError, shown } from '../../core/errors.ts'
import { isImage, spatialShape, type Image } from '../../core/image.ts'
import { Kind, bool, count, instance, intOrInts, nonNegative, number, type Values } from '../../core/options.ts'
import { placeOf } from '../../core/tensor.ts'
import { z } from 'zod'
import type { DrawContext } from '../random.ts'
import { sizesOr } from '../spatial/options.ts'
import { classIndices } from '../utility/indices.ts'
import { settle } from '../define.ts'
import { SpatialCrop } from './crop.ts'
import { drawnCrops } from './drawnCrops.ts'
import { within } from './within.ts'

const shares = new Kind<readonly number[]>('a list of numbers of 0 or more', () =>
  z.array(nonNegative.type).min(1).readonly(),
)

const options = {
  spatialSize: intOrInts.req('Size of each box; values below 1 take that of the image.'),
  ratios: shares.opt('Share of boxes with each class in the middle; equal when null.', null),
  numClasses: count.opt('Number of classes of a label with one channel.', null),
  numSamples: count.opt('How many boxes to cut out.', 1),
  imageThreshold: number.opt('With an image: only voxels where it is above this are centres.', 0),
  allowSmaller: bool.opt('Give smaller boxes where the image is smaller, instead of an error.', false),
  warn: bool.opt('Kept for configs of MONAI; classes that are not there are left out without a word.', true),
  maxSamplesPerClass: count.opt('Choose among at most so many voxels of each class, evenly spaced.', null),
  lazy: SpatialCrop.schema.lazy,
}

type Indices = ArrayLike<number>

const imageKind = instance<Image>('an image', isImage)
const indicesKind = instance<readonly Indices[]>(
  'a list of whole numbers for each class',
  (value) =>
    Array.isArray(value) &&
    value.every((one) => one instanceof Int32Array || (Array.isArray(one) && one.every(Number.isInteger))),
)

/**
 * Cuts out boxes around voxels of classes that are drawn by their ratios; gives a list (MONAI `RandCropByLabelClasses`).
 * The call takes `{ label }`, and may take `{ image }` to say where, or `{ indices }` found beforehand; what it leaves
 * out is taken from the options.
 */
export const [RandCropByLabelClasses, RandCropByLabelClassesd] = drawnCrops(
  {
    name: 'RandCropByLabelClasses',
    options,
    inputs: { label: 'required', image: 'optional', indices: 'optional' },
    draw(source, given, context) {
      const { shape } = context.grid
      const { spatialSize, numSamples, allowSmaller, lazy } = given
      const lists = candidates(given, context)
      const chances = chancesOf(given.ratios, lists)
      const roiSize = sizesOr('RandCropByLabelClasses.spatialSize', spatialSize, shape)
      return source.choice(lists.length, numSamples, { p: chances }).map((c) => {
        const voxel = placeOf(lists[c][source.randint(lists[c].length)], shape)
        return { roiCenter: within('RandCropByLabelClasses', voxel, spatialSize, shape, allowSmaller), roiSize, lazy }
      })
    },
  },
  {
    label: imageKind.opt('The label, for calls that do not give one.', null),
    image: imageKind.opt('The image that says where, for calls that do not give one.', null),
    indices: indicesKind.opt('Voxels of each class, for calls that do not give them.', null),
  },
)

function candidates(
  { numClasses, imageThreshold, maxSamplesPerClass }: Values<typeof options>,
  { grid, inputs: { label, image, indices } }: DrawContext,
): readonly Indices[] {
  if (Array.isArray(indices)) return indices as readonly Indices[]
  if (!isImage(label))
    throw new DataError('RandCropByLabelClasses.label', `is ${shown(label)}; give an image of classes`)
  const odd = [label, image].find((img) => isImage(img) && spatialShape(img).join() !== grid.shape.join())
  if (isImage(odd))
    throw new ShapeError(
      'RandCropByLabelClasses',
      `the ${odd === label ? 'label' : 'image that says where'} has the shape [${spatialShape(odd).join(', ')}], the image [${grid.shape.join(', ')}]; resample one to the other`,
    )
  const body = isImage(image) ? settle(image) : undefined
  return classIndices('RandCropByLabelClasses', settle(label), numClasses, body, imageThreshold, maxSamplesPerClass)
}

/** Ratios as probabilities; classes without voxels are never chosen. */
function chancesOf(ratios: readonly number[] | null, lists: readonly Indices[]): number[] {
  if (ratios && ratios.length !== lists.length)
    throw new OptionError(
      'RandCropByLabelClasses.ratios',
      `has ${ratios.length} values for ${lists.length} classes; give one for each`,
    )
  const used = lists.map((list, c) => (list.length === 0 ? 0 : (ratios?.[c] ?? 1)))
  const total = used.reduce((a, b) => a + b, 0)
  if (total === 0)
    throw new DataError(
      'RandCropByLabelClasses',
      'there is no voxel to choose from; check ratios, numClasses and imageThreshold',
    )
  return used.map((ratio) => ratio / total)
}
