import { castArray } from '../core/convert.ts'
import { ConfigError, DataError, didYouMean, shown } from '../core/errors.ts'
import { sameShape, zeros, type Tensor } from '../core/tensor.ts'
import type { NamedIndex, NamedWeight, Network } from './network.ts'
import { underTodaysNames } from './oldGenerative.ts'
import { namedAsIn, statePartsOf } from './stateNames.ts'

/**
 * State values of a network from a state dict, e.g. of a MONAI checkpoint. Every weight must be there with its shape,
 * under any of its names (old checkpoints lack the aliases); nothing may be left over. Index buffers may be missing, but
 * not differ. What DataParallel (`module.`) and torch.compile (`_orig_mod.`) put before names is cut off,
 * and so is a first part that all names have. Names of the monai-generative package are taken for those of today.
 */
export function fromStateDict(
  network: Network,
  stateDict: Readonly<Record<string, Tensor>>,
  where: string = network.name,
): Record<string, Tensor> {
  const parts = statePartsOf(network)
  const { named: given } = underTodaysNames(network, namedAsIn(parts, stateDict))
  const states: Record<string, Tensor> = {}
  const unknown = [...given.keys()].filter((name) => !parts.has(name))
  for (const weight of network.weights) {
    const name = [weight.name, ...weight.aliases].find((one) => given.has(one))
    if (name !== undefined) states[weight.name] = fitted(given.get(name)!, weight, where)
    else if (weight.isUnused || weight.role === 'counter') states[weight.name] = zeros('float32', weight.shape)
    else throw missing(weight, unknown, where)
  }
  for (const [name, part] of parts) {
    const problem = part.kind === 'index' && given.has(name) && indexProblem(given.get(name)!, part.index)
    if (problem) throw new ConfigError(where, problem)
  }
  if (unknown.length > 0) throw leftOver(unknown[0], network, where)
  return states
}

/** The state dict that PyTorch would save: every name, aliases included; counters and index buffers as int64. */
export function toStateDict(network: Network, states: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const values = new Map<string, Tensor>()
  for (const weight of network.weights) {
    const value = states[weight.name]
    if (!value)
      throw new DataError(
        network.name,
        `there is no value for weight "${weight.name}"; give the states of a session that holds this network`,
      )
    const stored =
      weight.role === 'counter'
        ? { dtype: 'int64' as const, shape: [], data: BigInt64Array.of(BigInt(Number(value.data[0]))) }
        : value
    for (const name of [weight.name, ...weight.aliases]) values.set(name, stored)
  }
  for (const { name, aliases, value } of network.indices) {
    const stored = { dtype: 'int64' as const, shape: value.shape, data: BigInt64Array.from(value.data, BigInt) }
    for (const key of [name, ...aliases]) values.set(key, stored)
  }
  return Object.fromEntries(values)
}

/** A tensor of a state dict as networks hold it: in float32, whose elements share no memory with a file's. */
export function asState({ dtype, shape, data }: Tensor): Tensor {
  const floats = castArray(data, dtype, 'float32')
  return { dtype: 'float32', shape, data: floats === data ? floats.slice() : floats }
}

/** What is wrong with an index buffer of a state dict, which must hold what follows from the options. */
export function indexProblem({ shape, data }: Tensor, { name, value }: NamedIndex): string | null {
  const isSame = sameShape(shape, value.shape) && value.data.every((place, i) => Number(data[i]) === place)
  return isSame
    ? null
    : `index "${name}" ${shown(shape)} is not the one of this network, ${shown(value.shape)}; the checkpoint is of other options`
}

function fitted(tensor: Tensor, weight: NamedWeight, where: string): Tensor {
  if (!sameShape(tensor.shape, weight.shape))
    throw new ConfigError(
      where,
      `weight "${weight.name}" has shape ${shown(tensor.shape)}; this network takes ${shown(weight.shape)}`,
    )
  if (tensor.dtype === 'float32') return tensor
  return { dtype: 'float32', shape: tensor.shape, data: castArray(tensor.data, tensor.dtype, 'float32') }
}

const otherNetwork = 'the checkpoint is of another network or has other options'

function missing({ name, shape }: NamedWeight, unknown: readonly string[], where: string): ConfigError {
  const hint = didYouMean(name, unknown)
  return new ConfigError(
    where,
    `weight "${name}" ${shown(shape)} is missing; ${hint ? `the nearest that is there is "${hint}"` : otherNetwork}`,
  )
}

function leftOver(name: string, network: Network, where: string): ConfigError {
  const hint = didYouMean(name, statePartsOf(network).keys())
  return new ConfigError(
    where,
    `weight "${name}" has no place in this ${network.name}; ${hint ? `the nearest is "${hint}"` : otherNetwork}`,
  )
}
