import { Worker } from 'node:worker_threads'
import { availableParallelism } from 'node:os'
import { mostKernelThreads, useKernelThreads } from 'volvox'

/**
 * Lets the kernels of transforms in this thread use `count` threads, one for each processor when null; they start with the first kernel that has enough to
 * do. For programs that transform images themselves: the threads of a `DataLoader` share the processors already.
 */
export function nodeKernelThreads(count: number | null): void {
  useKernelThreads(count ?? Math.min(availableParallelism(), mostKernelThreads), (work) => {
    // The built file: worker threads of Node 20 do not run TypeScript.
    const entry = new URL('../dist/kernelWorker.js', import.meta.url)
    const worker = new Worker(entry, { workerData: work, name: `volvox-kernels-${work.number}`, execArgv: [] })
    worker.on('error', () => {}) // its rows are taken by others
    worker.unref()
    return worker
  })
}
