import { Worker } from 'node:worker_threads'
import { fromWire, GraphError, MissingError, VolvoxError, type Tensor } from 'volvox/core'
import {
  toPlain,
  type Executor,
  type Precision,
  type ProfileRow,
  type Program,
  type RunOptions,
  type Session,
  type SessionOptions,
  type Tensors,
  type TraceEvent,
} from 'volvox/graph'
import { hasFastKernels } from './api/speed.ts'
import { loadLibrary } from './ffi.ts'
import { inSharedMemory } from './shared.ts'
import { initialStates, inPortions } from './initial.ts'
import type { Answer, Asked, Request } from './messages.ts'

// The built file: Node's worker threads take no TypeScript. Right from src/ and from dist/ alike.
const workerFile = new URL('../dist/worker.js', import.meta.url)

/** Runs programs on oneDNN in a thread of their own. `open` rejects with `MissingError` where there is no oneDNN. */
export function createOnednn(): Executor {
  return {
    name: 'onednn',
    async open(programs, initial, options = {}) {
      const states = initialStates(programs, initial)
      const session = new ThreadSession(new Worker(workerFile, { name: 'onednn', execArgv: [] }))
      try {
        await session.open(programs, options)
        for (const portion of inPortions(states)) await session.writePortion(portion, options.takeInitial ?? false)
      } catch (error) {
        await session.dispose()
        throw error
      }
      return session
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

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

class ThreadSession implements Session {
  precision: Precision = 'float32' // until the thread has said
  private readonly worker: Worker
  private readonly waiting = new Map<number, Waiting>()
  /** Shared memory for the inputs of programs that are not asked for at the moment. */
  private readonly idle = new Map<string, Tensors>()
  private next = 0
  /** Why nothing can be asked any more. */
  private over: Error | null = null
  private readonly exited: Promise<void>

  constructor(worker: Worker) {
    this.worker = worker
    worker.on('message', (answer: Answer) => this.settle(answer))
    worker.on('messageerror', (error) => this.end(error))
    worker.on('error', (error) => this.end(error instanceof Error ? error : new Error(String(error))))
    this.exited = new Promise((resolve) =>
      worker.on('exit', () => {
        this.end(new GraphError('onednn', 'the thread of the session ended before it answered; open a new session'))
        resolve()
      }),
    )
    worker.unref() // alive only while something is asked
  }

  async open(programs: readonly Program[], options: SessionOptions): Promise<void> {
    this.precision = (await this.ask({ kind: 'open', programs: programs.map(toPlain), options })) as Precision
  }

  async run(
    program: string,
    inputs: Tensors,
    { reuseOutputs = false }: RunOptions = {},
  ): Promise<Record<string, Tensor>> {
    const shared = inSharedMemory(inputs, this.idle.get(program))
    this.idle.delete(program) // until the answer comes, they are read
    const request: Request = { kind: 'run', program, inputs: shared, reuse: reuseOutputs }
    const outputs = (await this.ask(request)) as Record<string, Tensor> // what the worker's session gives
    this.idle.set(program, shared)
    return outputs
  }

  async read(names?: readonly string[]): Promise<Record<string, Tensor>> {
    return (await this.ask({ kind: 'read', names })) as Record<string, Tensor>
  }

  async write(tensors: Tensors): Promise<void> {
    await this.ask({ kind: 'write', tensors })
  }

  /** Writes, and if so told gives the arrays away. */
  async writePortion(tensors: Tensors, gives: boolean): Promise<void> {
    const buffers = new Set(Object.values(tensors).map(({ data }) => data.buffer))
    const given = gives ? [...buffers].filter((buffer) => buffer instanceof ArrayBuffer) : []
    await this.ask({ kind: 'write', tensors }, given)
  }

  async profile(): Promise<readonly ProfileRow[]> {
    return (await this.ask({ kind: 'profile' })) as readonly ProfileRow[]
  }

  async trace(): Promise<readonly TraceEvent[]> {
    return (await this.ask({ kind: 'trace' })) as readonly TraceEvent[]
  }

  async memoryBytes(): Promise<number> {
    return (await this.ask({ kind: 'memoryBytes' })) as number
  }

  async dispose(): Promise<void> {
    const failed = this.over
    const done = failed ? null : this.ask({ kind: 'dispose' }).catch(ignoreUnopened)
    this.over ??= new GraphError('onednn', 'the session was disposed of; open a new one')
    await done
    this.worker.ref()
    if (failed) await this.worker.terminate()
    await this.exited
  }

  private ask(request: Request, given: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (this.over) return Promise.reject(this.over)
    const id = this.next++
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject })
      this.worker.ref()
      try {
        this.worker.postMessage({ id, request } satisfies Asked, [...given])
      } catch (error) {
        this.waiting.delete(id)
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    })
  }

  private settle(answer: Answer): void {
    const waiting = this.waiting.get(answer.id)
    this.waiting.delete(answer.id)
    if (this.waiting.size === 0) this.worker.unref()
    if (answer.ok) waiting?.resolve(answer.result)
    else waiting?.reject(fromWire(answer.error))
  }

  private end(error: Error): void {
    this.over ??= error
    for (const { reject } of this.waiting.values()) reject(this.over)
    this.waiting.clear()
  }
}

/** A session that could not be opened has nothing to dispose of. */
function ignoreUnopened(error: unknown): void {
  if (!(error instanceof VolvoxError)) throw error
}
