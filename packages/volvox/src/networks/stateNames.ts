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
