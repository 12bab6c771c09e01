import { parseArgs } from 'node:util'
import { measure, type Result } from './measure.ts'
import { compare } from './peer.ts'
import { workloads, type Settings } from './workloads.ts'

const usage = `Times Volvox on fixed workloads; prints one line a workload.

  npm run bench -- [WORKLOAD...] [--threads 2] [--reps 5] [--executor onednn|ort] [--json] [--peer "COMMAND"]

Workloads: ${Object.keys(workloads).join(', ')} (all but memory by default)

  --peer "COMMAND"  also runs COMMAND WORKLOAD --threads N --reps N, in turn (A B A B), and prints the ratio of medians;
                    it must print a JSON line like ours: {"workload", "who", "min_ms", "median_ms", "peak_mib"}
  --steps N         steps of the memory workload (2000)

Examples
  npm run bench -- train-unet
  npm run bench -- train-unet --peer "env PYTHONPATH=MONAI python3 peer_monai.py"
  npm run bench -- memory --steps 2000`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: '2' },
    reps: { type: 'string', default: '5' },
    steps: { type: 'string', default: '2000' },
    executor: { type: 'string', default: 'onednn' },
    json: { type: 'boolean', default: false },
    peer: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const names = positionals.length > 0 ? positionals : Object.keys(workloads).filter((name) => name !== 'memory')
const unknown = names.find((name) => !(name in workloads))
if (values.help || unknown) {
  if (unknown)
    console.error(`bench: there is no workload "${unknown}"; use one of ${Object.keys(workloads).join(', ')}`)
  else console.log(usage)
  process.exit(unknown ? 2 : 0)
}
const settings: Settings = {
  threads: Number(values.threads),
  reps: Number(values.reps),
  steps: Number(values.steps),
  executor: values.executor,
}

for (const name of names) {
  if (values.peer !== undefined) console.log(await compare(name, settings, values.peer))
  else print(await measure(name, settings))
}

function print(result: Result): void {
  if (values.json) return console.log(JSON.stringify(result))
  const { workload, who, min_ms, median_ms, peak_mib, ...rest } = result
  const more = Object.entries(rest).map(([key, value]) => `${key} ${JSON.stringify(value)}`)
  console.log(
    `${workload.padEnd(16)} ${who}  median ${median_ms} ms  min ${min_ms} ms  peak ${peak_mib} MiB  ${more.join('  ')}`,
  )
}
