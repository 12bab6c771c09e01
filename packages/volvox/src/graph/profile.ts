import type { ProfileOptions, ProfileRow, TraceEvent } from './executor.ts'

/** Collects what operations took; what every executor does when it is asked to profile. */
export class Profiler {
  private readonly skip: number
  private readonly runs = new Map<string, number>()
  private readonly rows = new Map<string, ProfileRow>()
  private events: readonly TraceEvent[] = []
  private over = false

  constructor(options: boolean | ProfileOptions) {
    this.skip = typeof options === 'object' ? (options.skip ?? 0) : 0
    this.over = options === false
  }

  /** Begins a run: gives the list to which its events are added; null when it is not to be timed. */
  begin(program: string): TraceEvent[] | null {
    if (this.over) return null
    const before = this.runs.get(program) ?? 0
    this.runs.set(program, before + 1)
    return before < this.skip ? null : []
  }

  /** Ends a run that was timed. */
  end(events: readonly TraceEvent[]): void {
    this.events = events
    for (const { startMs: _, ...event } of events) {
      const key = [event.program, event.op, event.scope, event.kernel, event.isReorder].join('\n')
      const { calls, ms, flops, bytes } = this.rows.get(key) ?? { calls: 0, ms: 0, flops: 0, bytes: 0 }
      this.rows.set(key, {
        ...event,
        calls: calls + 1,
        ms: ms + event.ms,
        flops: flops + event.flops,
        bytes: bytes + event.bytes,
      })
    }
  }

  /** Times nothing any more; the rows so far, slowest first. */
  finish(): readonly ProfileRow[] {
    this.over = true
    return [...this.rows.values()].sort((a, b) => b.ms - a.ms)
  }

  /** Events of the last run that was timed. */
  trace(): readonly TraceEvent[] {
    return this.events
  }
}

/** Sums of rows that belong together. */
export interface ProfileGroup {
  readonly name: string
  readonly calls: number
  readonly ms: number
  /** Of the time of all rows, 0 to 1. */
  readonly share: number
  readonly flops: number
  readonly bytes: number
  /** Kernels by falling time. */
  readonly kernels: readonly string[]
}

/** Rows summed by the name that `nameOf` gives them, slowest first. */
export function groupProfile(rows: readonly ProfileRow[], nameOf: (row: ProfileRow) => string): ProfileGroup[] {
  const total = rows.reduce((sum, { ms }) => sum + ms, 0)
  const groups = new Map<string, ProfileRow[]>()
  for (const row of rows) groups.set(nameOf(row), [...(groups.get(nameOf(row)) ?? []), row])
  const grouped = [...groups].map(([name, members]): ProfileGroup => {
    const sum = (part: (row: ProfileRow) => number) => members.reduce((all, row) => all + part(row), 0)
    const ms = sum((row) => row.ms)
    const kernels = new Map<string, number>()
    for (const row of members) kernels.set(row.kernel, (kernels.get(row.kernel) ?? 0) + row.ms)
    return {
      name,
      calls: sum((row) => row.calls),
      ms,
      share: total > 0 ? ms / total : 0,
      flops: sum((row) => row.flops),
      bytes: sum((row) => row.bytes),
      kernels: [...kernels].sort(([, a], [, b]) => b - a).map(([kernel]) => kernel),
    }
  })
  return grouped.sort((a, b) => b.ms - a.ms)
}

/**
 * A trace for chrome://tracing, Perfetto or speedscope (Chrome's "Trace Event Format"): each step of the program as an
 * event with its operation, scope and kernel.
 */
export function chromeTrace(events: readonly TraceEvent[]): string {
  const programs = [...new Set(events.map((event) => event.program))]
  const named = programs.map((name, i) => ({ ph: 'M', name: 'thread_name', pid: 1, tid: i + 1, args: { name } }))
  const steps = events.map(({ program, op, scope, kernel, isReorder, startMs, ms, flops, bytes }) => ({
    ph: 'X',
    name: isReorder ? `reorder for ${op}` : op,
    cat: isReorder ? 'reorder' : 'operation',
    pid: 1,
    tid: programs.indexOf(program) + 1,
    ts: startMs * 1000, // microseconds, as is dur
    dur: ms * 1000,
    args: { scope, kernel, bytes, ...(flops > 0 && { flops, gflops: flops / (ms * 1e6) }) },
  }))
  return JSON.stringify({ displayTimeUnit: 'ms', traceEvents: [...named, ...steps] })
}
