import type { FloatTensor } from '../core/tensor.ts'
import { mapOutputs, type Predictor } from './inferer.ts'

/**
 * A predictor that always calls `predictor` with `size` items, for sessions that are compiled for one batch size: a
 * smaller batch is filled up with zeros, and what they give is dropped.
 */
export function fixedBatch(predictor: Predictor, size: number): Predictor {
  return async (batch, places) => {
    const items = batch.shape[0]
    if (items >= size) return predictor(batch, places)
    const data = new Float32Array((batch.data.length / items) * size)
    data.set(batch.data)
    const first = ({ shape, data: all }: FloatTensor): FloatTensor => ({
      dtype: 'float32',
      shape: [items, ...shape.slice(1)],
      data: all.slice(0, (all.length / size) * items),
    })
    return mapOutputs(await predictor({ ...batch, shape: [size, ...batch.shape.slice(1)], data }, places), first)
  }
}
