import type { Precision } from 'volvox/graph'
import type { ExecutorName } from './workload.ts'

// A process that does the first step of `train-unet` and prints when it got how far; `startup` runs it. It imports
// what a training imports, after it has looked at the clock.

/** Milliseconds since the process was spawned. */
export interface Milestones {
  /** Node runs this file. */
  readonly started: number
  readonly imported: number
  /** Network, loss and gradients are a graph, and weights are drawn. */
  readonly built: number
  /** The first step can run. */
  readonly compiled: number
  /** Largest resident size until then. */
  readonly peakMib: number
  /** What the first step took, without making up its data. */
  readonly firstStep: number
}

const [spawned, threads, executor, precision] = process.argv.slice(2)
const now = () => performance.timeOrigin + performance.now() - Number(spawned)
const started = now()
const { buildStep, openStep, stepper } = await import('./training.ts')
const { networks } = await import('./networks.ts')
const imported = now()
const step = buildStep(networks.unet.build(), networks.unet.batch)
const built = now()
const session = await openStep(step, {
  threads: Number(threads),
  executor: executor as ExecutorName, // startup.ts gives no other
  precision: precision as Precision,
  reps: 1,
  steps: 1,
  profile: false,
})
const compiled = now()
const peakMib = process.resourceUsage().maxRSS / 1024
const run = stepper(step, session)
const fed = now()
await run()
const firstStep = now() - fed
await session.dispose()
console.log(JSON.stringify({ started, imported, built, compiled, peakMib, firstStep } satisfies Milestones))
