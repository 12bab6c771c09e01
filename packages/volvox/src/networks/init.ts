import { sizeOf, type Tensor } from '../core/tensor.ts'
import type { TorchGenerator } from '../rng/index.ts'
import { inverseErf } from './inverseErf.ts'
import type { Weight } from './layer.ts'

/** How a weight starts: plain data, so that it can be shown and compared. */
export type Init =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  | {
      readonly kind: 'normal'
      /** 0 unless given. */
      readonly mean?: number
      readonly std: number
      /** So many neighbours along the first axis share their values; 1 unless given. */
      readonly shared?: number
    }
  /** A normal distribution, cut off so far from its mean of 0. */
  | { readonly kind: 'truncatedNormal'; readonly std: number; readonly limit: number }
  | { readonly kind: 'values'; readonly values: Float32Array | Int32Array }
  /** The values that another weight of the network starts with. */
  | { readonly kind: 'copy'; readonly of: Weight }

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
export function kaimingNormal(weightShape: readonly number[], a: number, shared = 1): Init {
  return { kind: 'normal', std: Math.sqrt(2 / (1 + a * a)) / Math.sqrt(fanIn(weightShape)), shared }
}

/** How MONAI's DenseNets and SENets start: convolutions by `kaimingNormal`, every bias with 0. */
export function kaimingStart({ shape, role, init }: Weight): Init {
  if (role === 'kernel' && shape.length > 2) return kaimingNormal(shape, 0)
  return role === 'bias' ? zero : init
}

/** The same for what flows back: by the outputs that one input feeds (torch.nn.init.kaiming_normal_, mode fan_out). */
export function kaimingNormalOut(weightShape: readonly number[]): Init {
  return { kind: 'normal', std: Math.sqrt(2 / (weightShape[0] * sizeOf(weightShape.slice(2)))) }
}

/** How transformers start their tables and linear layers: deviation 0.02 (MONAI trunc_normal_). */
export const smallNormal: Init = { kind: 'truncatedNormal', std: 0.02, limit: 2 }

/** A float32 tensor drawn as `init` says, as torch draws it; constants use up no draws. */
export function drawn(init: Exclude<Init, { kind: 'copy' }>, shape: readonly number[], rng: TorchGenerator): Tensor {
  const size = sizeOf(shape)
  switch (init.kind) {
    case 'constant':
      return { dtype: 'float32', shape, data: new Float32Array(size).fill(init.value) }
    case 'uniform':
      return { dtype: 'float32', shape, data: rng.uniform(-init.bound, init.bound, size) }
    case 'normal':
      return {
        dtype: 'float32',
        shape,
        data: repeated(rng.normal(init.mean ?? 0, init.std, size / (init.shared ?? 1)), shape, init.shared ?? 1),
      }
    case 'truncatedNormal':
      return { dtype: 'float32', shape, data: truncatedNormal(init.std, init.limit, size, rng) }
    case 'values':
      return { dtype: 'float32', shape, data: Float32Array.from(init.values) }
  }
}

/** From uniform draws by the inverse of the distribution, as MONAI does; what is cut off is so little that it is clipped. */
function truncatedNormal(std: number, limit: number, size: number, rng: TorchGenerator): Float32Array {
  return rng.uniform(-1, 1, size).map((u) => Math.min(limit, Math.max(-limit, std * Math.SQRT2 * inverseErf(u))))
}

/** Each slice along the first axis of `shape`, as often as it is shared. */
function repeated(values: Float32Array, shape: readonly number[], times: number): Float32Array {
  if (times === 1) return values
  const slice = sizeOf(shape.slice(1))
  return Float32Array.from(
    { length: values.length * times },
    (_, i) => values[Math.floor(i / slice / times) * slice + (i % slice)],
  )
}
