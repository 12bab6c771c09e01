import { valueAt, settledAt } from '../../sample.ts'
import { DataError, OptionError } from '../../../core/errors.ts'
import { bool, count, int, text } from '../../../core/options.ts'
import { scaledPoints } from '../clicks.ts'
import { asNumber, factAt, metaAt, rowsOf } from '../entries.ts'
import { metaOption } from '../metaKeys.ts'
import { wholeSample } from '../../wholeSample.ts'

/**
 * Guidance from clicks that were made on the original image: moved to the present size of the image, which has no channel
 * axis; of a plane with the number of the slice as third (MONAI `AddGuidanceFromPointsd`).
 */
export const AddGuidanceFromPointsd = wholeSample({
  name: 'AddGuidanceFromPointsd',
  options: {
    refImage: text.req('Key of the image.'),
    guidance: text.opt('Key for the guidance.', 'guidance'),
    foreground: text.opt('Key of the positive clicks.', 'foreground'),
    background: text.opt('Key of the negative clicks.', 'background'),
    axis: int.opt('Axis of the slices.', 0),
    depthFirst: bool.opt(
      'Slices are the first axis of the image, and the last of clicks and of its original shape.',
      true,
    ),
    spatialDims: count.where((n) => n === 2 || n === 3, '2 or 3').opt('2 for clicks in one slice, 3 for a volume.', 2),
    sliceKey: text.opt('Key of the number of the slice; the first with a click where the sample has none.', 'slice'),
    ...metaOption,
  },
  apply(sample, { refImage, guidance, foreground, background, axis, depthFirst, spatialDims, sliceKey, ...given }) {
    const name = 'AddGuidanceFromPointsd'
    if (depthFirst && axis !== 0)
      throw new OptionError(`${name}.axis`, `is ${axis} while depthFirst is set; use 0, or unset it`)
    const place = { imageKey: refImage, metaKey: given.metaKeys, postfix: given.metaKeyPostfix }
    const shape = factAt(name, metaAt(name, sample, place), 'spatial_shape')
    const now = settledAt(name, sample, refImage).shape
    if (now.length !== shape.length)
      throw new DataError(
        name,
        `"${refImage}" has ${now.length} axes, its spatial_shape ${shape.length}; give it without a channel axis`,
      )
    const turned = (row: readonly number[]) => (depthFirst ? [...row.slice(-1), ...row.slice(0, -1)] : [...row])
    const original = turned(shape)
    const factors = now.map((n, i) => n / original[i])
    const [positive, negative] = [foreground, background].map((key) =>
      rowsOf(name, key, valueAt(name, sample, key)).map((point) => turned(point.map(Math.trunc))),
    )
    if (spatialDims === 3)
      return { ...sample, [guidance]: [positive, negative].map((points) => scaledPoints(points, factors)) }
    const slices = [...positive, ...negative].map((point) => point[axis])
    const wanted = sample[sliceKey] === undefined || sample[sliceKey] === null ? Math.min(...slices) : asNumber(name, sliceKey, sample[sliceKey]) // prettier-ignore
    if (!slices.includes(wanted))
      throw new DataError(
        name,
        `there is no click${slices.length > 0 ? ` in slice ${wanted}` : ''}; give some in "${foreground}" or "${background}"`,
      )
    const within = (points: readonly number[][]) =>
      scaledPoints(points.filter((point) => point[axis] === wanted), factors).map((point) => point.slice(1)) // prettier-ignore
    return { ...sample, [guidance]: [within(positive), within(negative), wanted] }
  },
})
