import { unclearedFloats } from '../../core/dtype.ts'
import { DataError } from '../../core/errors.ts'
import { withVoxels, type Image } from '../../core/image.ts'
import { bool, count, int, number, oneOf } from '../../core/options.ts'
import { axisIndex, sizeOf } from '../../core/tensor.ts'
import { extent, labelled, reaching, wholeNumbers } from '../../kernels/index.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { cast, dtypeKind, floatsOf } from '../shared.ts'

/** From network output to classes: argmax, one-hot, threshold, rounding, in this order (MONAI `AsDiscrete`). */
export const AsDiscrete = voxels({
  name: 'AsDiscrete',
  options: {
    argmax: bool.opt('Take the number of the largest channel.', false, { perKey: true }),
    toOnehot: count.opt('Number of classes to spread class numbers over.', null, { perKey: true }),
    threshold: number.opt('1 where the value is at least this, else 0.', null, { perKey: true }),
    rounding: oneOf('torchrounding').opt('Round to whole numbers, halves to even.', null, { perKey: true }),
    dim: int.opt('Axis of argmax and one-hot; 0 is the channel.', 0),
    keepdim: bool.opt('Keep the axis of the argmax, with size 1.', true),
    dtype: dtypeKind.opt('Element type of the result.', 'float32'),
  },
  apply(img, { argmax, toOnehot, threshold, rounding, dim, keepdim, dtype }) {
    let result: Image = withVoxels(img, { dtype: 'float32', data: floatsOf(img) })
    if (argmax) result = largest(result, dim, keepdim)
    if (toOnehot !== null) result = oneHot(result, toOnehot, dim)
    if (threshold !== null) result = withVoxels(result, { data: reaching(result.data as Float32Array, threshold) })
    if (rounding !== null) result = withVoxels(result, { data: wholeNumbers(result.data as Float32Array) })
    return cast(result, dtype)
  },
})

export const AsDiscreted = dictionary(AsDiscrete)

/** The first position of the largest value along an axis. */
function largest(img: Image, dim: number, keep: boolean): Image {
  const axis = axisIndex(dim, img.shape.length, 'AsDiscrete.dim')
  const count = img.shape[axis]
  const step = sizeOf(img.shape.slice(axis + 1))
  const data = img.data as Float32Array
  const out = new Float32Array(data.length / count)
  const tops = new Float32Array(step)
  for (let at = 0; at < out.length; at += step) {
    const start = at * count
    tops.set(data.subarray(start, start + step))
    for (let k = 1; k < count; k++)
      for (let i = 0, from = start + k * step; i < step; i++, from++)
        if (data[from] > tops[i]) {
          tops[i] = data[from]
          out[at + i] = k
        }
  }
  return withVoxels(img, { shape: keep ? img.shape.with(axis, 1) : img.shape.toSpliced(axis, 1), data: out })
}

function oneHot(img: Image, classes: number, dim: number): Image {
  const axis = axisIndex(dim, img.shape.length, 'AsDiscrete.dim')
  if (img.shape[axis] !== 1)
    throw new DataError(
      'AsDiscrete.toOnehot',
      `axis ${axis} has ${img.shape[axis]} entries; one-hot needs 1 that holds class numbers`,
    )
  const step = sizeOf(img.shape.slice(axis + 1))
  const data = img.data as Float32Array
  const isClass = (x: number) => x > -1 && x < classes
  const { min, max } = extent(data)
  if (data.length > 0 && !(isClass(min) && isClass(max)))
    throw new DataError(
      'AsDiscrete.toOnehot',
      `the image holds ${data.find((x) => !isClass(x))}; ${classes} classes are 0 to ${classes - 1}`,
    )
  const out = unclearedFloats(data.length * classes)
  for (let start = 0; start < data.length; start += step)
    for (let label = 0, at = start * classes; label < classes; label++, at += step)
      labelled(data.subarray(start, start + step), label, out.subarray(at, at + step))
  return withVoxels(img, { shape: img.shape.with(axis, classes), data: out })
}
