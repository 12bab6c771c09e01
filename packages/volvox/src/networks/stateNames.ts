import type { Tensor } from '../core/tensor.ts'
import type { NamedIndex, NamedWeight, Network } from './network.ts'

/** What a network keeps under a state-dict name. */
export type StatePart =
  { readonly kind: 'weight'; readonly weight: NamedWeight } | { readonly kind: 'index'; readonly index: NamedIndex }

/** The weights and index buffers of a network by every name that state dicts have them under. */
export function statePartsOf(network: Network): Map<string, StatePart> {
  return new Map<string, StatePart>([
    ...network.weights.flatMap((weight) =>
      [weight.name, ...weight.aliases].map((name) => [name, { kind: 'weight', weight }] as const),
    ),
    ...network.indices.flatMap((index) =>
      [index.name, ...index.aliases].map((name) => [name, { kind: 'index', index }] as const),
    ),
  ])
}

/** A name without what wrappers of PyTorch add: `module.` of DataParallel, `_orig_mod.` of torch.compile. */
export function unwrappedName(name: string): string {
  const bare = name.replace(/(?<=^|\.)_orig_mod\./g, '')
  return bare.startsWith('module.') ? unwrappedName(bare.slice('module.'.length)) : bare
}

/**
 * The tensors of a state dict under the names of a network: without what wrappers add, and without first parts that all
 * names have where the network knows the names only without them, as `model.` of a training framework's own module.
 */
export function namedAsIn(
  parts: ReadonlyMap<string, StatePart>,
  stateDict: Readonly<Record<string, Tensor>>,
): Map<string, Tensor> {
  const named = unwrapped(stateDict)
  for (let inner = named; ;) {
    const names = [...inner.keys()]
    if (names.some((name) => parts.has(name))) return inner
    const first = names[0]?.slice(0, names[0].indexOf('.') + 1)
    if (!first || !names.every((name) => name.startsWith(first))) return named
    inner = new Map([...inner].map(([name, tensor]) => [name.slice(first.length), tensor]))
  }
}

/** The tensors of a state dict under their names without what wrappers add. */
export function unwrapped(stateDict: Readonly<Record<string, Tensor>>): Map<string, Tensor> {
  return new Map(Object.entries(stateDict).map(([name, tensor]) => [unwrappedName(name), tensor]))
}
