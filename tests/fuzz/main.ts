import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'
import type { Tally } from './fuzz.ts'
import { watchAllocations } from './allocations.ts'

interface Job {
  readonly count: number
  readonly seed: number
  readonly format: string | undefined
}

/** Cases between two signs of life; a thread that gives none for so long hangs. */
const [batch, patienceMs] = [200, 180_000]

if (isMainThread) await supervise()
else await work(workerData as Job)

/** Runs all cases in a thread, so that one that hangs is told, and prints a table. */
async function supervise(): Promise<void> {
  const option = (name: string): string | undefined => {
    const at = process.argv.indexOf(`--${name}`)
    return at < 0 ? undefined : process.argv[at + 1]
  }
  const job: Job = {
    count: Number(option('count') ?? 20_000),
    seed: Number(option('seed') ?? 1),
    format: option('format'),
  }
  const total = new Map<string, Tally>()
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: job })
  const failed = await new Promise<string | null>((resolve) => {
    let done = 0
    let timer = setTimeout(() => {}, 0)
    const watch = (): void => {
      clearTimeout(timer)
      timer = setTimeout(
        () => resolve(`hangs in one of the cases ${done} to ${done + batch} of seed ${job.seed}`),
        patienceMs,
      )
    }
    watch()
    worker.on('message', (part: Map<string, Tally>) => {
      for (const [format, tally] of part) add(total, format, tally)
      done += batch
      if (done >= job.count) resolve(null)
      else watch()
    })
    worker.on('error', (error) => resolve(String(error)))
  })
  await worker.terminate()
  print(total, job)
  if (failed !== null) console.error(failed)
  const failures = [...total.values()].flatMap((tally) => tally.failures)
  for (const failure of failures.slice(0, 50)) console.error(failure)
  process.exit(failed === null && failures.length === 0 ? 0 : 1)
}

async function work({ count, seed, format }: Job): Promise<void> {
  const allocations = watchAllocations()
  const { fuzz } = await import('./fuzz.ts') // after the arrays are watched
  for (let from = 0; from < count; from += batch)
    parentPort?.postMessage(fuzz(from, Math.min(batch, count - from), seed, allocations, format))
}

function add(total: Map<string, Tally>, format: string, part: Tally): void {
  const sum = total.get(format)
  if (!sum) {
    total.set(format, part)
    return
  }
  for (const key of ['files', 'read', 'refused'] as const) sum[key] += part[key]
  for (const key of ['worstMs', 'worstBytes'] as const) sum[key] = Math.max(sum[key], part[key])
  sum.failures.push(...part.failures)
}

function print(total: ReadonlyMap<string, Tally>, { seed }: Job): void {
  console.log(`seed ${seed}`)
  console.log(
    'format'.padEnd(16) +
      ['files', 'read', 'refused', 'failed', 'worst ms', 'worst MiB'].map((h) => h.padStart(10)).join(''),
  )
  for (const [format, { files, read, refused, failures, worstMs, worstBytes }] of total) {
    const cells = [files, read, refused, failures.length, worstMs.toFixed(1), (worstBytes / 2 ** 20).toFixed(1)]
    console.log(format.padEnd(16) + cells.map((cell) => String(cell).padStart(10)).join(''))
  }
}
