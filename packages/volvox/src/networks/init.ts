import { allocate } from '../core/dtype.ts'
import { sizeOf, type Tensor } from '../core/tensor.ts'
import type { RandomState } from '../rng/index.ts'

/** How a weight starts: plain data, so that it can be shown and compared. */
export type Init =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'normal'; readonly std: number }

export const ones: Init = { kind: 'constant', value: 1 }
export const zero: Init = { kind: 'constant', value: 0 }

/**
 * Elements of a convolution or linear weight that feed one output, as PyTorch counts them: all but the first axis.
 * For a transposed convolution, whose first axis is the input's, this is not the true fan-in; its initial values
 * follow from it nevertheless.
 */
export function fanIn(shape: readonly number[]): number {
  return sizeOf(shape.slice(1))
}

/** PyTorch's default for convolutions and linear layers: kaiming_uniform with a = √5, which is ±1/√fanIn; also for their bias. */
export function defaultUniform(weightShape: readonly number[]): Init {
  return { kind: 'uniform', bound: 1 / Math.sqrt(fanIn(weightShape)) }
}

/** He et al. 2015 for a leaky ReLU of slope `a` (torch.nn.init.kaiming_normal_). */
export function kaimingNormal(weightShape: readonly number[], a: number): Init {
  return { kind: 'normal', std: Math.sqrt(2 / (1 + a * a)) / Math.sqrt(fanIn(weightShape)) }
}

/** A float32 tensor drawn as `init` says; constants use up no draws. */
export function drawn(init: Init, shape: readonly number[], rng: RandomState): Tensor {
  const data = allocate('float32', sizeOf(shape)) as Float32Array // float32 arrays are what allocate gives for float32
  switch (init.kind) {
    case 'constant':
      data.fill(init.value)
      break
    case 'uniform':
      for (let i = 0; i < data.length; i++) data[i] = init.bound * (2 * rng.randomSample() - 1)
      break
    case 'normal':
      for (let i = 0; i < data.length; i++) data[i] = init.std * rng.standardNormal()
      break
    default:
      init satisfies never
  }
  return { dtype: 'float32', shape, data }
}
