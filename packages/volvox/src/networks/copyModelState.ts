import { OptionError, didYouMean, shown } from '../core/errors.ts'
import { sameShape, type Tensor } from '../core/tensor.ts'
import type { Network } from './network.ts'
import { underTodaysNames } from './oldGenerative.ts'
import { namedAsIn, statePartsOf, unwrapped, type StatePart } from './stateNames.ts'
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
  /** What was done to names of the monai-generative package, one sentence each. */
  readonly renamed: readonly string[]
}

/** A tensor that is not of the shape of its place, and was left out. */
export interface ShapeMismatch {
  readonly name: string
  readonly given: readonly number[]
  readonly wanted: readonly number[]
}

/**
 * The states of a network with the values of a state dict wherever name and shape match, for transfer learning (MONAI
 * `copy_model_state`). Prefixes of DataParallel and torch.compile do not count, nor does a first part that all names have.
 */
export function copyModelState(
  network: Network,
  states: Tensors,
  stateDict: Tensors,
  { dstPrefix = '', mapping = {}, excludeVars = null }: CopyModelStateOptions = {},
): CopiedState {
  const parts = statePartsOf(network)
  const isRenamed = dstPrefix !== '' || Object.keys(mapping).length > 0
  const { named: source, report: renamed } = isRenamed
    ? { named: unwrapped(stateDict), report: [] }
    : underTodaysNames(network, namedAsIn(parts, stateDict))
  checkMapping(mapping, source, dstPrefix, parts)
  const excludes = excludeVars === null ? null : new RegExp(excludeVars)
  const copied = new Map<string, Tensor>()
  const excluded = new Set<string>()
  const unexpected: string[] = []
  const mismatched = new Map<string, ShapeMismatch>()
  const take = (to: string, part: StatePart, tensor: Tensor): void => {
    const { name, shape: wanted } = part.kind === 'index' ? { name: to, shape: part.index.value.shape } : part.weight
    if (excludes?.test(to)) excluded.add(name)
    else if (part.kind === 'index' ? indexProblem(tensor, part.index) : !sameShape(tensor.shape, wanted))
      mismatched.set(name, { name, given: tensor.shape, wanted })
    else if (part.kind === 'weight') copied.set(name, asState(tensor))
  }
  for (const [from, tensor] of source) {
    const part = parts.get(dstPrefix + from)
    if (part) take(dstPrefix + from, part, tensor)
    else if (!(from in mapping)) unexpected.push(from)
  }
  // After the others, over which it has its way.
  for (const [from, to] of Object.entries(mapping)) take(dstPrefix + to, parts.get(dstPrefix + to)!, source.get(from)!)
  const names = network.weights.map(({ name }) => name)
  const usedNames = network.weights.flatMap(({ name, isUnused }) => (isUnused ? [] : [name]))
  return {
    states: { ...states, ...Object.fromEntries(copied) },
    matched: names.filter((name) => copied.has(name)),
    missing: usedNames.filter((name) => !copied.has(name) && !mismatched.has(name) && !excluded.has(name)),
    excluded: names.filter((name) => excluded.has(name)),
    unexpected,
    mismatched: [...mismatched.values()].filter(({ name }) => !copied.has(name)),
    renamed,
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
