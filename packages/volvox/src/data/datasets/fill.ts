import { startedAhead } from '../startedAhead.ts'
import type { BatchSource } from '../workers.ts'
import type { Dataset } from './dataset.ts'
import { inSharedMemory } from './sharedMemory.ts'

/** The results of a data set for some items, in order, in memory that threads share; made by `source` where it is not null. */
export async function* filled(
  dataset: Dataset,
  indices: readonly number[],
  source: BatchSource | null,
): AsyncGenerator<unknown, void, void> {
  const started = startedAhead(
    indices,
    () => source?.ahead ?? 1,
    async (index) => source?.result(index) ?? dataset.result(index),
  )
  let given = 0
  for await (const [, result] of started) {
    yield inSharedMemory(await result)
    if (++given % 8 === 0) await breath()
  }
}

/** Lets timers, signals and the progress bar have their turn. */
function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
