import { workerData } from 'node:worker_threads'
import { serveKernels, type KernelWork } from 'volvox/kernels/threads'

// A thread that takes rows of kernels; see `useKernelThreads`. All of Volvox would take it half a second to load.

serveKernels(workerData as KernelWork) // sent by nodeKernelThreads, of the same build
