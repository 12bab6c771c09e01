import { GraphError } from './errors.ts'
import { fromWire, toWire, type WireError } from './wire.ts'

// Functions of one thread, called from another.

/** The functions that a thread serves, by name. They may give their results at once or promise them. */
type Functions<Calls> = { readonly [Name in keyof Calls]: (...args: never[]) => unknown }

interface Asked {
  readonly id: number
  readonly name: string
  readonly args: readonly unknown[]
}

type Answer = { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: WireError }

/** What is needed of a thread: Node's Worker. */
export interface Thread {
  on(event: string, listener: (value: unknown) => void): unknown
  postMessage(message: unknown, given: ArrayBuffer[]): void
  /** Whether the program goes on because of this thread. */
  ref(): void
  unref(): void
  terminate(): Promise<unknown>
}

/** What is needed of the other end, in the thread: Node's parentPort. */
export interface Port {
  on(event: 'message', listener: (value: unknown) => void): unknown
  postMessage(message: unknown, given: ArrayBuffer[]): void
  close(): void
}

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

/** A thread whose functions can be called; it keeps the program alive only while an answer is awaited. */
export class Remote<Calls extends Functions<Calls>> {
  /** Why nothing can be asked any more. */
  private over: Error | null = null
  private ending: Promise<void> | null = null
  private readonly thread: Thread
  private readonly exited: Promise<void>
  private readonly waiting = new Map<number, Waiting>()
  private next = 0

  /** `where` names the thread in errors. */
  constructor(thread: Thread, where: string) {
    this.thread = thread
    thread.on('message', (answer) => this.settle(answer as Answer)) // what `serve` posts
    thread.on('messageerror', (error) => this.fail(error))
    thread.on('error', (error) => this.fail(error))
    this.exited = new Promise((resolve) =>
      thread.on('exit', () => {
        this.fail(new GraphError(where, 'the thread of the session ended before it answered; open a new session'))
        resolve()
      }),
    )
    thread.unref()
  }

  /** Calls a function with arguments that can be cloned; memory in `given` moves to the thread. */
  ask<Name extends keyof Calls & string>(
    name: Name,
    args: Parameters<Calls[Name]>,
    given: readonly ArrayBuffer[] = [],
  ): Promise<Awaited<ReturnType<Calls[Name]>>> {
    const id = this.next++
    const answer = new Promise<unknown>((resolve, reject) => {
      if (this.over) throw this.over
      this.thread.postMessage({ id, name, args } satisfies Asked, [...given])
      this.waiting.set(id, { resolve, reject })
      this.thread.ref()
    })
    return answer as Promise<Awaited<ReturnType<Calls[Name]>>> // what the function of this name gives
  }

  /**
   * Refuses what is asked from now on with `reason`, and resolves when `last` is done and the thread has gone. Asked again,
   * it waits for the same.
   */
  end(reason: Error, last: () => Promise<unknown>): Promise<void> {
    this.ending ??= this.endNow(reason, last)
    return this.ending
  }

  private async endNow(reason: Error, last: () => Promise<unknown>): Promise<void> {
    const failed = this.over !== null
    const done = failed ? null : last()
    this.over ??= reason
    try {
      await done
    } finally {
      this.thread.ref()
      if (failed) await this.thread.terminate()
      await this.exited
    }
  }

  private settle(answer: Answer): void {
    const waiting = this.waiting.get(answer.id)
    this.waiting.delete(answer.id)
    if (this.waiting.size === 0) this.thread.unref()
    if ('error' in answer) waiting?.reject(fromWire(answer.error))
    else waiting?.resolve(answer.result)
  }

  private fail(error: unknown): void {
    this.over ??= error instanceof Error ? error : new Error(String(error))
    for (const { reject } of this.waiting.values()) reject(this.over)
    this.waiting.clear()
  }
}

/**
 * Answers calls in a thread, until the function named `last` was called. What `gives` says is the asker's own: the
 * memory of such results moves over instead of being copied.
 */
export function serve<Calls extends Functions<Calls>>(
  port: Port,
  calls: Calls,
  { last, gives }: { last: keyof Calls & string; gives: (name: string, args: readonly unknown[]) => boolean },
): void {
  const answer = async ({ id, name, args }: Asked): Promise<void> => {
    try {
      const call: (...args: never[]) => unknown = calls[name as keyof Calls]
      const result = await call(...(args as never[])) // `ask` has checked them
      port.postMessage({ id, result } satisfies Answer, gives(name, args) ? buffersOf(result) : [])
    } catch (error) {
      port.postMessage({ id, error: toWire(error) } satisfies Answer, [])
    }
    if (name === last) port.close()
  }
  port.on('message', (asked) => void answer(asked as Asked)) // what `ask` posts
}

/** The memory of tensors by name that can move to another thread; shared memory needs not. */
function buffersOf(result: unknown): ArrayBuffer[] {
  const tensors = Object.values(result as Readonly<Record<string, { readonly data: { readonly buffer: unknown } }>>)
  return tensors.flatMap(({ data }) => (data.buffer instanceof ArrayBuffer ? [data.buffer] : []))
}
