import { bool, count, int, nameOrNames, parseOptions, text, type Given } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { RandomState } from '../../rng/index.ts'
import type { Dataset, SampleStream } from '../datasets/dataset.ts'
import { itemDataset } from '../datasets/items.ts'
import { shuffledBy, streamOf } from '../datasets/stream.ts'
import { pipelineKind, stepsOf } from '../pipeline.ts'
import { csvChunks, readCsv, type Table } from './csv.ts'
import { joinOptions, joinTables } from './join.ts'
import { itemsOf, rowIndicesOption, rowOptions } from './rows.ts'

const common = {
  src: nameOrNames.req('A CSV file, or several whose tables are joined.'),
  ...rowOptions,
  transform: pipelineKind.opt('What makes samples of the rows.', null),
  sep: text.opt('What stands between the values of a line.', ','),
  ...joinOptions,
}

const tableSchema = { ...common, rowIndices: rowIndicesOption }

/** The rows of CSV files as items (MONAI `CSVDataset`); several files are joined as pandas `merge` does. */
export const CSVDataset: Component & ((given: Given<typeof tableSchema>) => Dataset) = Object.assign(
  (given: Given<typeof tableSchema>) => {
    const { src, sep, on, how, transform, rowIndices, ...options } = parseOptions('CSVDataset', tableSchema, given)
    const tables = [src].flat().map((path) => readCsv(path, sep))
    const data = itemsOf('CSVDataset', joinTables('CSVDataset', tables, { on, how }), options, rowIndices)
    return itemDataset({ data, steps: stepsOf(transform) })
  },
  { componentName: 'CSVDataset', schema: tableSchema },
)

const streamSchema = {
  ...common,
  chunksize: count.opt('Rows that are read (and joined) at a time.', 1000),
  bufferSize: count.opt('Rows that wait where they are shuffled; twice chunksize when null.', null),
  shuffle: bool.opt('Take rows out of the buffer at random.', false),
  seed: int.opt('Seed of that; each epoch counts one up.', 0),
}

/** The rows of CSV files one after the other (MONAI `CSVIterableDataset`); several files are joined piece by piece. */
export const CSVIterableDataset: Component & ((given: Given<typeof streamSchema>) => SampleStream) = Object.assign(
  (given: Given<typeof streamSchema>) => {
    const name = 'CSVIterableDataset'
    const { src, sep, on, how, transform, chunksize, bufferSize, shuffle, seed, ...options } = parseOptions(
      name,
      streamSchema,
      given,
    )
    function* rows(): Generator<unknown, void, void> {
      const sources = [src].flat().map((path) => csvChunks(path, chunksize, sep))
      for (;;) {
        const pieces = sources
          .map((source) => source.next().value)
          .filter((piece): piece is Table => piece !== undefined)
        if (pieces.length < sources.length) return // as long as the shortest
        yield* itemsOf(name, joinTables(name, pieces, { on, how }), options)
      }
    }
    const items = (epoch: number) =>
      shuffle ? shuffledBy(new RandomState(seed + epoch + 2), rows(), bufferSize ?? 2 * chunksize) : rows()
    return streamOf(items, stepsOf(transform))
  },
  { componentName: 'CSVIterableDataset', schema: streamSchema },
)
