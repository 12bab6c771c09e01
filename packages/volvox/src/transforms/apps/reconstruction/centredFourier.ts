import { toFloats } from '../../../core/convert.ts'
import { withVoxels, type Image } from '../../../core/image.ts'
import { sizeOf, stridesOf } from '../../../core/tensor.ts'
import { complexFrom, fourierTransform, type ComplexArray } from '../../../kernels/index.ts'

/**
 * Magnitudes of the inverse Fourier transform over the last axes of space, frequency 0 being in the middle, scaled by the
 * root of the number of frequencies (MONAI `ifftn_centered`, `complex_abs`).
 */
export function centredImage(kspace: Image, spatialDims: number, isComplex: boolean): Image {
  const shape = isComplex ? kspace.shape.slice(0, -1) : kspace.shape
  const axes = Array.from({ length: spatialDims }, (_, i) => shape.length - spatialDims + i)
  const from = isComplex ? complexOf(kspace) : complexFrom(toFloats(kspace.dtype, kspace.data) as Float32Array)
  const k = rolled(from, shape, axes, (n) => -Math.floor(n / 2))
  fourierTransform(k, shape, axes, true)
  // MONAI leaves the first axis of space unshifted where k-space is real.
  const back = rolled(k, shape, isComplex ? axes : axes.slice(1), (n) => Math.floor(n / 2))
  const scale = Math.sqrt(sizeOf(axes.map((axis) => shape[axis])))
  const data = Float32Array.from(back.real, (re, i) => Math.hypot(re, back.imaginary[i]) * scale)
  return withVoxels(kspace, { dtype: 'float32', shape, data })
}

/** Coils, along the axis before those of space, as the root of the sum of their squares. */
export function rootSumOfSquares(coils: Image, spatialDims: number): Image {
  const axis = coils.shape.length - spatialDims - 1
  const inner = sizeOf(coils.shape.slice(axis + 1))
  const block = coils.shape[axis] * inner
  const values = toFloats(coils.dtype, coils.data)
  const sums = new Float64Array(values.length / coils.shape[axis])
  for (let i = 0; i < values.length; i++) sums[Math.floor(i / block) * inner + (i % inner)] += Number(values[i]) ** 2
  const shape = coils.shape.toSpliced(axis, 1)
  return withVoxels(coils, { dtype: 'float32', shape, data: Float32Array.from(sums, Math.sqrt) })
}

function complexOf({ dtype, data }: Image): ComplexArray {
  const values = toFloats(dtype, data)
  const k = complexFrom(values.length / 2)
  for (let i = 0; i < k.real.length; i++) {
    k.real[i] = values[2 * i]
    k.imaginary[i] = values[2 * i + 1]
  }
  return k
}

/** Every element moved along axes, around the end. */
function rolled(
  from: ComplexArray,
  shape: readonly number[],
  axes: readonly number[],
  by: (size: number) => number,
): ComplexArray {
  const strides = stridesOf(shape)
  const to = complexFrom(from.real.length)
  for (let i = 0; i < from.real.length; i++) {
    let at = i
    for (const axis of axes) {
      const n = shape[axis]
      const place = Math.floor(i / strides[axis]) % n
      at += (((place + by(n) + n) % n) - place) * strides[axis]
    }
    to.real[at] = from.real[i]
    to.imaginary[at] = from.imaginary[i]
  }
  return to
}
