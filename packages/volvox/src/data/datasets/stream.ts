import { count, instance, int, parseOptions, type Given, type Kind } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { RandomState } from '../../rng/index.ts'
import { asSamples, describeSteps, itemName, pipelineKind, runSteps, stepsOf, type PipelineStep } from '../pipeline.ts'
import { isRecord } from '../../core/json.ts'
import type { SampleStream, StreamDescription } from './dataset.ts'

/** Items one after the other; a function makes them anew for each epoch. */
export type ItemSource = Iterable<unknown> | AsyncIterable<unknown> | (() => Iterable<unknown> | AsyncIterable<unknown>)

const sourceKind: Kind<ItemSource> = instance(
  'a list, something that can be iterated over, or a function that gives one',
  isSource,
)

export function isSource(value: unknown): boolean {
  if (typeof value === 'function') return true
  return typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
}

const schema = {
  data: sourceKind.req('The items; a function is called for each epoch, anything else is iterated over anew.'),
  transform: pipelineKind.opt('What makes samples of the items.', null),
}

/**
 * Items that come one after the other (MONAI `IterableDataset`). A `DataLoader` reads them in its own thread and has its workers run
 * the transforms, so the order is that of the source, whatever the number of workers.
 */
export const IterableDataset: Component & ((given: Given<typeof schema>) => SampleStream) = Object.assign(
  (given: Given<typeof schema>) => {
    const { data, transform } = parseOptions('IterableDataset', schema, given)
    return streamOf(() => opened(data), stepsOf(transform))
  },
  { componentName: 'IterableDataset', schema },
)

const bufferSchema = {
  ...schema,
  bufferSize: count.opt('So many items wait, of which a random one comes next.', 512),
  seed: int.opt('Seed of the order; each epoch counts one up.', 0),
  epochs: int.opt('How often the source is gone through in one epoch; -1 for no end.', 1),
}

/** Items of a source in an order that is random within a buffer (MONAI `ShuffleBuffer`, draw for draw). */
export const ShuffleBuffer: Component & ((given: Given<typeof bufferSchema>) => SampleStream) = Object.assign(
  (given: Given<typeof bufferSchema>) => {
    const { data, transform, bufferSize, seed, epochs } = parseOptions('ShuffleBuffer', bufferSchema, given)
    async function* items(epoch: number): AsyncGenerator<unknown, void, void> {
      const rng = new RandomState(seed + epoch + 1)
      for (let pass = 0; pass !== epochs; pass++) yield* shuffledBy(rng, opened(data), bufferSize)
    }
    return streamOf(items, stepsOf(transform))
  },
  { componentName: 'ShuffleBuffer', schema: bufferSchema },
)

/**
 * A stream of items and the transforms that make samples of them. Of items that are tuples the transforms take the first value; the
 * sample is the tuple again, or that value alone.
 */
export function streamOf(
  items: SampleStream['items'],
  steps: readonly PipelineStep[],
  result: StreamDescription['result'] = 'item',
): SampleStream {
  const tuples = result !== 'item'
  return {
    items,
    through(item, index, seed) {
      const first = tuples && isRecord(item) ? item[0] : item
      const made = runSteps(steps, first, { seed, item: itemName(item, index) })
      return result === 'tuple' && isRecord(item) ? { ...item, 0: made } : asSamples(made)
    },
    describe: () => ({ kind: 'stream', transform: describeSteps(steps), result }),
  }
}

/** Puts each item that comes into a buffer, and takes a random one out once it is full. */
export async function* shuffledBy(
  rng: RandomState,
  source: Iterable<unknown> | AsyncIterable<unknown>,
  size: number,
): AsyncGenerator<unknown, void, void> {
  const buffer: unknown[] = []
  const drawn = (): unknown => {
    const at = rng.randint(0, buffer.length)
    const item = buffer[at]
    const last = buffer.pop()
    if (at < buffer.length) buffer[at] = last
    return item
  }
  for await (const item of source) {
    if (buffer.length >= size) yield drawn()
    buffer.push(item)
  }
  while (buffer.length > 0) yield drawn()
}

export function opened(source: ItemSource): Iterable<unknown> | AsyncIterable<unknown> {
  return typeof source === 'function' ? source() : source
}
