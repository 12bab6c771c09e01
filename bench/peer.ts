import { execFileSync, execSync } from 'node:child_process'
import { rounded, type Result } from './measure.ts'
import type { Settings } from './workloads.ts'

/** Rounds of A B; each round is two fresh processes, so that neither side profits from a warm machine. */
const rounds = 2

/** Volvox and the peer in turn; the line ends with the ratio of the medians of all rounds (below 1: Volvox is faster). */
export async function compare(name: string, { threads, reps, executor }: Settings, peer: string): Promise<string> {
  const common = ['--threads', String(threads), '--reps', String(reps)]
  const ours: Result[] = []
  const theirs: Result[] = []
  for (let round = 0; round < rounds; round++) {
    ours.push(
      ...lines(
        execFileSync(process.execPath, [process.argv[1], name, '--json', '--executor', executor, ...common], {
          encoding: 'utf8',
        }),
      ),
    )
    theirs.push(
      ...lines(execSync([peer, name, ...common].join(' '), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })),
    )
  }
  const [a, b] = [middle(ours, 'median_ms'), middle(theirs, 'median_ms')]
  const memory = middle(ours, 'peak_mib') / middle(theirs, 'peak_mib')
  return [
    name.padEnd(16),
    `volvox ${a} ms`,
    `${theirs[0]?.who ?? 'peer'} ${b} ms`,
    `ratio ${rounded(a / b)}`,
    `(minima ${rounded(least(ours) / least(theirs))})`,
    `peak memory ratio ${rounded(memory)}`,
  ].join('  ')
}

function lines(output: string): Result[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Result)
}

function middle(results: readonly Result[], field: 'median_ms' | 'peak_mib'): number {
  const sorted = results.map((result) => result[field]).sort((x, y) => x - y)
  return rounded((sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2)
}

function least(results: readonly Result[]): number {
  return Math.min(...results.map((result) => result.min_ms))
}
