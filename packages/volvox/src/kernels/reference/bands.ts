import { sizeOf } from '../../core/tensor.ts'
import type { Bands } from '../bands.ts'

/** `applyBands` element by element in float64. */
export function applyBands(data: Float32Array, shape: readonly number[], axis: number, bands: Bands): Float64Array {
  const outer = sizeOf(shape.slice(0, axis))
  const inner = sizeOf(shape.slice(axis + 1))
  const size = bands.starts.length
  const out = new Float64Array(outer * size * inner)
  for (let i = 0; i < outer; i++)
    for (let o = 0; o < size; o++)
      for (let j = 0; j < inner; j++)
        for (let k = 0; k < bands.counts[o]; k++)
          out[(i * size + o) * inner + j] +=
            bands.weights[o * bands.width + k] * data[(i * bands.length + bands.starts[o] + k) * inner + j]
  return out
}
