import { castArray } from '../../../core/convert.ts'
import { ShapeError } from '../../../core/errors.ts'
import { withVoxels, type Image, type Meta } from '../../../core/image.ts'
import { bool, text } from '../../../core/options.ts'
import { sameShape, sizeOf } from '../../../core/tensor.ts'
import { scaleMode } from '../../spatial/options.ts'
import { Resize } from '../../spatial/resize.ts'
import { present, sampleOptions, settledAt } from '../../sample.ts'
import { factAt, metaAt, rowOf } from '../entries.ts'
import { metaKeysAt, metaOptions } from '../metaKeys.ts'
import { orPerKey, valuesPerKey } from '../../perKey.ts'
import { wholeSample } from '../../wholeSample.ts'
import { cropFacts } from './crop.ts'
import { moveVoxels } from '../../../kernels/index.ts'
import { floatsOf } from '../../shared.ts'

const name = 'RestoreLabeld'

type Resampling = (img: Image, size: readonly number[]) => Image

/**
 * Brings a prediction for what was cropped, resized or sliced back to the original image, by the facts about that (MONAI
 * `RestoreLabeld`).
 */
export const RestoreLabeld = wholeSample({
  name,
  options: {
    ...sampleOptions,
    refImage: text.req('Key of the image whose facts tell what was done.'),
    sliceOnly: bool.opt('Give the slice instead of a volume that is 0 elsewhere.', false),
    mode: orPerKey(scaleMode).opt('Interpolation, one or one for each key.', 'nearest'),
    alignCorners: orPerKey(bool.nullable()).opt('The outermost centres fall on each other, for linear modes.', null),
    ...metaOptions,
    ...cropFacts,
    restoreResizing: bool.opt('Undo the resizing after the crop.', true),
    restoreCropping: bool.opt('Undo the crop.', true),
    restoreSpacing: bool.opt('Undo the resampling before the crop.', true),
    restoreSlicing: bool.opt('Undo the choice of a slice.', true),
  },
  apply(sample, { keys, allowMissingKeys, refImage, mode, alignCorners, ...given }) {
    const facts = metaAt(name, sample, { imageKey: refImage, metaKey: null, postfix: given.metaKeyPostfix })
    const places = metaKeysAt(name, keys, given)
    const modes = valuesPerKey(`${name}.mode`, mode, keys)
    const corners = valuesPerKey(`${name}.alignCorners`, alignCorners, keys)
    return present(name, sample, keys, allowMissingKeys).reduce((out, [key, i]) => {
      const how = { mode: modes[i], alignCorners: corners[i] }
      const resize: Resampling = (img, size) => Resize({ spatialSize: [...size], ...how })(img)
      const metaKey = places[i].metaKey ?? `${key}_${places[i].postfix}`
      const before = (out[metaKey] ?? {}) as Meta // replaced where it is no record, as in MONAI
      return {
        ...out,
        [key]: restored(settledAt(name, sample, key), facts, given, resize),
        [metaKey]: { ...before, slice_idx: sliceFact(facts, given), affine: facts.original_affine ?? null },
      }
    }, sample)
  },
})

interface Steps {
  readonly sliceOnly: boolean
  readonly restoreResizing: boolean
  readonly restoreCropping: boolean
  readonly restoreSpacing: boolean
  readonly restoreSlicing: boolean
  readonly startCoordKey: string
  readonly originalShapeKey: string
  readonly croppedShapeKey: string
}

function restored(prediction: Image, facts: Meta, steps: Steps, resize: Resampling): Image {
  const resized = (img: Image, size: readonly number[]) =>
    sameShape(img.shape.slice(1), size) ? img : resize(img, size)
  const sized = steps.restoreResizing
    ? resized(prediction, factAt(name, facts, steps.croppedShapeKey).slice(1))
    : prediction
  const whole = steps.restoreCropping
    ? placed(sized, factAt(name, facts, steps.originalShapeKey), factAt(name, facts, steps.startCoordKey))
    : sized
  if (!steps.restoreSpacing && !steps.restoreSlicing) return whole
  const [height, width, depth] = factAt(name, facts, 'spatial_shape')
  const volume = depth === undefined ? [height, width] : [depth, height, width]
  const spaced = steps.restoreSpacing ? resized(whole, volume.slice(1 - whole.shape.length)) : whole
  if (!steps.restoreSlicing) return spaced
  const slices = facts.slice_idx
  if (slices === undefined || slices === null || steps.sliceOnly)
    return spaced.shape.length <= 3 ? spaced : withoutChannel(spaced)
  return inVolume(spaced, volume, rowOf(slices)[0])
}

/** What is kept about the slice: its number once it is back in its volume, and what there was until then. */
function sliceFact({ slice_idx: slices }: Meta, { restoreSlicing, sliceOnly }: Steps): unknown {
  if (slices === undefined || slices === null) return null
  return restoreSlicing && !sliceOnly ? rowOf(slices)[0] : slices
}

/** The image in a larger one of zeros. */
function placed(img: Image, shape: readonly number[], start: readonly number[]): Image {
  const fits =
    shape.length === img.shape.length && img.shape.every((n, i) => n + (i > 0 ? start[i - 1] : 0) <= shape[i])
  if (!fits)
    throw new ShapeError(
      name,
      `a prediction of [${img.shape.join(', ')}] does not fit at [${start.join(', ')}] in the original [${shape.join(', ')}]; set restoreResizing, or check the facts`,
    )
  const whole = { dtype: 'float32' as const, data: floatsOf(img), channels: 1, shape: img.shape }
  const move = { axes: shape.map((_, axis) => axis), signs: shape.map(() => 1), shifts: [0, ...start.map((at) => -at)] }
  return withVoxels(img, { dtype: 'float32', shape, data: moveVoxels(whole, shape, move, 'constant') })
}

/** The first channel. */
function withoutChannel(img: Image): Image {
  const [, ...shape] = img.shape
  return withVoxels(img, { shape, data: img.data.slice(0, sizeOf(shape)) })
}

/** A plane as one slice of a volume of zeros. */
function inVolume(plane: Image, volume: readonly number[], slice: number): Image {
  const size = sizeOf(volume.slice(1))
  if (plane.data.length !== size || !(slice >= 0 && slice < volume[0]))
    throw new ShapeError(
      name,
      `a plane of [${plane.shape.join(', ')}] is not slice ${slice} of [${volume.join(', ')}]; check slice_idx and spatial_shape`,
    )
  const data = new Float64Array(sizeOf(volume))
  data.set(castArray(plane.data, plane.dtype, 'float64') as Float64Array, slice * size)
  return withVoxels(plane, { dtype: 'float64', shape: volume, data })
}
