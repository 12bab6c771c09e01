import type { RandomState } from './randomState.ts'

/** Seeds for `count` generators that derive from `rng`; how MONAI's Compose seeds its random children, in order. */
export function childSeeds(rng: RandomState, count: number): number[] {
  return Array.from({ length: count }, () => rng.randint(0, 2 ** 32, null, 'uint32'))
}
