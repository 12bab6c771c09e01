import { order } from '../../core/affine.ts'
import { sizeOf, stridesOf } from '../../core/tensor.ts'
import type { Displacement } from '../displace.ts'

/** `displace` point by point in float64. */
export function displace(offsets: Float32Array, { shape, spacing, magnitude, affine }: Displacement): Float64Array {
  const voxels = sizeOf(shape)
  const n = order(affine)
  const out = new Float64Array(offsets.length)
  for (let i = 0; i < voxels; i++) {
    const place = shape.map((length, axis) => {
      const index = Math.floor(i / stridesOf(shape)[axis]) % length
      return (index - (length - 1) / 2) * spacing[axis] + magnitude * offsets[axis * voxels + i]
    })
    shape.forEach((_, axis) => {
      const row = affine.slice(axis * n, (axis + 1) * n)
      out[axis * voxels + i] = place.reduce((sum, x, k) => sum + row[k] * x, row[n - 1])
    })
  }
  return out
}
