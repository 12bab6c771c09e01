import { Worker } from 'node:worker_threads'
import {
  fromWire,
  OptionError,
  type SampleBatch,
  type BatchSource,
  type LoaderReply,
  type LoaderRequest,
  type StartWorkers,
} from 'volvox'

interface Waiting {
  resolve(batch: SampleBatch): void
  reject(error: Error): void
}

interface Thread {
  readonly worker: Worker
  readonly waiting: Map<number, Waiting>
}

export interface NodeWorkersOptions {
  /** Batches that each thread has in hand or ready; 2 keep it busy while one is being consumed. */
  readonly prefetchFactor?: number
  /** The built worker file; for tests. */
  readonly entry?: URL
}

/** Worker threads for a `DataLoader`: `DataLoader({ dataset, workers: nodeWorkers(2) })`; null, for none, with 0. */
export function nodeWorkers(count: number, options: NodeWorkersOptions = {}): StartWorkers | null {
  if (!Number.isInteger(count) || count < 0)
    throw new OptionError('nodeWorkers', `${count} threads cannot be started; give a whole number of 0 or more`)
  if (count === 0) return null
  // The built file: worker threads of Node 20 do not run TypeScript.
  const { prefetchFactor = 2, entry = new URL('../dist/loaderWorker.js', import.meta.url) } = options
  return (dataset) =>
    pool(
      Array.from({ length: count }, (_, i) => startThread(entry, dataset, i)),
      count * prefetchFactor,
    )
}

function startThread(entry: URL, workerData: unknown, number: number): Thread {
  const thread: Thread = {
    // Flags of this process (loaders, conditions) are not for the built file.
    worker: new Worker(entry, { workerData, name: `volvox-loader-${number}`, execArgv: [] }),
    waiting: new Map(),
  }
  const fail = (error: Error) => {
    for (const { reject } of thread.waiting.values()) reject(error)
    thread.waiting.clear()
  }
  thread.worker.on('message', (reply: LoaderReply) => {
    const waiting = thread.waiting.get(reply.id)
    thread.waiting.delete(reply.id)
    if (reply.kind === 'batch') waiting?.resolve(reply.batch)
    else waiting?.reject(fromWire(reply.error))
  })
  thread.worker.on('error', fail)
  thread.worker.on('messageerror', fail)
  thread.worker.on('exit', (code) =>
    fail(new Error(`loader thread ${number} ended with code ${code} before its batches were made`)),
  )
  thread.worker.unref() // a forgotten loader does not keep the process alive
  return thread
}

function pool(threads: readonly Thread[], ahead: number): BatchSource {
  let nextId = 0
  let gone: Error | null = null
  for (const { worker } of threads)
    worker.once(
      'exit',
      (code) => (gone ??= new Error(`a loader thread ended with code ${code}; no further batches can be made`)),
    )
  return {
    ahead,
    load(job) {
      if (gone) return Promise.reject(gone)
      const idlest = threads.reduce((best, thread) => (thread.waiting.size < best.waiting.size ? thread : best))
      const request: LoaderRequest = { id: nextId++, job }
      return new Promise((resolve, reject) => {
        idlest.worker.ref() // while a batch is awaited the process must not end
        const rest = () => idlest.waiting.size === 0 && idlest.worker.unref()
        idlest.waiting.set(request.id, {
          resolve: (batch) => (rest(), resolve(batch)),
          reject: (error) => (rest(), reject(error)),
        })
        idlest.worker.postMessage(request)
      })
    },
    async dispose() {
      gone = new Error('the loader was disposed')
      await Promise.all(threads.map(({ worker }) => worker.terminate()))
    },
  }
}
