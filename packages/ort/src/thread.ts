import type { Worker } from 'node:worker_threads'
import { fromWire, GraphError, type WireError } from 'volvox/core'
import type { PlainProgram, Session, SessionOptions, Tensors } from 'volvox/graph'
import type { SessionSettings } from './session.ts'

// onnxruntime-node computes on the thread that calls it, so that its sessions live in a thread of their own.

/** What the thread is asked: to open its session, or one of the session's methods. */
export interface Calls extends Pick<
  Session,
  'run' | 'read' | 'write' | 'profile' | 'trace' | 'memoryBytes' | 'dispose'
> {
  open(
    programs: readonly PlainProgram[],
    initial: Tensors,
    settings: SessionSettings,
    options: SessionOptions,
  ): Promise<void>
}
export type Method = keyof Calls

export interface Asked {
  readonly id: number
  readonly method: Method
  readonly args: readonly unknown[]
}
export type Answer =
  { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: WireError }

// The built file: Node's worker threads take no TypeScript. Right from src/ and from dist/ alike. Not written into
// `new URL`, which bundlers for the browser would follow.
const workerPath = '../dist/worker.js'

/** Opens a session in a new thread of Node. */
export async function openInThread(...args: Parameters<Calls['open']>): Promise<Session> {
  const { Worker } = process.getBuiltinModule('node:worker_threads')
  const session = new ThreadSession(new Worker(new URL(workerPath, import.meta.url), { name: 'ort', execArgv: [] }))
  try {
    await session.ask('open', ...args)
    return session
  } catch (error) {
    await session.end()
    throw error
  }
}

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

class ThreadSession implements Session {
  readonly precision = 'float32'
  private readonly worker: Worker
  private readonly exited: Promise<void>
  private readonly waiting = new Map<number, Waiting>()
  private next = 0
  /** Why nothing can be asked any more. */
  private over: Error | null = null
  private disposed: Promise<void> | null = null

  constructor(worker: Worker) {
    this.worker = worker
    worker.on('message', (answer: Answer) => this.settle(answer))
    worker.on('messageerror', (error) => this.fail(error))
    worker.on('error', (error) => this.fail(error instanceof Error ? error : new Error(String(error))))
    this.exited = new Promise((resolve) =>
      worker.on('exit', () => {
        this.fail(new GraphError('ort', 'the thread of the session ended before it answered; open a new session'))
        resolve()
      }),
    )
    worker.unref() // alive only while something is asked
  }

  run(...args: Parameters<Session['run']>): ReturnType<Session['run']> {
    return this.ask('run', ...args)
  }

  read(...args: Parameters<Session['read']>): ReturnType<Session['read']> {
    return this.ask('read', ...args)
  }

  write(...args: Parameters<Session['write']>): Promise<void> {
    return this.ask('write', ...args)
  }

  profile(): ReturnType<Session['profile']> {
    return this.ask('profile')
  }

  trace(): ReturnType<Session['trace']> {
    return this.ask('trace')
  }

  memoryBytes(): Promise<number> {
    return this.ask('memoryBytes')
  }

  dispose(): Promise<void> {
    this.disposed ??= this.disposeNow()
    return this.disposed
  }

  private async disposeNow(): Promise<void> {
    const last = this.over ? null : this.ask('dispose')
    this.over ??= new GraphError('session', 'is disposed; open a new one')
    await last
    await this.end()
  }

  /** The thread has gone when this resolves. */
  async end(): Promise<void> {
    this.worker.ref()
    await this.worker.terminate()
    await this.exited
  }

  ask<M extends Method>(method: M, ...args: Parameters<Calls[M]>): ReturnType<Calls[M]> {
    const id = this.next++
    const answer = new Promise((resolve, reject) => {
      if (this.over) throw this.over
      this.worker.postMessage({ id, method, args } satisfies Asked)
      this.waiting.set(id, { resolve, reject })
      this.worker.ref()
    })
    return answer as ReturnType<Calls[M]> // what the same method gives in the thread
  }

  private settle(answer: Answer): void {
    const waiting = this.waiting.get(answer.id)
    this.waiting.delete(answer.id)
    if (this.waiting.size === 0) this.worker.unref()
    if ('error' in answer) waiting?.reject(fromWire(answer.error))
    else waiting?.resolve(answer.result)
  }

  private fail(error: Error): void {
    this.over ??= error
    for (const { reject } of this.waiting.values()) reject(this.over)
    this.waiting.clear()
  }
}
