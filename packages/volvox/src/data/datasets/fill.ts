import type { StartWorkers } from '../workers.ts'
import { runSteps, type PipelineStep } from '../pipeline.ts'
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
  if (!workers) {
    for (const [i, index] of indices.entries()) {
      yield inSharedMemory(runSteps(steps, data[index], { item: names[index] }))
      if (i % 8 === 7) await breath()
    }
    return
  }
  const source = workers(itemDataset({ data, steps, names }).describe())
  try {
    const under: Promise<unknown>[] = []
    let next = 0
    for (;;) {
      for (; under.length < source.ahead && next < indices.length; next++) under.push(source.result(indices[next]))
      const first = under.shift()
      if (!first) return
      under.forEach((promise) => promise.catch(() => {})) // reported when their turn comes
      yield inSharedMemory(await first)
    }
  } finally {
    await source.dispose()
  }
}

/** Lets timers, signals and the progress bar have their turn. */
function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
