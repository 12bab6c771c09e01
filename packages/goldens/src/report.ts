import type { Golden } from './golden.ts'
import type { Outcome } from './run.ts'

/** Counts of outcomes. */
export interface Tally {
  passed: number
  failed: number
  missing: number
}

/** Collects outcomes and prints one line per component, failing cases below it. */
export class Report {
  readonly total: Tally = { passed: 0, failed: 0, missing: 0 }
  private readonly rows = new Map<string, { tally: Tally; lines: string[] }>()

  add(golden: Golden, outcome: Outcome): void {
    const key = `${golden.area}/${golden.name}`
    const row = this.rows.get(key) ?? { tally: { passed: 0, failed: 0, missing: 0 }, lines: [] }
    this.rows.set(key, row)
    const counter = outcome.kind === 'error' ? 'failed' : outcome.kind
    row.tally[counter]++
    this.total[counter]++
    if (counter === 'failed') row.lines.push(`    ${golden.case}: ${explain(outcome)}`)
  }

  lines(): string[] {
    return [...this.rows].flatMap(([key, { tally, lines }]) => [`${key.padEnd(48)} ${describe(tally)}`, ...lines])
  }

  summary(): string {
    return `goldens: ${describe(this.total)}`
  }
}

function describe({ passed, failed, missing }: Tally): string {
  return `${passed} passed, ${failed} failed, ${missing} not implemented`
}

/** Why a case failed: the result that is furthest off, or the error. */
export function explain(outcome: Outcome): string {
  if (outcome.kind === 'error' || outcome.kind === 'missing') return outcome.message
  if (outcome.kind === 'passed') return 'passed'
  const [worst] = outcome.differences.toSorted((a, b) => b.largest - a.largest)
  const others = outcome.differences.length - 1
  return `${worst.key} differs by ${worst.largest} (allowed ${worst.allowed}): ${worst.detail}${others > 0 ? `; ${others} more results differ` : ''}`
}
