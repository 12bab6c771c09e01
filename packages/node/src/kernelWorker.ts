import { workerData } from 'node:worker_threads'
import { serveKernels, type KernelWork } from 'volvox'

// A thread that takes rows of kernels; see `useKernelThreads`.

serveKernels(workerData as KernelWork) // sent by nodeKernelThreads, of the same build
