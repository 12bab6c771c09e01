import { workloads, type Settings } from './workloads.ts'

/** One line of a benchmark, in the form that the peer's script prints as well. */
export interface Result {
  readonly workload: string
  readonly who: string
  readonly min_ms: number
  readonly median_ms: number
  /** Largest resident size of the process, in MiB. */
  readonly peak_mib: number
  readonly [more: string]: unknown
}

/** Runs a workload in this process. */
export async function measure(name: string, settings: Settings): Promise<Result> {
  const { times, ...more } = await workloads[name](settings)
  const sorted = times.toSorted((a, b) => a - b)
  return {
    workload: name,
    who: 'volvox',
    min_ms: rounded(sorted[0]),
    median_ms: rounded(sorted[Math.floor(sorted.length / 2)]),
    peak_mib: Math.round(process.resourceUsage().maxRSS / 1024),
    ...more,
  }
}

/** Milliseconds of each of `reps` runs, after one that does not count. */
export async function timed(reps: number, run: () => Promise<unknown>): Promise<number[]> {
  await run()
  const times: number[] = []
  for (let i = 0; i < reps; i++) {
    const start = performance.now()
    await run()
    times.push(performance.now() - start)
  }
  return times
}

export function rounded(x: number): number {
  return Math.round(x * 100) / 100
}
