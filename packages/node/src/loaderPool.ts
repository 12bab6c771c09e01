import { Worker } from 'node:worker_threads'
import {
  DataError,
  fromWire,
  type BatchSource,
  type DatasetDescription,
  type LoaderReply,
  type LoaderRequest,
  type LoaderSetup,
  type LoaderTask,
  type SampleBatch,
} from 'volvox'
import { collectGarbage } from './collectGarbage.ts'

export interface PoolOptions {
  readonly entry: URL
  readonly setup: LoaderSetup
  readonly count: number
  readonly ahead: number
  readonly timeout: number
  /** Seconds after which a thread without an answer is told, where nothing ends it. */
  readonly slowAfter: number
  readonly onReplaced: (sentence: string) => void
  readonly onSlow: (sentence: string) => void
}

/** A task that a thread has not answered yet. */
interface Waiting {
  readonly id: number
  readonly task: LoaderTask
  /** Threads that died on it. */
  deaths: number
  resolve(value: unknown): void
  reject(error: Error): void
}

/** Threads that share the tasks of a loader. Whichever makes a batch, it is the same one. */
export function loaderPool(options: PoolOptions): BatchSource {
  let { dataset } = options.setup
  let disposed = false
  let nextId = 0
  const threads: (Thread | null)[] = Array.from({ length: options.count }, (_, i) => start(i))

  function start(number: number): Thread {
    const onDeath = (left: readonly Waiting[], why: string): void => {
      if (disposed) return left.forEach(({ reject }) => reject(new Error('the loader was disposed')))
      replace(thread, left, why)
    }
    const onSlow = ({ task }: Waiting): void =>
      options.onSlow(
        `loader thread ${number} has been making ${itemsIn(task, dataset)} for ${options.slowAfter} s, and is waited for without end; give the option timeout (seconds) to end one that takes too long`,
      )
    const thread: Thread = new Thread(number, { ...options, setup: { ...options.setup, dataset } }, onDeath, onSlow)
    return thread
  }

  /** Puts another thread in the place of a dead one; the first of the tasks that are left is the one it died on. */
  function replace(dead: Thread, left: readonly Waiting[], why: string): void {
    const [culprit, ...again] = left
    if (culprit && (culprit.deaths += 1) < 2) again.unshift(culprit)
    else culprit?.reject(deadly(culprit.task, dataset, why))
    const doing = culprit ? `while it made ${itemsIn(culprit.task, dataset)}` : 'while it had nothing to do'
    options.onReplaced(`loader thread ${dead.number} ${why} ${doing}; another takes its place`)
    // One that died idle is replaced when it is needed: its like might die at once, again and again.
    const thread = again.length > 0 ? start(dead.number) : null
    threads[dead.number] = thread
    for (const task of again) thread?.give(task)
  }

  function ask(task: LoaderTask): Promise<unknown> {
    if (disposed) return Promise.reject(new Error('the loader was disposed'))
    const alive = threads.map((thread, i) => (threads[i] = thread ?? start(i)))
    const idlest = alive.reduce((best, thread) => (thread.waiting.size < best.waiting.size ? thread : best))
    return new Promise((resolve, reject) => idlest.give({ id: nextId++, task, deaths: 0, resolve, reject }))
  }

  function collect(): void {
    for (const thread of threads) thread?.post({ kind: 'collect' })
    collectGarbage()
  }

  return {
    ahead: options.ahead,
    load: (job) => ask({ kind: 'batch', job }) as Promise<SampleBatch>, // what a thread answers to this task
    result: (index) => ask({ kind: 'result', index }),
    update(description) {
      dataset = description
      for (const thread of threads) thread?.post({ kind: 'dataset', dataset })
      collect()
    },
    collect,
    async dispose() {
      disposed = true
      await Promise.all(threads.map((thread) => thread?.end()))
    },
  }
}

/** A worker thread and what it has been asked. */
class Thread {
  readonly waiting = new Map<number, Waiting>()
  readonly number: number
  private readonly worker: Worker
  private readonly timeout: number
  private readonly slowAfter: number
  private readonly onSlow: (task: Waiting) => void
  private timer: NodeJS.Timeout | undefined
  private why = ''
  private isEnding = false

  constructor(
    number: number,
    { entry, setup, timeout, slowAfter }: PoolOptions,
    onDeath: (left: readonly Waiting[], why: string) => void,
    onSlow: (task: Waiting) => void,
  ) {
    this.number = number
    this.timeout = timeout
    this.slowAfter = slowAfter
    this.onSlow = onSlow
    // Flags of this process (loaders, conditions) are not for the built file.
    this.worker = new Worker(entry, { workerData: setup, name: `volvox-loader-${number}`, execArgv: [] })
    this.worker.on('message', (reply: LoaderReply) => this.answered(reply))
    this.worker.on('error', (error) => (this.why ||= `stopped (${error.message})`))
    this.worker.on('messageerror', (error) => {
      this.why ||= `sent what cannot be received (${error.message})`
      void this.worker.terminate()
    })
    this.worker.on('exit', (code) => {
      clearTimeout(this.timer)
      const left = [...this.waiting.values()]
      this.waiting.clear()
      onDeath(left, this.why || `ended with code ${code}`)
    })
    this.worker.unref() // a forgotten loader does not keep the process alive
  }

  give(task: Waiting): void {
    this.worker.ref() // while a batch is awaited the process must not end
    this.waiting.set(task.id, task)
    this.post({ kind: 'task', id: task.id, task: task.task })
    if (this.waiting.size === 1) this.watch()
  }

  end(): Promise<number> {
    this.isEnding = true
    return this.worker.terminate()
  }

  post(request: LoaderRequest): void {
    this.worker.postMessage(request)
  }

  private answered(reply: LoaderReply): void {
    if (this.isEnding) return // to let go of the thread now would let the process end before the thread has
    const waiting = this.waiting.get(reply.id)
    this.waiting.delete(reply.id)
    if (this.waiting.size === 0) this.worker.unref()
    this.watch()
    if (reply.kind === 'done') waiting?.resolve(reply.value)
    else waiting?.reject(fromWire(reply.error))
  }

  /** Ends the thread when its next answer takes too long, or tells that it does. */
  private watch(): void {
    clearTimeout(this.timer)
    const [task] = this.waiting.values()
    if (!task) return
    if (this.timeout <= 0) {
      this.timer = setTimeout(() => this.onSlow(task), this.slowAfter * 1000)
      return
    }
    this.timer = setTimeout(() => {
      this.why = `gave no answer for ${this.timeout} s`
      void this.worker.terminate()
    }, this.timeout * 1000)
  }
}

function deadly(task: LoaderTask, dataset: DatasetDescription, why: string): DataError {
  return new DataError(
    itemsIn(task, dataset),
    `two loader threads ${why.replace('stopped', 'were stopped')} while they made this; load it without workers to see why`,
  )
}

function itemsIn(task: LoaderTask, dataset: DatasetDescription): string {
  const indices = task.kind === 'batch' ? task.job.indices : [task.index]
  return indices.map((index) => (dataset.kind === 'items' ? dataset.names[index] : `item ${index}`)).join(', ')
}
