import { sizeOf } from '../../core/tensor.ts'
import { normalFloats } from '../../kernels/index.ts'
import type { RandomSource } from '../random.ts'

/** Offsets of the control points of a lattice, standard normal, and the magnitude to multiply them by (MONAI `RandDeformGrid`). */
export function controlOffsets(
  source: RandomSource,
  magnitudeRange: readonly [number, number],
  shape: readonly number[],
): { readonly offsets: Float32Array; readonly magnitude: number } {
  const offsets = normalFloats(source, 0, 1, shape.length * sizeOf(shape))
  return { offsets, magnitude: source.uniform(...magnitudeRange) }
}

/** Control points along each axis: those that span the image, and one more on either side. */
export function controlPoints(shape: readonly number[], spacing: readonly number[]): number[] {
  return shape.map((n, axis) => {
    const reach = (n - 1) / (2 * spacing[axis])
    return n % 2 === 0 ? 2 * Math.ceil(reach + 0.5) + 2 : 2 * Math.ceil(reach) + 3
  })
}
