import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Milestones } from './firstStep.ts'
import { rounded, type Measured, type Settings } from './workload.ts'

/**
 * From the start of a process until the first training step of `train-unet` can run: Node itself, imports, building the
 * graph, compiling. The peer's script times its imports only, so the comparison is to our disadvantage.
 */
export async function startup(settings: Settings): Promise<Measured> {
  const runs: Milestones[] = []
  await begun(settings) // once for the disk's cache
  for (let i = 0; i < settings.reps; i++) runs.push(await begun(settings))
  const middle = (part: (run: Milestones) => number) =>
    rounded(runs.map(part).sort((a, b) => a - b)[Math.floor(runs.length / 2)])
  return {
    times: runs.map((run) => run.compiled),
    node_ms: middle((run) => run.started),
    import_ms: middle((run) => run.imported - run.started),
    build_ms: middle((run) => run.built - run.imported),
    compile_ms: middle((run) => run.compiled - run.built),
    first_step_ms: middle((run) => run.firstStep),
    peak_mib: middle((run) => run.peakMib),
  }
}

/** One fresh process; its clock starts when it is spawned. */
function begun({ threads, executor, precision }: Settings): Promise<Milestones> {
  const script = fileURLToPath(new URL('./firstStep.js', import.meta.url))
  const spawned = performance.timeOrigin + performance.now()
  const child = spawn(process.execPath, [script, String(spawned), String(threads), executor, precision], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (text: Buffer) => (output += text.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve(JSON.parse(output) as Milestones) : reject(new Error(`startup: exit code ${code}`)),
    )
  })
}
