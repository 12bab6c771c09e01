import { order } from '../../core/affine.ts'
import { OptionError, ShapeError, shown } from '../../core/errors.ts'
import { gridOf, isImage, spatialShape, type Image } from '../../core/image.ts'
import { bool, intOrInts, text, type Option, type Values } from '../../core/options.ts'
import type { Grid } from '../../core/plan.ts'
import { axisIndex } from '../../core/tensor.ts'
import { spatial, plain, type TransformFactory } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import type { Exceptions } from '../dictionaryForm.ts'
import { box } from '../plan.ts'
import { forAxes } from '../spatial/options.ts'
import { boxWhere, selectFn } from './foreground.ts'
import { divisibleSize, padOptionsOrKwargs, padSampling } from './pad.ts'

export const foregroundOptions = {
  selectFn,
  channelIndices: intOrInts.opt('Channels to look at; all when null.', null),
  margin: intOrInts.opt('Voxels to keep around the foreground, per axis or for all.', 0),
  allowSmaller: bool.opt('Cut the margin off at the border of the image instead of padding.', true),
  kDivisible: intOrInts.opt('Make the size a multiple of this, per axis or for all.', 1),
  ...padOptionsOrKwargs,
}
type Options = Pick<
  Values<typeof foregroundOptions>,
  'selectFn' | 'channelIndices' | 'margin' | 'allowSmaller' | 'kDivisible'
>

/** Cuts out the box around the foreground of the image itself, or of the image given as `source`. */
const crop = spatial({
  name: 'CropForeground',
  options: foregroundOptions,
  inputs: { source: 'optional' },
  readsVoxels: true,
  plan(grid, given, img, { source }) {
    const seen = source === undefined ? img : source
    if (!isImage(seen)) throw new OptionError('CropForeground.source', `is ${shown(source)}; give an image`)
    const { start, end } = foregroundBox(seen, given)
    checkFits(grid, seen)
    return box(start, end.map((e, axis) => e - start[axis]), padSampling(given)) // prettier-ignore
  },
})

function checkFits(grid: Grid, source: Image): void {
  const rank = spatialShape(source).length
  if (rank !== grid.shape.length)
    throw new ShapeError(
      'CropForeground',
      `the source has ${rank} spatial axes, the image ${grid.shape.length}; give images of one rank`,
    )
}

/** The box around the foreground of an image, with its margin. */
export function foregroundBox(
  img: Image,
  { selectFn, channelIndices, margin, allowSmaller, kDivisible }: Options,
): { start: number[]; end: number[] } {
  const shape = spatialShape(img)
  const chosen =
    channelIndices === null
      ? Array.from({ length: img.shape[0] }, (_, c) => c)
      : (typeof channelIndices === 'number' ? [channelIndices] : channelIndices).map((c) =>
          axisIndex(c, img.shape[0], 'CropForeground.channelIndices'),
        )
  const found = boxWhere(img, selectFn, chosen)
  if (!found)
    throw new ShapeError(
      'CropForeground',
      'no voxel is foreground; check selectFn and channelIndices, or leave the transform out',
    )
  const margins = forAxes('CropForeground.margin', margin, shape.length)
  if (margins.some((m) => m < 0))
    throw new OptionError('CropForeground.margin', `${shown(margin)} is below 0; give 0 or more`)
  const start = found.start.map((s, axis) => (allowSmaller ? Math.max(s - margins[axis], 0) : s - margins[axis]))
  const end = found.end.map((e, axis) => (allowSmaller ? Math.min(e + margins[axis], shape[axis]) : e + margins[axis]))
  const size = end.map((e, axis) => e - start[axis])
  const divisible = divisibleSize(size, kDivisible)
  const first = start.map((s, axis) => s - Math.floor((divisible[axis] - size[axis]) / 2))
  return { start: first, end: first.map((s, axis) => s + divisible[axis]) }
}

const returnCoords = bool.opt('Give [image, start, end] instead of the image.', false)

/** What `CropForeground` gives: the image, or with `returnCoords` also first and one past the last voxel. */
export type Cropped = Image | readonly [Image, readonly number[], readonly number[]]

/** Cuts out the box around the foreground of the image, or of the image given as `source`. */
export const CropForeground: TransformFactory<
  typeof crop.schema & { readonly returnCoords: Option<boolean> },
  Cropped
> = plain({
  ...crop.definition,
  schema: { ...crop.definition.schema, returnCoords },
  apply({ ...img }, { returnCoords: withCoords, ...rest }, how, inputs) {
    const cropped = crop.definition.apply(img, rest, how, inputs) as Image // one image from one
    return withCoords ? ([cropped, ...coordinates(cropped)] as unknown as readonly Image[]) : cropped
  },
})

/** Start and end of the box that was cut out last. */
function coordinates(img: Image): readonly [readonly number[], readonly number[]] {
  const plan = img.history.at(-1)?.plan
  if (plan?.kind !== 'affine') return [spatialShape(img).map(() => 0), gridOf(img).shape]
  const n = order(plan.matrix)
  const start = plan.shape.map((_, axis) => plan.matrix[axis * n + n - 1])
  return [start, start.map((s, axis) => s + plan.shape[axis])]
}

const coordinateKeys: Exceptions = {
  options: {
    startCoordKey: text.nullable().opt('Key for the first voxel of the box; null for none.', 'foreground_start_coord'),
    endCoordKey: text.nullable().opt('Key for one past the last voxel; null for none.', 'foreground_end_coord'),
  },
  after(sample, { startCoordKey, endCoordKey }, results) {
    const [cropped] = results.values()
    if (!isImage(cropped)) return sample
    const [start, end] = coordinates(cropped)
    return {
      ...sample,
      ...(typeof startCoordKey === 'string' && { [startCoordKey]: start }),
      ...(typeof endCoordKey === 'string' && { [endCoordKey]: end }),
    }
  },
}

export const CropForegroundd = dictionary(crop, coordinateKeys)
