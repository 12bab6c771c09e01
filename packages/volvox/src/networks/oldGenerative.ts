import type { Tensor } from '../core/tensor.ts'
import type { Network } from './network.ts'
import { unwrappedName } from './stateNames.ts'

/** A state dict under today's names, and what was done to get there, one sentence each. */
export interface RenamedStateDict {
  readonly stateDict: Record<string, Tensor>
  readonly report: readonly string[]
}

/** Names of today, and where the monai-generative package had the same weight. */
const renamed: readonly (readonly [today: RegExp, before: string])[] = [
  [/\.attn\.(to_[qkv]\.(?:weight|bias))$/, '.$1'],
  [/\.attn\.out_proj\.(weight|bias)$/, '.proj_attn.$1'],
  [/(\.transformer_blocks\..*)\.out_proj\.(weight|bias)$/, '$1.to_out.0.$2'],
  [/\.postconv\./, '.conv.'],
]

/**
 * Weights of an AutoencoderKL, DiffusionModelUNet or ControlNet that the monai-generative package trained, for
 * `fromStateDict` (MONAI `load_old_state_dict`). As in MONAI, the last linear layer of an AutoencoderKL's attention passes
 * through what it gets, and the old one is left out.
 */
export function fromOldGenerative(network: Network, old: Readonly<Record<string, Tensor>>): RenamedStateDict {
  const left = new Map(Object.entries(old).map(([name, tensor]) => [unwrappedName(name), tensor]))
  const stateDict: Record<string, Tensor> = {}
  const report: string[] = []
  const take = (today: string, before: string): boolean => {
    const tensor = left.get(before)
    if (!tensor) return false
    left.delete(before)
    stateDict[today] = tensor
    if (today !== before) report.push(`"${before}" is now "${today}"`)
    return true
  }
  const missing = network.weights.filter(({ name }) => !take(name, name))
  for (const { name, shape } of missing) {
    if (network.name === 'AutoencoderKL' && /\.attn\.out_proj\./.test(name)) {
      stateDict[name] = passingThrough(shape)
      left.delete(name.replace('.attn.out_proj.', '.proj_attn.'))
      report.push(`"${name}" passes through what it gets`)
      continue
    }
    const rule = renamed.find(([today]) => today.test(name))
    if (rule) take(name, name.replace(rule[0], rule[1]))
  }
  for (const [name, tensor] of left) stateDict[name] = tensor
  return { stateDict, report }
}

/** A matrix of 1 on its diagonal, or a bias of 0. */
function passingThrough(shape: readonly number[]): Tensor {
  const [rows, columns] = shape
  const data = new Float32Array(columns === undefined ? rows : rows * columns)
  if (columns !== undefined) for (let i = 0; i < rows; i++) data[i * columns + i] = 1
  return { dtype: 'float32', shape, data }
}
