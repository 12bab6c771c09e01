import { availableParallelism } from 'node:os'
import {
  listDataCollate,
  neededBy,
  OptionError,
  type Collate,
  type LoaderSetup,
  type StartWorkers,
  type TransformConfig,
} from 'volvox'
import { loaderPool } from './loaderPool.ts'

export interface NodeWorkersOptions {
  /** Batches that each thread has in hand or ready; 2 keep it busy while one is being consumed. */
  readonly prefetchFactor?: number
  /** Seconds after which a thread that has not finished a batch counts as dead; 0 waits without end. */
  readonly timeout?: number
  /** Told when a thread died and another took its place; a warning of the process unless given. */
  readonly onReplaced?: (sentence: string) => void
  /** Without a timeout: seconds after which it is told that a thread has not answered, and what it makes; 60 unless given. */
  readonly slowAfter?: number
  /** Told then; a warning of the process unless given. */
  readonly onSlow?: (sentence: string) => void
  /** The built worker file; for tests. */
  readonly entry?: URL
}

/**
 * Worker threads for a `DataLoader`: `DataLoader({ dataset, workers: nodeWorkers(2) })`; one per core with null, none (null) with 0. A
 * thread that dies is told and replaced; the batch it died on is tried once more.
 */
export function nodeWorkers(count: number | null, options: NodeWorkersOptions = {}): StartWorkers | null {
  const threads = count ?? availableParallelism()
  if (!Number.isInteger(threads) || threads < 0)
    throw new OptionError('nodeWorkers', `${threads} threads cannot be started; give a whole number of 0 or more`)
  if (threads === 0) return null
  // The built file: worker threads of Node 20 do not run TypeScript.
  const entry = options.entry ?? new URL('../dist/loaderWorker.js', import.meta.url)
  const warn = (sentence: string): void => process.emitWarning(sentence)
  const { prefetchFactor = 2, timeout = 0, slowAfter = 60, onReplaced = warn, onSlow = warn } = options
  return (dataset, collate, how) => {
    const started = how?.besides ? threads - 1 : threads
    if (started === 0) return null
    const config = collate ? described(collate) : null
    const setup: LoaderSetup = { dataset, collate: config, folders: neededBy(dataset, config) }
    return loaderPool({
      entry,
      setup,
      count: started,
      ahead: started * prefetchFactor,
      timeout,
      slowAfter,
      onReplaced,
      onSlow,
    })
  }
}

/** The config of a component that puts samples together; null for `listDataCollate`. */
function described(collate: Collate): TransformConfig | null {
  if (collate === listDataCollate) return null
  if (!collate.componentName)
    throw new OptionError(
      'DataLoader.collate',
      'is a function of your own, which worker threads cannot be given; leave it out or use no workers',
    )
  return { _target_: collate.componentName, ...collate.options }
}
