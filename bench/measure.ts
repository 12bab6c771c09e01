import { median, peakMib, rounded, type Settings } from './workload.ts'
import { workloads } from './workloads.ts'

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

/** Runs a workload in this process, which should be a fresh one: its largest size counts from its start. */
export async function measure(name: string, settings: Settings): Promise<readonly Result[]> {
  const measured = [await workloads[name](settings)].flat()
  return measured.map(({ times, part, name: own = name, ...more }) => ({
    workload: [titleOf(own, settings), part].filter(Boolean).join(' '),
    who: 'volvox',
    min_ms: rounded(Math.min(...times)),
    median_ms: rounded(median(times)),
    peak_mib: peakMib(),
    ...more,
  }))
}

/** The peer's own name for a workload under autocast. */
export function titleOf(name: string, { precision }: Settings): string {
  return precision === 'bfloat16' ? `${name}-bf16` : name
}
