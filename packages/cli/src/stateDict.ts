import {
  decodeCheckpoint,
  isMeantAsTorch,
  readSafetensors,
  readWeights,
  registry,
  toStateDict,
  type Network,
  type Tensor,
} from 'volvox'
import { runConfig } from './segmentation/runConfig.ts'

/** Weights by state-dict key, and what they are of. */
export interface StateDict {
  readonly tensors: Readonly<Record<string, Tensor>>
  /** For sentences: `"model"` where they were under that key; empty where the file holds nothing else. */
  readonly from: string
}

/** The state dict in a file's bytes: of PyTorch, of safetensors or of a training by volvox; `path` is named in errors. */
export function stateDictOf(bytes: Uint8Array, path: string, key: string | null = null): StateDict {
  if (key === null && !isMeantAsTorch(bytes, path) && 'volvox.checkpoint' in readSafetensors(bytes, path).metadata)
    return { tensors: trainedState(bytes, path), from: 'the training' }
  const { tensors, path: keys } = readWeights(bytes, path, key)
  return { tensors, from: keys.length > 0 ? `"${keys.join('.')}"` : '' }
}

/** The state dict of a training: of the averaged weights where it keeps an average. */
function trainedState(bytes: Uint8Array, path: string): StateDict['tensors'] {
  const { tensors, config } = decodeCheckpoint(bytes, path)
  const network = registry().create(runConfig(config, path).plan.network, 'plan.network') as Network // the registry has only networks under networks' names
  const averaged = network.weights.map(({ name }) => [name, tensors[`ema.${name}`] ?? tensors[name]] as const)
  return toStateDict(network, Object.fromEntries(averaged))
}
