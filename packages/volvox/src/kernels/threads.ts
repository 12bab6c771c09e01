import { OptionError } from '../core/errors.ts'

// Kernels over rows that several threads share. All see one WebAssembly memory; a thread takes some rows, works, and takes
// the next ones until none are left, so that a thread that comes late or not at all is no harm: the caller works too.
//
// A job is open while rows can be taken. The caller closes it, and waits until nobody is at work, before it writes the next
// one; a thread first says that it is at work and then looks whether the job is open.

/** What a thread needs to take part. */
export interface KernelWork {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly control: SharedArrayBuffer
  /** From 1; the caller is 0. */
  readonly number: number
}

/** Starts a thread that calls `serveKernels(work)` and keeps nobody from ending. */
export type StartKernelThread = (work: KernelWork) => { terminate(): unknown }

/** In place of an address: the thread's own page, for what a kernel notes down. No step or size is so far below zero. */
export const ownPage = -0x70000000
export const pageBytes = 65536
/** Each thread's page; the first page of the memory is the compiler's. */
const ownPageOf = (number: number): number => (1 + number) * pageBytes
export const mostKernelThreads = 16

/** The functions that take rows `begin` and `end` last. */
export type RowKernels = Readonly<Record<string, (...args: number[]) => unknown>>

const places = { turn: 0, open: 1, busy: 2, next: 3, end: 4, least: 5, sharers: 6, count: 7, failed: 8 } as const
const textAt = 64
const textBytes = 64
const argumentsAt = textAt + textBytes
const controlBytes = argumentsAt + 8 * 32

interface Wanted {
  readonly count: number
  readonly start: StartKernelThread
}

let wanted: Wanted | null = null

/** Lets kernels use `count` threads, this one included; 1 for this one alone. `start` is the platform's. */
export function useKernelThreads(count: number, start: StartKernelThread): void {
  if (!Number.isInteger(count) || count < 1 || count > mostKernelThreads)
    throw new OptionError(
      'useKernelThreads',
      `${count} threads cannot be used; give a whole number from 1 to ${mostKernelThreads}`,
    )
  wanted = { count, start }
}

/** How many threads share a kernel's work, this one included. */
export function kernelThreads(): number {
  return wanted?.count ?? 1
}

/** A piece takes far less. */
const patienceMs = 60_000

/** Threads at work on one memory, and what they read. */
interface Started {
  readonly by: Wanted
  readonly control: SharedArrayBuffer
  readonly ints: Int32Array
  readonly threads: readonly { terminate(): unknown }[]
}

/** The threads that share one memory. */
export class Team {
  private started: Started | null = null
  private readonly module: WebAssembly.Module
  private readonly memory: WebAssembly.Memory

  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory) {
    this.module = module
    this.memory = memory
  }

  /**
   * Calls the kernel called `name` on all rows from `begin` to `end`, in pieces that the threads take; this one only once it has
   * done `meanwhile`.
   */
  run(
    kernels: RowKernels,
    name: string,
    args: readonly number[],
    begin: number,
    end: number,
    meanwhile?: () => void,
  ): void {
    if (!wanted || wanted.count === 1 || end - begin < 2) {
      meanwhile?.()
      return call(kernels, name, args, 0, begin, end)
    }
    if (this.started?.by !== wanted) this.end() // another number is wanted by now
    const { ints, control } = (this.started ??= this.begin(wanted))
    writeText(control, name)
    new Float64Array(control, argumentsAt, args.length).set(args)
    ints[places.count] = args.length
    ints[places.next] = begin
    ints[places.end] = end
    ints[places.least] = Math.ceil((end - begin) / (64 * wanted.count))
    ints[places.sharers] = wanted.count
    ints[places.failed] = 0 // of a call that failed in this thread as well
    Atomics.store(ints, places.open, 1)
    Atomics.add(ints, places.turn, 1)
    Atomics.notify(ints, places.turn)
    try {
      meanwhile?.()
      takeRows(kernels, name, args, 0, ints)
    } finally {
      Atomics.store(ints, places.open, 0)
      this.waitForOthers(ints, name)
    }
    if (Atomics.load(ints, places.failed) !== 0) throw new Error(`kernel ${name} failed in a thread`)
  }

  /** For the rest of a piece at most; a thread that was killed in the middle of one never says so. */
  private waitForOthers(ints: Int32Array, name: string): void {
    let begun = 0
    for (let looks = 1; ; looks++) {
      const busy = Atomics.load(ints, places.busy)
      if (busy === 0) return
      if (looks % looksBeforeSleep > 0) continue
      begun ||= performance.now()
      sleep(ints, places.busy, busy)
      if (performance.now() - begun > patienceMs) {
        this.end()
        throw new Error(`kernel ${name}: a thread stopped in the middle of its rows`)
      }
    }
  }

  /** Ends the threads; to be called when the memory is given up. */
  end(): void {
    for (const thread of this.started?.threads ?? []) thread.terminate()
    this.started = null
  }

  /** Not before threads are wanted: a page that is not isolated has no shared memory but WebAssembly's. */
  private begin(by: Wanted): Started {
    const { count, start } = by
    const control = new SharedArrayBuffer(controlBytes)
    const threads = Array.from({ length: count - 1 }, (_, i) =>
      start({ module: this.module, memory: this.memory, control, number: i + 1 }),
    )
    return { by, control, ints: new Int32Array(control, 0, textAt / 4), threads }
  }
}

