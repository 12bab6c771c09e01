import { OptionError, didYouMean, shown } from '../core/errors.ts'
import { sameShape, type Tensor } from '../core/tensor.ts'
import type { Network } from './network.ts'
import { statePartsOf, unwrappedName } from './stateNames.ts'
import { asState, indexProblem } from './weights.ts'

type Tensors = Readonly<Record<string, Tensor>>

export interface CopyModelStateOptions {
  /** Put before the names of the source. */
  readonly dstPrefix?: string
  /** Names of the network by names of the source, for those that differ; the prefix is put before them, too. */
  readonly mapping?: Readonly<Record<string, string>>
  /** Names of the network that match keep their values. */
  readonly excludeVars?: RegExp | string | null
}

/** What was taken over from a state dict and what was not. Names are the network's, but for `unexpected`. */
export interface CopiedState {
  /** The given states with what was taken over. */
  readonly states: Record<string, Tensor>
  readonly matched: readonly string[]
  /** Not in the source. */
  readonly missing: readonly string[]
  readonly excluded: readonly string[]
  /** Names of the source without a place in the network. */
  readonly unexpected: readonly string[]
  readonly mismatched: readonly ShapeMismatch[]
}

/** A tensor that is not of the shape of its place, and was left out. */
export interface ShapeMismatch {
  readonly name: string
  readonly given: readonly number[]
  readonly wanted: readonly number[]
}

/**
 * The states of a network with the values of a state dict wherever name and shape match, for transfer learning (MONAI
 * `copy_model_state`). Prefixes of DataParallel and torch.compile do not count.
 */
export function copyModelState(
  network: Network,
  states: Tensors,
  stateDict: Tensors,
  { dstPrefix = '', mapping = {}, excludeVars = null }: CopyModelStateOptions = {},
): CopiedState {
  const parts = statePartsOf(network)
  const source = new Map(Object.entries(stateDict).map(([name, tensor]) => [unwrappedName(name), tensor]))
  checkMapping(mapping, source, dstPrefix, parts)
  const excludes = excludeVars === null ? null : new RegExp(excludeVars)
  const copied = new Map<string, Tensor>()
  const excluded = new Set<string>()
  const unexpected: string[] = []
  const mismatched = new Map<string, ShapeMismatch>()
  for (const [from, tensor] of source) {
    const to = dstPrefix + (mapping[from] ?? from)
    const part = parts.get(to)
    if (!part) unexpected.push(from)
    else if (part.kind === 'index') {
      if (indexProblem(tensor, part.index))
        mismatched.set(to, { name: to, given: tensor.shape, wanted: part.index.value.shape })
    } else if (excludes?.test(to)) excluded.add(part.weight.name)
    else if (!sameShape(tensor.shape, part.weight.shape))
      mismatched.set(part.weight.name, { name: part.weight.name, given: tensor.shape, wanted: part.weight.shape })
    else copied.set(part.weight.name, asState(tensor))
  }
  const names = network.weights.map(({ name }) => name)
  return {
    states: { ...states, ...Object.fromEntries(copied) },
    matched: names.filter((name) => copied.has(name)),
    missing: names.filter((name) => !copied.has(name) && !mismatched.has(name) && !excluded.has(name)),
    excluded: names.filter((name) => excluded.has(name)),
    unexpected,
    mismatched: [...mismatched.values()],
  }
}

function checkMapping(
  mapping: Readonly<Record<string, string>>,
  source: ReadonlyMap<string, Tensor>,
  prefix: string,
  places: ReadonlyMap<string, unknown>,
): void {
  for (const [from, to] of Object.entries(mapping)) {
    known(from, source.keys(), source.has(from), 'the state dict')
    known(prefix + to, places.keys(), places.has(prefix + to), 'the network')
  }
}

function known(name: string, all: Iterable<string>, isKnown: boolean, where: string): void {
  if (isKnown) return
  const hint = didYouMean(name, all)
  throw new OptionError(
    'copyModelState.mapping',
    `${shown(name)} is not in ${where}${hint ? `; did you mean "${hint}"?` : ''}`,
  )
}
