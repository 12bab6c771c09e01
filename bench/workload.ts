import type { Executor, Precision, Session, SessionOptions } from 'volvox/graph'

export interface Settings {
  readonly threads: number
  readonly reps: number
  /** Of the workload `memory`. */
  readonly steps: number
  readonly executor: ExecutorName
  readonly precision: Precision
  /** Shows what the operations took; times are then longer. */
  readonly profile: boolean
}

export const executorNames = ['onednn', 'ort'] as const
export type ExecutorName = (typeof executorNames)[number]

/** Milliseconds of each repetition, and whatever else the line should say. */
export type Measured = {
  readonly times: readonly number[]
  /** Which part of the workload it is, where it has several. */
  readonly part?: string
  /** What it is called instead, where the parts have names of their own. */
  readonly name?: string
} & Readonly<Record<string, unknown>>

export type Workload = (settings: Settings) => Promise<Measured | readonly Measured[]>

/** Only the one that runs is loaded. */
export async function executorFor({ executor }: Settings): Promise<Executor> {
  if (executor === 'ort') return (await import('@volvox/ort')).createOrt()
  return (await import('@volvox/onednn')).createOnednn()
}

/** Says so when a session computes in another precision than was asked for, since its times then mean something else. */
export function checkPrecision(session: Pick<Session, 'precision'>, { precision }: Settings): void {
  if (session.precision !== precision) console.error(`bench: asked for ${precision}, this runs in ${session.precision}`)
}

/** Milliseconds of each of `reps` runs, after one that does not count; progress goes to stderr. */
export async function timed(name: string, reps: number, run: () => Promise<unknown>): Promise<number[]> {
  const live = process.stderr.isTTY === true
  await run()
  const times: number[] = []
  for (let i = 0; i < reps; i++) {
    const start = performance.now()
    await run()
    times.push(performance.now() - start)
    if (live) process.stderr.write(`\r\x1b[2K${name}: ${i + 1} of ${reps}, ${times[i].toFixed(0)} ms`)
  }
  if (live) process.stderr.write('\r\x1b[2K')
  return times
}

/** What a session is opened with; the first run of a program is not profiled. */
export function sessionOptions({ threads, precision, profile }: Settings): SessionOptions {
  return { threads, precision, profile: profile && { skip: 1 }, takeInitial: true }
}

/** Prints what operations took in one of `runs` runs of a profiled session, to stderr. */
export async function showProfile(session: Session, runs: number): Promise<void> {
  const { profileLines } = await import('@volvox/cli')
  for (const line of profileLines(await session.profile(), runs)) console.error(line)
}

/** Largest resident size of this process so far, in MiB; the peer's, too, is told as it is after each part of a workload. */
export function peakMib(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024)
}

export function rounded(x: number): number {
  return Math.round(x * 100) / 100
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2
}
