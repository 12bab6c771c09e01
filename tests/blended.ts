import { floats, RandomState, sizeOf, SlidingWindowInferer, type FloatTensor } from 'volvox'

/** A sliding window over noise with weights that round: what it gives, as the bits of float32. */
export async function blended(): Promise<number[]> {
  const shape = [1, 1, 20, 18, 16]
  const image = floats(shape, new RandomState(3).standardNormal(sizeOf(shape)))
  const inferer = SlidingWindowInferer({ roiSize: [9, 8, 7], overlap: 0.6, mode: 'gaussian', swBatchSize: 2 })
  const output = (await inferer(image, (batch) => ({ ...batch, data: batch.data.map((x) => x / 3) }))) as FloatTensor
  return [...new Uint32Array(output.data.buffer)]
}
