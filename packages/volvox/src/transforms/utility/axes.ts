import { resized, identity, multiply, order } from '../../core/affine.ts'
import { uncleared, type TypedArray } from '../../core/dtype.ts'
import { OptionError, ShapeError } from '../../core/errors.ts'
import { withVoxels, type HistoryRecord, type Image } from '../../core/image.ts'
import { bool, count, int, ints } from '../../core/options.ts'
import { axisIndex, sizeOf, type Tensor } from '../../core/tensor.ts'
import { moveVoxels } from '../../kernels/index.ts'
import { plain, recorded, voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'

/** The image with its axes in another order: axis i of the result is axis `axes[i]` of the input. */
export function permuted(img: Image, axes: readonly number[]): Image {
  const { dtype, data, shape: before } = img
  const shape = axes.map((axis) => before[axis])
  const move = { axes, signs: axes.map(() => 1), shifts: axes.map(() => 0) }
  return withVoxels(img, {
    shape,
    data: moveVoxels({ dtype, data, channels: 1, shape: before }, shape, move, 'constant'),
  })
}

/** The elements at one place along an axis. */
export function elementsAt({ dtype, shape, data }: Tensor, axis: number, index: number): TypedArray {
  const step = sizeOf(shape.slice(axis + 1))
  const out = uncleared(dtype, data.length / shape[axis])
  for (let to = 0; to < out.length; to += step) {
    const from = to * shape[axis] + index * step
    out.set(data.subarray(from, from + step) as never, to) // arrays of one element type
  }
  return out
}

/** The image with axis `from` moved to place `to`. */
export function withAxisMoved(img: Image, from: number, to: number): Image {
  const axes = img.shape.map((_, axis) => axis).filter((axis) => axis !== from)
  return permuted(img, axes.toSpliced(to, 0, from))
}

/** Move the channel axis to the end, for code that wants it there (MONAI `AsChannelLast`); the affine stays. */
export const AsChannelLast = voxels({
  name: 'AsChannelLast',
  options: {
    channelDim: int.where((dim) => dim >= -1, 'an axis number of -1 or more').opt('Axis of the channels.', 0),
  },
  apply: (img, { channelDim }) =>
    withAxisMoved(img, axisIndex(channelDim, img.shape.length, 'AsChannelLast.channelDim'), img.shape.length - 1),
})

/** Reorder the axes, the channel's among them (MONAI `Transpose`); the affine stays as it is, as in MONAI. */
export const Transpose = plain({
  name: 'Transpose',
  schema: { indices: ints.nullable().req('Input axis of each output axis; null reverses their order.') },
  inputs: {},
  lazy: false,
  readsVoxels: true,
  apply(img, { indices }) {
    const rank = img.shape.length
    const axes = indices?.length
      ? indices.map((axis) => axisIndex(axis, rank, 'Transpose.indices'))
      : img.shape.map((_, axis) => rank - 1 - axis)
    if (axes.length !== rank || new Set(axes).size !== rank)
      throw new OptionError(
        'Transpose.indices',
        `[${axes.join(', ')}] is no order of ${rank} axes; name each from 0 to ${rank - 1} once`,
      )
    const before = { shape: img.shape.slice(1), affine: img.affine }
    return recorded(permuted(img, axes), { name: 'Transpose', options: { indices: axes }, before })
  },
  invert(img: Image, record: HistoryRecord): Image {
    const axes = ints.type.safeParse(record.options?.indices).data ?? [] // written above
    return permuted(img, axes.map((_, axis) => axes.indexOf(axis))) // prettier-ignore
  },
})

/**
 * Drop an axis of size 1 (MONAI `SqueezeDim`). With a spatial axis the affine loses that row and column, where it has
 * them; with null every axis of size 1 goes and the affine stays.
 */
export const SqueezeDim = voxels({
  name: 'SqueezeDim',
  options: {
    dim: int.nullable().opt('Axis to drop; all of size 1 when null.', 0),
    updateMeta: bool.opt('Drop a spatial axis from the affine, too.', true),
  },
  apply(img, { dim, updateMeta }) {
    if (dim === null) return withVoxels(img, { shape: img.shape.filter((n) => n !== 1) })
    const axis = axisIndex(dim, img.shape.length, 'SqueezeDim.dim')
    if (img.shape[axis] !== 1)
      throw new ShapeError(
        'SqueezeDim.dim',
        `axis ${axis} of [${img.shape.join(', ')}] has ${img.shape[axis]} entries; only one of size 1 can be dropped`,
      )
    const rest = withVoxels(img, { shape: img.shape.toSpliced(axis, 1) })
    return updateMeta && axis > 0 ? { ...rest, affine: withoutAxis(img.affine, axis - 1) } : rest
  },
})

/** The matrix without the row and column of a spatial axis; as it is when it has none. */
function withoutAxis(affine: readonly number[], axis: number): readonly number[] {
  const n = order(affine)
  if (axis >= n - 1) return affine
  const kept = affine.filter((_, i) => Math.floor(i / n) !== axis && i % n !== axis)
  return resized(kept, n - 1)
}

const splitOptions = {
  dim: int.opt('Axis to split along.', -1),
  keepdim: bool.opt('Keep the axis, with size 1.', true),
  updateMeta: bool.opt('Move the affine of each part to where it was.', true),
}

/**
 * One image for each position along an axis (MONAI `SplitDim`). Along a spatial axis, the affine of each part that keeps
 * the axis is moved to where it was cut out.
 */
export const SplitDim = plain<typeof splitOptions, readonly Image[]>({
  name: 'SplitDim',
  schema: splitOptions,
  inputs: {},
  lazy: false,
  readsVoxels: true,
  apply(img, { dim, keepdim, updateMeta }) {
    const axis = axisIndex(dim, img.shape.length, 'SplitDim.dim')
    const shape = keepdim ? img.shape.with(axis, 1) : img.shape.toSpliced(axis, 1)
    return Array.from({ length: img.shape[axis] }, (_, index) => {
      const part = withVoxels(img, { shape, data: elementsAt(img, axis, index) })
      return updateMeta && keepdim && axis > 0 ? { ...part, affine: movedAlong(img.affine, axis - 1, index) } : part
    })
  },
})

function movedAlong(affine: readonly number[], axis: number, steps: number): readonly number[] {
  const n = order(affine)
  const shift = identity(n)
  if (axis < n - 1) shift[axis * n + n - 1] = steps
  return multiply(affine, shift)
}

/** Repeat every channel: `a, b` becomes `a, a, b, b` (MONAI `RepeatChannel`). */
export const RepeatChannel = voxels({
  name: 'RepeatChannel',
  options: { repeats: count.req('How often each channel comes in the result.') },
  apply: (img, { repeats }) =>
    withChannels(img, Array.from({ length: img.shape[0] * repeats }, (_, c) => Math.floor(c / repeats))), // prettier-ignore
})

/** Keep one of every `repeats` channels: undoes `RepeatChannel` (MONAI `RemoveRepeatedChannel`). */
export const RemoveRepeatedChannel = voxels({
  name: 'RemoveRepeatedChannel',
  options: { repeats: count.req('How often each channel comes in the input.') },
  apply(img, { repeats }) {
    if (img.shape[0] < 2)
      throw new ShapeError(
        'RemoveRepeatedChannel',
        `the image has ${img.shape[0]} channels; repeated channels are 2 or more`,
      )
    return withChannels(img, Array.from({ length: Math.ceil(img.shape[0] / repeats) }, (_, c) => c * repeats)) // prettier-ignore
  },
})

/** The image made of some of its channels, in this order. */
export function withChannels(img: Image, channels: readonly number[]): Image {
  const size = sizeOf(img.shape.slice(1))
  const data = uncleared(img.dtype, channels.length * size)
  channels.forEach((channel, c) => data.set(img.data.subarray(channel * size, (channel + 1) * size) as never, c * size))
  return withVoxels(img, { shape: [channels.length, ...img.shape.slice(1)], data })
}

export const AsChannelLastd = dictionary(AsChannelLast)
export const Transposed = dictionary(Transpose)
export const SqueezeDimd = dictionary(SqueezeDim)
export const RepeatChanneld = dictionary(RepeatChannel)
export const RemoveRepeatedChanneld = dictionary(RemoveRepeatedChannel)
