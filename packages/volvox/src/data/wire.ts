import type { WireError } from '../core/wire.ts'
import type { SampleBatch } from './collate.ts'
import type { DatasetDescription } from './datasets/dataset.ts'
import type { BatchJob } from './jobs.ts'
import type { TransformConfig } from './pipeline.ts'
import type { LoaderFolder } from './thread.ts'

/** What a loader's thread begins with. */
export interface LoaderSetup {
  readonly dataset: DatasetDescription
  /** What puts samples together; `listDataCollate` when null. */
  readonly collate: TransformConfig | null
  /** Where its components are, see `neededBy`; anywhere when null. */
  readonly folders: readonly LoaderFolder[] | null
}

/** What a loader's thread is asked, and what it answers. */
export type LoaderTask =
  | { readonly kind: 'batch'; readonly job: BatchJob }
  /** The result for one item, as it is. */
  | { readonly kind: 'result'; readonly index: number }
export type LoaderRequest =
  | { readonly kind: 'task'; readonly id: number; readonly task: LoaderTask }
  /** From now on the data set is this one. */
  | { readonly kind: 'dataset'; readonly dataset: DatasetDescription }
  /** Give back memory. */
  | { readonly kind: 'collect' }
export type LoaderReply =
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: WireError }

/** The buffers of a batch that can change hands without a copy. */
export function buffersOf(batch: SampleBatch): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>()
  for (const value of Object.values(batch))
    if ('data' in value && value.data.buffer instanceof ArrayBuffer) buffers.add(value.data.buffer)
  return [...buffers]
}
