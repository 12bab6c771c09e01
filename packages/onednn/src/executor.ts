import { Worker } from 'node:worker_threads'
import { MissingError, Remote } from 'volvox/core'
import { endSession, toPlain, type Executor, type Tensors } from 'volvox/graph'
import { hasFastKernels } from './api/speed.ts'
import type { Calls } from './calls.ts'
import { loadLibrary } from './ffi.ts'
import { initialStates, inPortions } from './initial.ts'
import { ThreadSession } from './threadSession.ts'

// The built file: Node's worker threads take no TypeScript. Right from src/ and from dist/ alike.
const workerFile = new URL('../dist/worker.js', import.meta.url)

/** Runs programs on oneDNN in a thread of their own. `open` rejects with `MissingError` where there is no oneDNN. */
export function createOnednn(): Executor {
  return {
    name: 'onednn',
    async open(programs, initial, options = {}) {
      const states = initialStates(programs, initial)
      const remote = new Remote<Calls>(new Worker(workerFile, { name: 'onednn', execArgv: [] }), 'onednn')
      try {
        const precision = await remote.ask('open', [programs.map(toPlain), options])
        for (const portion of inPortions(states)) await writePortion(remote, portion, options.takeInitial ?? false)
        return new ThreadSession(remote, precision)
      } catch (error) {
        await endSession(remote)
        throw error
      }
    },
  }
}

/** What is to be said of the library that would be used. */
export interface OnednnStatus {
  readonly version: string
  readonly path: string
  /** Whether the processor multiplies bfloat16 numbers by itself. */
  readonly hasBfloat16: boolean
  /** Whether it has fast kernels for this processor; the others are slower than ONNX Runtime. */
  readonly isFast: boolean
}

/** The library that would be used, or the sentence that says why there is none. */
export function onednnStatus(): OnednnStatus | { readonly missing: string } {
  try {
    const { api, path } = loadLibrary()
    return { version: api.version, path, hasBfloat16: api.hasBfloat16, isFast: hasFastKernels(api) }
  } catch (error) {
    if (error instanceof MissingError) return { missing: error.message }
    throw error
  }
}

/** Writes, and if so told gives the arrays away. */
function writePortion(remote: Remote<Calls>, tensors: Tensors, gives: boolean): Promise<void> {
  const buffers = new Set(Object.values(tensors).map(({ data }) => data.buffer))
  const given = gives ? [...buffers].filter((buffer) => buffer instanceof ArrayBuffer) : []
  return remote.ask('write', [tensors], given)
}
