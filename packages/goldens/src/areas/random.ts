import type { Tensor } from 'volvox'
import type { Area, Results } from '../area.ts'
import { doubles } from '../numbers.ts'
import { imageOf } from '../images.ts'
import { allowedForImages, called, placed, transformOf } from './transforms.ts'

/** Random transforms: seeded once, called several times, and then the generator must stand where MONAI's stands. */
export const random: Area = {
  run(golden, world) {
    const transform = transformOf(golden, world)
    if (golden.seed !== null) transform.setRandomState?.(golden.seed)
    // The recordings set the generators of the whole process to 0 before the first call.
    for (const name of ['numpy', 'torch']) transform.source?.twin?.(name).reseed(0)
    const labels = golden.tensors['in.labels'] && { labels: imageOf(golden, 'in.labels') }
    const calls = Number(golden.metadata.n_calls ?? 1)
    const outputs = Array.from({ length: calls }, () => called(transform, golden, world, labels))
    return {
      ...placed(golden, 'out', outputs[0]),
      ...(golden.tensors['out.labels'] && mixed(outputs[0])),
      ...Object.assign({}, ...outputs.map((output, i) => placed(golden, `out.call${i}`, output))),
      'out.rng_after': transform.source && doubles(transform.source.randomSample(4)),
    }
  },
  allowed: (golden, key) => (key === 'out.rng_after' ? 0 : allowedForImages(golden, key)),
}

/** A batch and its labels, mixed alike. */
function mixed(output: unknown): Results {
  const [batch, labels] = output as readonly Tensor[]
  return { 'out.image': batch, 'out.labels': labels }
}
