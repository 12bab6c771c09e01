import { anything, count, parseOptions, type Given, type Schema } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { DataLoader } from './loader.ts'

const extra = {
  bufferSize: count.opt('Batches that wait to be used.', 1),
  repeats: count.opt('How often each batch is given, one after the other.', 1),
  bufferTimeout: anything.opt('Kept for configs of MONAI; no effect.', 0.01),
  useThreadWorkers: anything.opt('Kept for configs of MONAI; workers are threads.', false),
}
const schema = { ...(DataLoader.schema as (typeof DataLoader)['schema'] & Schema), ...extra }

export type ThreadDataLoaderOptions = Parameters<typeof DataLoader>[0] & Given<typeof extra>

/**
 * A loader that makes batches while earlier ones are used, even without workers, and may give each several times (MONAI
 * `ThreadDataLoader`). Only with workers are they made in other threads.
 */
export const ThreadDataLoader: Component & ((given: ThreadDataLoaderOptions) => DataLoader) = Object.assign(
  ({ bufferSize, repeats, bufferTimeout, useThreadWorkers, ...options }: ThreadDataLoaderOptions) => {
    const own = parseOptions('ThreadDataLoader', extra, { bufferSize, repeats, bufferTimeout, useThreadWorkers })
    const loader = DataLoader(options)
    async function* from(...where: Parameters<DataLoader['from']>): ReturnType<DataLoader['from']> {
      let [here] = where
      for await (const { batch, next } of ThreadBuffer(loader.from(...where), own.bufferSize)) {
        // A run that stops between two repeats begins with the batch again.
        for (let i = 1; i < own.repeats; i++) yield { batch, next: here }
        yield { batch, next }
        here = next
      }
    }
    async function* epochOf(epoch: number): ReturnType<DataLoader['epoch']> {
      for await (const { batch } of from({ epoch, batch: 0 }, epoch + 1)) yield batch
    }
    let passes = 0
    return {
      ...loader,
      length: loader.length * own.repeats,
      from,
      epoch: epochOf,
      [Symbol.asyncIterator]: () => epochOf(passes++),
    }
  },
  { componentName: 'ThreadDataLoader', schema },
)

/** The values of an iterable, of which up to `bufferSize` are asked for before they are used (MONAI `ThreadBuffer`). */
export async function* ThreadBuffer<T>(src: AsyncIterable<T>, bufferSize = 1): AsyncGenerator<T, void, void> {
  const iterator = src[Symbol.asyncIterator]()
  const ask = (): Promise<IteratorResult<T>> => {
    const next = iterator.next()
    next.catch(() => {}) // reported when its turn comes
    return next
  }
  const waiting = Array.from({ length: bufferSize }, ask)
  try {
    for (;;) {
      waiting.push(ask())
      const first = await waiting.shift()
      if (!first || first.done) return
      yield first.value
    }
  } finally {
    await iterator.return?.()
  }
}
