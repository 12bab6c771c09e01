import { titleOf, type Result } from './measure.ts'
import { inProcess, peerProcess } from './processes.ts'
import { median, rounded, type Settings } from './workload.ts'

/** Rounds of A B (or A B C); every run is a fresh process, so that neither side profits from a warm machine. */
const rounds = 2

/** Medians of all rounds; ratios are ours by the peer's, below 1 where Volvox needs less. */
export interface Comparison {
  readonly workload: string
  readonly volvox_ms: number
  readonly peer: string
  /** The peer's name for what it did. */
  readonly peer_workload: string
  readonly peer_ms: number
  readonly ratio: number
  /** Of the fastest repetitions. */
  readonly min_ratio: number
  readonly peak_ratio: number
}

/** Volvox and the peer in turn: in float32 against its float32, in bfloat16 against both its float32 and its autocast. */
export function compare(
  name: string,
  settings: Settings,
  command: string,
): { readonly ours: readonly Result[]; readonly comparisons: readonly Comparison[] } {
  const title = titleOf(name, settings)
  const titles = [...new Set([name, title])]
  const ours: Result[] = []
  const theirs = new Map<string, Result[]>(titles.map((one) => [one, []]))
  for (let round = 0; round < rounds; round++) {
    ours.push(...inProcess(name, settings))
    for (const [one, results] of theirs) {
      const result = peerProcess(command, one, settings)
      if (result) results.push(result)
      else theirs.delete(one)
    }
  }
  const comparisons = [...theirs].map(([peerTitle, results]): Comparison => {
    const [a, b] = [ours, results].map((list) => median(list.map((result) => result.median_ms)))
    const [fast, theirFast] = [ours, results].map((list) => Math.min(...list.map((result) => result.min_ms)))
    const [peak, theirPeak] = [ours, results].map((list) => median(list.map((result) => result.peak_mib)))
    return {
      workload: title,
      volvox_ms: rounded(a),
      peer: results[0].who,
      peer_workload: peerTitle,
      peer_ms: rounded(b),
      ratio: rounded(a / b),
      min_ratio: rounded(fast / theirFast),
      peak_ratio: rounded(peak / theirPeak),
    }
  })
  return { ours, comparisons }
}

export function comparisonLine(c: Comparison): string {
  return [
    c.workload.padEnd(20),
    `volvox ${c.volvox_ms} ms`,
    `${c.peer}${c.peer_workload === c.workload ? '' : ` ${c.peer_workload}`} ${c.peer_ms} ms`,
    `ratio ${c.ratio}`,
    `(minima ${c.min_ratio})`,
    `peak memory ratio ${c.peak_ratio}`,
  ].join('  ')
}
