import { titleOf, type Result } from './measure.ts'
import { inProcess, peerProcess } from './processes.ts'
import { median, rounded, type Settings } from './workload.ts'
import { partOf } from './workloads.ts'

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
      const lines = peerProcess(command, partOf[one] ?? one, settings)
      if (lines.length > 0) results.push(...lines)
      else theirs.delete(one)
    }
  }
  const comparisons = [...theirs.values()]
    .flatMap((all) => byWorkload(ours, all))
    .map((pair): Comparison => {
      const [a, b] = pair.map((list) => median(list.map((result) => result.median_ms)))
      const [fast, theirFast] = pair.map((list) => Math.min(...list.map((result) => result.min_ms)))
      const [peak, theirPeak] = pair.map((list) => median(list.map((result) => result.peak_mib)))
      return {
        workload: pair[0][0].workload,
        volvox_ms: rounded(a),
        peer: pair[1][0].who,
        peer_workload: pair[1][0].workload,
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

/** Ours and the peer's results of the same work: by name where it has several parts. */
function byWorkload(
  ours: readonly Result[],
  theirs: readonly Result[],
): (readonly [readonly Result[], readonly Result[]])[] {
  const names = new Set(ours.map(({ workload }) => workload))
  if (names.size === 1 && new Set(theirs.map(({ workload }) => workload)).size === 1) return [[ours, theirs]]
  const named = (list: readonly Result[], name: string) => list.filter(({ workload }) => workload === name)
  return [...names].flatMap((name) => {
    const other = named(theirs, name)
    return other.length > 0 ? [[named(ours, name), other] as const] : []
  })
}
