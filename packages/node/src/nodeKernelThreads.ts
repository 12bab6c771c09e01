import { Worker } from 'node:worker_threads'
import { useKernelThreads } from 'volvox'

/**
 * Lets the kernels of transforms in this thread use `count` threads; they start with the first kernel that has enough to
 * do. For programs that transform images themselves: the threads of a `DataLoader` share the processors already.
 */
export function nodeKernelThreads(count: number): void {
  useKernelThreads(count, (work) => {
    // The built file: worker threads of Node 20 do not run TypeScript.
    const entry = new URL('../dist/kernelWorker.js', import.meta.url)
    const worker = new Worker(entry, { workerData: work, name: `volvox-kernels-${work.number}`, execArgv: [] })
    worker.on('error', () => {}) // its rows are taken by others
    worker.unref()
    return worker
  })
}
