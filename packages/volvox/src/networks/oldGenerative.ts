import { sizeOf, type Tensor } from '../core/tensor.ts'
import type { Network } from './network.ts'
import { namedAsIn, statePartsOf } from './stateNames.ts'

/** A state dict under today's names, and what was done to get there, one sentence each. */
export interface RenamedStateDict {
  readonly stateDict: Record<string, Tensor>
  readonly report: readonly string[]
}

type Rename = readonly [today: RegExp, before: string]

/** Names of today, and where the monai-generative package had the same weight. */
const renamed: readonly Rename[] = [
  [/\.attn\.(to_[qkv]\.(?:weight|bias))$/, '.$1'],
  [/\.attn\.out_proj\.(weight|bias)$/, '.proj_attn.$1'],
  [/(\.transformer_blocks\..*)\.out_proj\.(weight|bias)$/, '$1.to_out.0.$2'],
  [/\.postconv\./, '.conv.'],
]

/** Of DecoderOnlyTransformer, whose norms were counted in the order of their use. */
const renamedNorms: readonly Rename[] = [
  [/\.norm_cross_attn\./, '.norm2.'],
  [/\.norm2\./, '.norm3.'],
]

/** Autoencoders, whose attention had a last linear layer that was not used. */
const autoencoders = new Set(['AutoencoderKL', 'AutoencoderKlMaisi', 'SPADEAutoencoderKL'])

/**
 * Weights of a generative network that the monai-generative package trained, under the names of today (MONAI
 * `load_old_state_dict`); those that have them already stay as they are. `fromStateDict` and `copyModelState` do this by
 * themselves. As in MONAI, the last linear layer of an autoencoder's attention passes through what it gets, and the old one
 * is left out. Unlike there, a DecoderOnlyTransformer keeps its norm before the attention to a context.
 */
export function fromOldGenerative(network: Network, old: Readonly<Record<string, Tensor>>): RenamedStateDict {
  const { named, report } = underTodaysNames(network, namedAsIn(statePartsOf(network), old))
  return { stateDict: Object.fromEntries(named), report }
}

/** The same for tensors that already have the network's own first parts. */
export function underTodaysNames(
  network: Network,
  old: ReadonlyMap<string, Tensor>,
): { readonly named: Map<string, Tensor>; readonly report: readonly string[] } {
  const named = new Map(old)
  const report: string[] = []
  const moves = movedIn(network, old)
  for (const { before } of moves) named.delete(before) // all of them first: one's old name is another's of today
  for (const { name, before } of moves) {
    named.set(name, old.get(before)!)
    report.push(`"${before}" is now "${name}"`)
  }
  for (const { name, shape } of network.weights) {
    const block = /^(.*)\.attn\.out_proj\.(weight|bias)$/.exec(name)
    const isOld = block !== null && old.has(`${block[1]}.to_q.weight`)
    if (isOld && autoencoders.has(network.name)) {
      named.delete(`${block[1]}.proj_attn.${block[2]}`)
      named.set(name, passingThrough(shape))
      report.push(`"${name}" passes through what it gets`)
    } else if (/\.norm_cross_attn\./.test(name) && !named.has(name) && isOfOldTransformer(network, old)) {
      named.set(name, filled(shape, name.endsWith('.weight') ? 1 : 0))
      report.push(`"${name}" has no effect`)
    }
  }
  return { named, report }
}

/** The weights that are there under an old name, each old name once. */
function movedIn(network: Network, old: ReadonlyMap<string, Tensor>): readonly { name: string; before: string }[] {
  const isTransformer = isOfOldTransformer(network, old)
  const rules = isTransformer ? renamedNorms : renamed
  const names = new Set(network.weights.map(({ name }) => name))
  const moves = network.weights.flatMap(({ name }) => {
    const rule = rules.find(([today]) => today.test(name))
    const before = rule && name.replace(rule[0], rule[1])
    if (before === undefined || !old.has(before)) return []
    const isFree = isTransformer || (!old.has(name) && !names.has(before))
    return isFree ? [{ name, before }] : []
  })
  const isUnused = (name: string) => autoencoders.has(network.name) && /\.attn\.out_proj\./.test(name)
  return moves.filter(({ name }) => !isUnused(name))
}

function isOfOldTransformer(network: Network, old: ReadonlyMap<string, Tensor>): boolean {
  return network.name === 'DecoderOnlyTransformer' && [...old.keys()].some((name) => /\.norm3\./.test(name))
}

/** A matrix of 1 on its diagonal, or a bias of 0. */
function passingThrough(shape: readonly number[]): Tensor {
  const [rows, columns] = shape
  const tensor = filled(shape, 0)
  if (columns !== undefined) for (let i = 0; i < rows; i++) tensor.data[i * columns + i] = 1
  return tensor
}

function filled(shape: readonly number[], value: number): Tensor<Float32Array> {
  return { dtype: 'float32', shape, data: new Float32Array(sizeOf(shape)).fill(value) }
}
