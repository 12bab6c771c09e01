import type { WireError } from '../core/wire.ts'
import type { SampleBatch } from './collate.ts'
import type { BatchJob } from './loader.ts'

/** What a loader's thread is asked, and what it answers. */
export type LoaderRequest = { readonly id: number; readonly job: BatchJob }
export type LoaderReply =
  | { readonly kind: 'batch'; readonly id: number; readonly batch: SampleBatch }
  | { readonly kind: 'error'; readonly id: number; readonly error: WireError }

/** The buffers of a batch that can change hands without a copy. */
export function buffersOf(batch: SampleBatch): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>()
  for (const value of Object.values(batch))
    if ('data' in value && value.data.buffer instanceof ArrayBuffer) buffers.add(value.data.buffer)
  return [...buffers]
}
