import { allocate } from '../../core/dtype.ts'
import { OptionError } from '../../core/errors.ts'
import { withVoxels, type Image } from '../../core/image.ts'
import { count, int } from '../../core/options.ts'
import { fourierTransform, type ComplexArray, type Floats } from '../../kernels/index.ts'
import { voxels } from '../define.ts'
import { cast } from '../shared.ts'
import { valuesOf } from './throughSpectrum.ts'

/** The envelope of a signal along an axis: the size of its analytic signal (MONAI `DetectEnvelope`). */
export const DetectEnvelope = voxels({
  name: 'DetectEnvelope',
  options: {
    axis: int
      .where((n) => n >= 0, 'a whole number of 0 or more')
      .opt('Axis of the signal; 1 is the first spatial one.', 1),
    n: count.opt('Length to which signals are first cropped or padded with 0; theirs when null.', null),
  },
  apply(img, { axis, n }) {
    if (axis >= img.shape.length)
      throw new OptionError(
        'DetectEnvelope.axis',
        `axis ${axis} does not exist in an image of shape [${img.shape.join(', ')}]; use 0 to ${img.shape.length - 1}`,
      )
    const size = n ?? img.shape[axis]
    const shape = img.shape.with(axis, size)
    const k = resizedAlong(img, axis, size)
    fourierTransform(k, shape, [axis])
    const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1)
    // Twice the frequencies above 0 and none below.
    for (let start = 0; start < k.real.length; start += size * inner) {
      const [above, below] = [start + inner, start + Math.ceil(size / 2) * inner]
      for (const part of [k.real, k.imaginary]) {
        for (let i = above; i < below; i++) part[i] *= 2
        part.fill(0, Math.max(above, below), start + size * inner)
      }
    }
    fourierTransform(k, shape, [axis], true)
    const { real: data, imaginary } = k
    for (let i = 0; i < data.length; i++) data[i] = Math.sqrt(data[i] * data[i] + imaginary[i] * imaginary[i])
    return cast(
      withVoxels(img, { dtype: data instanceof Float64Array ? 'float64' : 'float32', shape, data }),
      img.dtype,
    )
  },
})

/** Lines along `axis`, cropped or padded with 0 at the end. */
function resizedAlong(img: Image, axis: number, size: number): ComplexArray<Floats> {
  const length = img.shape[axis]
  const inner = img.shape.slice(axis + 1).reduce((a, b) => a * b, 1)
  const from = valuesOf(img)
  const outer = from.length / (length * inner)
  const [real, imaginary] = [0, 0].map(
    () => allocate(img.dtype === 'float64' ? 'float64' : 'float32', outer * size * inner) as Floats,
  )
  const kept = Math.min(size, length) * inner
  for (let o = 0; o < outer; o++)
    real.set(from.subarray(o * length * inner, o * length * inner + kept), o * size * inner)
  return { real, imaginary }
}
