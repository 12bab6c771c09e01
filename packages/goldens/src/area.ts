import type { Registry, Tensor, graph } from 'volvox'
import type { Golden } from './golden.ts'

/** What cases are run with. */
export interface World {
  readonly registry: Registry
  /** What computes losses and networks. */
  readonly executor: graph.Executor
  /** The bytes of a file beside the case. */
  readonly sibling: (golden: Golden, name: string) => Uint8Array
}

/** Results under the keys that the recording has them under. */
export type Results = Readonly<Record<string, Tensor | undefined>>

/** How the cases of one area are run. */
export interface Area {
  /** Thrown errors fail the case, but for `NotImplemented`. */
  run(golden: Golden, world: World): Results | Promise<Results>
  /** The keys that must be reproduced; everything under `out.` unless given. */
  readonly expected?: (golden: Golden) => readonly string[]
  /** Largest allowed difference for one key; the case's tolerance unless given. */
  readonly allowed?: (golden: Golden, key: string, want: Tensor) => number
}

/** Volvox has no such component; the case counts as neither passed nor failed. */
export class NotImplemented extends Error {
  constructor(what: string) {
    super(`${what} is not implemented`)
    this.name = 'NotImplemented'
  }
}