/** About 20 µs. */
const looksBeforeSleep = 4096

/**
 * Gives up the processor for a moment, or until the value changes: perhaps the thread that is waited for has none. Where a page
 * may not sleep, nothing happens.
 */
function sleep(ints: Int32Array, place: number, value: number): void {
  try {
    Atomics.wait(ints, place, value, 1)
  } catch {
    return
  }
}

/** What a thread does until it is ended. It blocks: nothing else runs in it. */
export function serveKernels({ module, memory, control, number }: KernelWork): never {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const kernels = exports as unknown as RowKernels // of the module that this build made
  const ints = new Int32Array(control, 0, textAt / 4)
  for (let turn = 0; ; turn = Atomics.load(ints, places.turn)) {
    Atomics.add(ints, places.busy, 1)
    if (Atomics.load(ints, places.open) === 1) {
      const args = Array.from(new Float64Array(control, argumentsAt, ints[places.count]))
      try {
        takeRows(kernels, readText(control), args, number, ints)
      } catch {
        Atomics.store(ints, places.failed, 1)
      }
    }
    Atomics.sub(ints, places.busy, 1)
    Atomics.notify(ints, places.busy)
    Atomics.wait(ints, places.turn, turn)
  }
}

/** Takes large pieces at first and small ones in the end, so that no thread waits long for another's last piece. */
function takeRows(kernels: RowKernels, name: string, args: readonly number[], number: number, ints: Int32Array): void {
  const [end, least, sharers] = [ints[places.end], ints[places.least], ints[places.sharers]]
  for (let begin = Atomics.load(ints, places.next); begin < end;) {
    const stop = Math.min(end, begin + Math.max(least, Math.floor((end - begin) / (3 * sharers))))
    const found = Atomics.compareExchange(ints, places.next, begin, stop)
    if (found === begin) {
      call(kernels, name, args, number, begin, stop)
      begin = Atomics.load(ints, places.next)
    } else begin = found
  }
}

/** Calls a kernel in this thread, which has the given number. */
export function call(
  kernels: RowKernels,
  name: string,
  args: readonly number[],
  number: number,
  begin: number,
  end: number,
): void {
  kernels[name](...args.map((arg) => (arg === ownPage ? ownPageOf(number) : arg)), begin, end)
}

function writeText(control: SharedArrayBuffer, text: string): void {
  new Uint8Array(control, textAt, textBytes).fill(0).set(Array.from(text, (letter) => letter.charCodeAt(0)))
}

function readText(control: SharedArrayBuffer): string {
  const codes = Array.from(new Uint8Array(control, textAt, textBytes))
  return String.fromCharCode(...codes.slice(0, codes.indexOf(0)))
}
