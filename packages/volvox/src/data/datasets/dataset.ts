import type { TransformConfig } from '../pipeline.ts'
import type { StorePlace } from '../store/store.ts'
import type { Sample } from '../../transforms/sample.ts'

/** Samples by number, made when they are asked for. */
export interface Dataset {
  readonly length: number
  /**
   * The sample, or the samples that a cropping transform makes of one item. With a seed, the same seed gives the same sample. What
   * is no record (the image of a plain transform) stands under the key `0`.
   */
  get(index: number, seed?: number): Sample | readonly Sample[]
  /** The same before it is made a sample: what the transforms give, as it is. */
  result(index: number, seed?: number): unknown
  /** The data set as plain data, for worker threads; throws when a transform is a bare function. */
  describe(): DatasetDescription
  /** Brings what is kept up to date for an epoch; tells whether the description changed. */
  prepare?(epoch: number): Promise<boolean>
  /** Ends what works in the background; the data set may be used again. */
  dispose?(): Promise<void>
}

/** Samples one after the other, of which nobody knows beforehand how many there are. */
export interface SampleStream {
  /** The raw items of an epoch, in order; with a seed, what is random about them is drawn from it. */
  items(epoch: number, seed?: number): Iterable<unknown> | AsyncIterable<unknown>
  /** What the transforms make of the item with this number. */
  through(item: unknown, index: number, seed?: number): Sample | readonly Sample[]
  describe(): DatasetDescription
}

/** A data set that survives `postMessage`. */
export type DatasetDescription = ItemsDescription | ZipDescription | StreamDescription

/** Items and the transforms that make samples of them. */
export interface ItemsDescription {
  readonly kind: 'items'
  /** What each item is called in sentences. */
  readonly names: readonly string[]
  /** Null where the result is kept in memory. */
  readonly data: readonly unknown[]
  /** Null in place of those that nobody runs, since the results of all items are kept in memory. */
  readonly transform: readonly (TransformConfig | null)[]
  readonly kept: Kept | null
}

/** Results of the first `done` transforms. */
export type Kept = { readonly done: number } & (
  | {
      readonly where: 'memory'
      /** Null where it is made when it is first asked for. */
      readonly samples: readonly unknown[]
      /** Which of them belongs to each item; -1 where none is kept. */
      readonly slots: readonly number[]
    }
  | { readonly where: 'disk'; readonly place: StorePlace; readonly context: string }
)

/** Several data sets side by side. */
export interface ZipDescription {
  readonly kind: 'zip'
  readonly datasets: readonly DatasetDescription[]
  /** Whether the metadata of the images stand behind them in the tuple. */
  readonly withMeta: boolean
  readonly transform: readonly TransformConfig[]
}

/** The transforms of a stream; its items come with the jobs. */
export interface StreamDescription {
  readonly kind: 'stream'
  readonly transform: readonly TransformConfig[]
  /** What a sample is: the transformed item, or, for tuples, the tuple with its first value transformed or that value. */
  readonly result: 'item' | 'tuple' | 'first'
}
