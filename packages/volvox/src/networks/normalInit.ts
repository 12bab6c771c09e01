import { sizeOf, zeros, type Tensor } from '../core/tensor.ts'
import type { TorchGenerator } from '../rng/index.ts'
import type { Network } from './network.ts'

/**
 * Other initial values for convolutions, linear layers and batch norms, as GANs like them: weights are normal about 0,
 * those of norms about 1, and biases 0 (MONAI normal_init, applied to a whole network). The rest is not among them:
 * `{ ...network.init(rng), ...normalInit(network, rng) }`.
 */
export function normalInit({ weights }: Network, rng: TorchGenerator, std = 0.02): Record<string, Tensor> {
  const shapes = new Map(weights.map(({ name, shape }) => [name, shape]))
  const values: Record<string, Tensor> = {}
  for (const { name, shape, role } of weights) {
    const owner = name.slice(0, name.length - 'weight'.length)
    const isBatchNorm = role === 'scale' && shapes.has(`${owner}num_batches_tracked`)
    if (!name.endsWith('weight') || (role !== 'kernel' && !isBatchNorm)) continue
    values[name] = { dtype: 'float32', shape, data: rng.normal(isBatchNorm ? 1 : 0, std, sizeOf(shape)) }
    const bias = shapes.get(`${owner}bias`)
    if (bias) values[`${owner}bias`] = zeros('float32', bias)
  }
  return values
}
