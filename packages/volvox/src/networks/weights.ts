import { castArray } from '../core/convert.ts'
import { ConfigError, DataError, didYouMean, shown } from '../core/errors.ts'
import { sameShape, type Tensor } from '../core/tensor.ts'
import type { NamedIndex, NamedWeight, Network } from './network.ts'

/**
 * State values of a network from a state dict, e.g. of a MONAI checkpoint. Every weight must be there with its shape,
 * under any of its names (old checkpoints lack the aliases); nothing may be left over. Index buffers may be missing, but
 * not differ. `module.` of DataParallel is cut off.
 */
export function fromStateDict(
  network: Network,
  stateDict: Readonly<Record<string, Tensor>>,
  where: string = network.name,
): Record<string, Tensor> {
  const given = new Map(Object.entries(stateDict).map(([key, tensor]) => [key.replace(/^module\./, ''), tensor]))
  const states: Record<string, Tensor> = {}
  for (const weight of network.weights) {
    const names = [weight.name, ...weight.aliases]
    const found = names.map((name) => given.get(name)).find((tensor) => tensor !== undefined)
    for (const name of names) given.delete(name)
    if (found) states[weight.name] = fitted(found, weight, where)
    else if (weight.role === 'counter') states[weight.name] = { dtype: 'float32', shape: [], data: new Float32Array(1) }
    else
      throw new ConfigError(
        where,
        `weight "${weight.name}" [${weight.shape.join(', ')}] is missing; the checkpoint is of another network or has other options`,
      )
  }
  for (const index of network.indices)
    for (const name of [index.name, ...index.aliases]) {
      const found = given.get(name)
      if (found) agrees(found, index, where)
      given.delete(name)
    }
  for (const name of given.keys()) {
    const hint = didYouMean(
      name,
      network.weights.map((weight) => weight.name),
    )
    throw new ConfigError(
      where,
      `weight "${name}" has no place in this ${network.name}${hint ? `; the nearest is "${hint}"` : ''}`,
    )
  }
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

function agrees({ shape, data }: Tensor, { name, value }: NamedIndex, where: string): void {
  if (!sameShape(shape, value.shape) || value.data.some((place, i) => Number(data[i]) !== place))
    throw new ConfigError(
      where,
      `index "${name}" ${shown(shape)} is not the one of this network, ${shown(value.shape)}; the checkpoint is of other options`,
    )
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
