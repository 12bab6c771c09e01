import { DataError, OptionError, ShapeError, shown } from '../../core/errors.ts'
import { isImage, spatialShape, type Image } from '../../core/image.ts'
import { bool, count, instance, intOrInts, nonNegative, number, type Values } from '../../core/options.ts'
import { placeOf } from '../../core/tensor.ts'
import type { DrawContext, RandomSource } from '../random.ts'
import { sizesOr } from '../spatial/options.ts'
import { SpatialCrop } from './crop.ts'
import { drawnCrops } from './drawnCrops.ts'
import { foregroundVoxels, type Listed } from './foreground.ts'
import { within } from './within.ts'

const options = {
  spatialSize: intOrInts.req('Size of each box; values below 1 take that of the image.'),
  pos: nonNegative.opt('Share of boxes that have a foreground voxel in the middle, against `neg`.', 1),
  neg: nonNegative.opt('Share of boxes that have a background voxel in the middle.', 1),
  numSamples: count.opt('How many boxes to cut out.', 1),
  imageThreshold: number.opt('With an image: background is only where it is above this.', 0),
  allowSmaller: bool.opt('Give smaller boxes where the image is smaller, instead of an error.', false),
  lazy: SpatialCrop.schema.lazy,
}
type Options = Values<typeof options>

const imageKind = instance<Image>('an image', isImage)
const indicesKind = instance<Indices>('a list of whole numbers', isIndices)

/**
 * Cuts out boxes around voxels drawn from the foreground or the background of a label; gives a list. The call takes
 * `{ label }`, and may take `{ image }` to limit the background, or `{ fgIndices, bgIndices }` found beforehand; what it
 * leaves out is taken from the options.
 */
export const [RandCropByPosNegLabel, RandCropByPosNegLabeld] = drawnCrops(
  {
    name: 'RandCropByPosNegLabel',
    options,
    inputs: { label: 'required', image: 'optional', fgIndices: 'optional', bgIndices: 'optional' },
    draw(source, given, context) {
      const { foreground, background } = candidates(given, context)
      const shape = context.grid.shape
      const roiSize = sizesOr('RandCropByPosNegLabel.spatialSize', given.spatialSize, shape)
      return Array.from({ length: given.numSamples }, () => ({
        roiCenter: drawnCentre('RandCropByPosNegLabel', source, given, shape, foreground, background),
        roiSize,
        lazy: given.lazy,
      }))
    },
  },
  {
    label: imageKind.opt('The label, for calls that do not give one.', null),
    image: imageKind.opt('The image that limits the background, for calls that do not give one.', null),
    fgIndices: indicesKind.opt('Voxels of the foreground, for calls that do not give them.', null),
    bgIndices: indicesKind.opt('Voxels of the background, for calls that do not give them.', null),
  },
)

type Indices = readonly number[] | Int32Array

function candidates(
  { imageThreshold }: Options,
  { grid, inputs: { label, image, fgIndices, bgIndices } }: DrawContext,
): { foreground: Listed; background: Listed } {
  if (isIndices(fgIndices) && isIndices(bgIndices)) return { foreground: fgIndices, background: bgIndices }
  if (!isImage(label))
    throw new DataError('RandCropByPosNegLabel.label', `is ${shown(label)}; give an image of classes`)
  if (spatialShape(label).join() !== grid.shape.join())
    throw new ShapeError(
      'RandCropByPosNegLabel',
      `the label has the shape [${spatialShape(label).join(', ')}], the image [${grid.shape.join(', ')}]; resample one to the other`,
    )
  return foregroundVoxels(label, isImage(image) ? image : undefined, imageThreshold)
}

function isIndices(value: unknown): value is Indices {
  return value instanceof Int32Array || (Array.isArray(value) && value.every(Number.isInteger))
}

type CentreOptions = Pick<Options, 'pos' | 'neg' | 'spatialSize' | 'allowSmaller'>

/** First whether foreground, then which voxel; a side without voxels is never chosen. */
export function drawnCentre(
  where: string,
  source: RandomSource,
  { pos, neg, spatialSize, allowSmaller }: CentreOptions,
  shape: readonly number[],
  foreground: Listed,
  background: Listed,
): number[] {
  if (pos + neg === 0) throw new OptionError(`${where}.pos`, 'and neg are both 0; give one of them more')
  if (foreground.length + background.length === 0)
    throw new DataError(where, 'there is no voxel to choose from; lower imageThreshold')
  const share = foreground.length === 0 ? 0 : background.length === 0 ? 1 : pos / (pos + neg)
  const chosen = source.rand() < share ? foreground : background
  const voxel = placeOf(chosen.at(source.randint(chosen.length))!, shape)
  return within(where, voxel, spatialSize, shape, allowSmaller)
}
