import { parseArgs } from 'node:util'
import { measure, type Result } from './measure.ts'
import { compare, comparisonLine } from './peer.ts'
import { inProcess } from './processes.ts'
import { executorNames, type Settings } from './workload.ts'
import { usual, workloads } from './workloads.ts'

const usage = `Times Volvox on fixed workloads; prints one line a workload.

  npm run bench -- [WORKLOAD...] [--precision fp32|bf16] [--threads 2] [--reps 5] [--json] [--peer "COMMAND"]

Workloads: ${Object.keys(workloads).join(', ')}
Without names all but conv, memory, transforms and parts of others (load, augment, elastic, post); train-* and infer-* stand for all of a kind. conv sets the bare primitives of
oneDNN against the same convolutions in a program; transforms times every array transform on 128x128x128 voxels; startup goes from the start of a process to its first step.

  --precision P     fp32 (default) or bf16; the workload is then called e.g. train-unet-bf16
  --threads N       threads of the kernels (2)
  --reps N          repetitions, after one that does not count (5)
  --executor E      onednn (default) or ort
  --profile         also shows what the operations of train-* (a step) and infer-* (a window) took; times are then longer
  --json            one JSON line a workload: {"workload", "who", "min_ms", "median_ms", "peak_mib", ...}
  --peer "COMMAND"  also runs COMMAND WORKLOAD --threads N --reps N, in turn (A B A B; with bf16 A B C A B C, against the
                    peer's float32 and its own -bf16), each in a fresh process, and prints the ratios of medians and of
                    peak memory; COMMAND must print JSON lines like ours
  --steps N         steps of the memory workload (2000)

Examples
  npm run bench -- train-unet
  npm run bench -- 'train-*' --precision bf16
  npm run bench -- train-unet --peer "env PYTHONPATH=MONAI python3 peer_monai.py"
  npm run bench -- infer-unet --profile
  npm run bench -- memory --steps 2000`

const precisions = { fp32: 'float32', bf16: 'bfloat16' } as const

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    precision: { type: 'string', default: 'fp32' },
    threads: { type: 'string', default: '2' },
    reps: { type: 'string', default: '5' },
    steps: { type: 'string', default: '2000' },
    executor: { type: 'string', default: 'onednn' },
    profile: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    peer: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  console.log(usage)
  process.exit(0)
}
const names = positionals.length > 0 ? positionals.flatMap(named) : usual
const settings: Settings = {
  threads: whole('threads', values.threads),
  reps: whole('reps', values.reps),
  steps: whole('steps', values.steps),
  executor: oneOf('executor', values.executor, executorNames),
  profile: values.profile,
  precision: precisions[oneOf('precision', values.precision, ['fp32', 'bf16'])],
}

for (const name of names) {
  if (values.peer !== undefined) {
    const { ours, comparisons } = compare(name, settings, values.peer)
    for (const one of comparisons) console.log(values.json ? JSON.stringify(one) : comparisonLine(one))
    if (comparisons.length === 0) print(ours)
  } else print(names.length > 1 ? inProcess(name, settings) : await measure(name, settings))
}

function print(results: readonly Result[]): void {
  const width = Math.max(20, ...results.map(({ workload }) => workload.length))
  for (const result of results) {
    const { workload, who, min_ms, median_ms, peak_mib, ...rest } = result
    const more = Object.entries(rest).map(([key, value]) => `${key} ${JSON.stringify(value)}`)
    const times = `median ${median_ms} ms  min ${min_ms} ms  peak ${peak_mib} MiB`
    console.log(values.json ? JSON.stringify(result) : [workload.padEnd(width), who, times, ...more].join('  '))
  }
}

/** The workloads that a word stands for. */
function named(word: string): string[] {
  const found = Object.keys(workloads).filter((name) =>
    word.endsWith('*') ? name.startsWith(word.slice(0, -1)) : name === word,
  )
  return found.length > 0 ? found : refuse(`there is no workload "${word}"; use ${Object.keys(workloads).join(', ')}`)
}

function whole(option: string, word: string): number {
  return /^[1-9]\d*$/.test(word) ? Number(word) : refuse(`--${option} is "${word}"; give a whole number of 1 or more`)
}

function oneOf<const W extends string>(option: string, word: string, words: readonly W[]): W {
  return words.find((one) => one === word) ?? refuse(`--${option} is "${word}"; use ${words.join(' or ')}`)
}

function refuse(problem: string): never {
  console.error(`bench: ${problem}`)
  process.exit(2)
}
