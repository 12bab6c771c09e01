import type { PipelineStep } from '../pipeline.ts'
import { startedAhead } from '../startedAhead.ts'
import type { StartWorkers } from '../workers.ts'
import { itemDataset } from './items.ts'
import { inSharedMemory } from './sharedMemory.ts'

/** Which results to make. */
export interface Filling {
  readonly data: readonly unknown[]
  readonly names: readonly string[]
  readonly steps: readonly PipelineStep[]
  readonly indices: readonly number[]
  /** Threads to make them in; in this thread when null. */
  readonly workers: StartWorkers | null
}

/** The results of transforms for some items, in order, in memory that threads share. */
export async function* filled({ data, names, steps, indices, workers }: Filling): AsyncGenerator<unknown, void, void> {
  const dataset = itemDataset({ data, steps, names })
  const source = workers?.(dataset.describe())
  const started = startedAhead(
    indices,
    () => source?.ahead ?? 1,
    async (index) => source?.result(index) ?? dataset.result(index),
  )
  let given = 0
  try {
    for await (const [, result] of started) {
      yield inSharedMemory(await result)
      if (++given % 8 === 0) await breath()
    }
  } finally {
    await source?.dispose()
  }
}

/** Lets timers, signals and the progress bar have their turn. */
function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
