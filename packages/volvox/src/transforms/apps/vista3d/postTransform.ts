import { roundEven } from '../../../core/convert.ts'
import { DataError, ShapeError } from '../../../core/errors.ts'
import { spatialShape, withVoxels, type Image } from '../../../core/image.ts'
import { stridesOf } from '../../../core/tensor.ts'
import { labelComponents } from '../../../kernels/index.ts'
import { sampleOptions, type Sample, valueAt, settledAt } from '../../sample.ts'
import { floatCopy, voxelsPerChannel, maskWhere } from '../../shared.ts'
import { groupsOf, rowOf, rowsOf } from '../entries.ts'
import { wholeSample } from '../../wholeSample.ts'

const name = 'VistaPostTransformd'

/**
 * A label map from VISTA3D's logits [classes, ...spatial]: 0 where none is above 0, else the number of the largest channel
 * from 1, or its class of `label_prompt`. With `points` and without `label_prompt`, parts without a positive click are
 * dropped (MONAI `VistaPostTransformd`).
 */
export const VistaPostTransformd = wholeSample({
  name,
  options: sampleOptions,
  apply(sample, { keys }) {
    const out: Record<string, unknown> = { ...sample }
    for (const key of keys) if (key in sample) out[key] = labelled(settledAt(name, sample, key), sample)
    return out
  },
})

function labelled(logits: Image, sample: Sample): Image {
  const channels = logits.shape[0]
  const size = voxelsPerChannel(logits)
  const data = floatCopy(logits)
  const classes = sample.label_prompt === undefined || sample.label_prompt === null ? null : rowOf(sample.label_prompt)
  if (!classes && sample.points !== undefined && sample.points !== null) keepClicked(data, logits, sample)
  if (classes && (classes.length < channels || classes.some(Number.isNaN)))
    throw new DataError(
      name,
      `"label_prompt" has ${classes.length} class numbers for ${channels} channels; give one for each`,
    )
  const out = new Float32Array(size)
  for (let i = 0; i < size; i++) {
    const best = channels > 1 ? largest(data, i, size) : data[i] > 0 ? 1 : 0
    out[i] = best === 0 || !classes ? best : classes[best - 1]
    if (channels === 1 && Number.isNaN(data[i])) out[i] = NaN
  }
  return withVoxels(logits, { dtype: 'float32', shape: [1, ...spatialShape(logits)], data: out })
}

/** The number from 1 of the largest channel of a voxel, NaN being larger than all; 0 when none is above 0. */
function largest(data: Float32Array, voxel: number, size: number): number {
  let [best, top] = [0, 0]
  for (let at = voxel, channel = 1; at < data.length; at += size, channel++) {
    if (Number.isNaN(data[at])) return channel
    if (data[at] > top) [best, top] = [channel, data[at]]
  }
  return best
}

/** Where a part above 0 has no positive click (labels 1 and 3), it gets the mean of what lies outside of the clicked ones. */
function keepClicked(data: Float32Array, logits: Image, sample: Sample): void {
  const shape = spatialShape(logits)
  const size = voxelsPerChannel(logits)
  const points = groupsOf(name, 'points', sample.points)
  const labels = rowsOf(name, 'point_labels', valueAt(name, sample, 'point_labels'))
  if (points.length > logits.shape[0] || labels.length !== points.length)
    throw new ShapeError(
      name,
      `there are ${points.length} lists of "points" and ${labels.length} of "point_labels" for ${logits.shape[0]} channels; give one of each for each channel`,
    )
  points.forEach((group, channel) => {
    const clicks = group.filter((_, i) => labels[channel][i] === 1 || labels[channel][i] === 3)
    if (clicks.length === 0) return
    const part = data.subarray(channel * size, (channel + 1) * size)
    const components = labelComponents(maskWhere(part, (x) => x > 0), shape).labels // prettier-ignore
    const kept = new Set(clicks.map((click) => components[voxelOf(click, shape)]))
    const isKept = (i: number) => components[i] > 0 && kept.has(components[i])
    const outside = part.filter((x, i) => !isKept(i) && !Number.isNaN(x))
    const mean = outside.reduce((sum, x) => sum + x, 0) / outside.length
    for (let i = 0; i < size; i++) if (part[i] > 0 && !isKept(i)) part[i] = mean
  })
}

function voxelOf(click: readonly number[], shape: readonly number[]): number {
  const strides = stridesOf(shape)
  const place = shape.map((_, axis) => roundEven(click[axis] ?? NaN))
  if (place.some((at, axis) => !(at >= 0 && at < shape[axis])))
    throw new DataError(
      name,
      `"points" has [${click.join(', ')}] in an image of [${shape.join(', ')}]; clicks must lie inside`,
    )
  return place.reduce((sum, at, axis) => sum + at * strides[axis], 0)
}
