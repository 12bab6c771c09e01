import { sizeOf, stridesOf } from '../../core/tensor.ts'

/** `medianFilter` voxel by voxel, by sorting. */
export function medianFilter(data: Float32Array, shape: readonly number[], radii: readonly number[]): Float32Array {
  const strides = stridesOf(shape)
  const spans = radii.map((r) => 2 * r + 1)
  return Float32Array.from(data, (_, i) => {
    const values = Array.from({ length: sizeOf(spans) }, (_, w) => {
      let [rest, at] = [w, Math.floor(i / strides[0]) * strides[0]]
      for (let axis = spans.length - 1; axis >= 0; axis--) {
        const n = shape[axis + 1]
        const place = (Math.floor(i / strides[axis + 1]) % n) + (rest % spans[axis]) - radii[axis]
        at += Math.min(Math.max(place, 0), n - 1) * strides[axis + 1]
        rest = Math.floor(rest / spans[axis])
      }
      return data[at]
    })
    return values.some((x) => Number.isNaN(x)) ? NaN : values.sort((a, b) => a - b)[(values.length - 1) / 2]
  })
}
