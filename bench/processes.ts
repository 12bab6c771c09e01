import { execFileSync, spawnSync } from 'node:child_process'
import type { Result } from './measure.ts'
import type { Settings } from './workload.ts'

/** One thread of V8's beside those of kernels, see `keepFreedMemory`. */
const flags = ['--v8-pool-size=1']

/** A workload in a process of its own, so that no other one counts towards its memory. */
export function inProcess(name: string, settings: Settings): readonly Result[] {
  const { executor, precision, steps, profile } = settings
  const words = [
    name,
    '--json',
    '--executor',
    executor,
    '--precision',
    precision === 'bfloat16' ? 'bf16' : 'fp32',
    '--steps',
    String(steps),
    ...(profile ? ['--profile'] : []),
  ]
  const output = execFileSync(process.execPath, [...flags, process.argv[1], ...words, ...common(settings)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return resultsIn(output)
}

/** The peer's command on a workload; no line when it does not know it (or fails otherwise, which it then says itself). */
export function peerProcess(command: string, title: string, settings: Settings): readonly Result[] {
  const { stdout, stderr, status } = spawnSync([command, title, ...common(settings)].join(' '), {
    shell: true,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const results = resultsIn(stdout)
  if (results.length === 0)
    console.error(
      `bench: the peer gave no line for ${title} (exit ${status}): ${stderr.trim().split('\n').at(-1) ?? ''}`,
    )
  return results
}

function common({ threads, reps }: Settings): string[] {
  return ['--threads', String(threads), '--reps', String(reps)]
}

function resultsIn(output: string): Result[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Result)
}
