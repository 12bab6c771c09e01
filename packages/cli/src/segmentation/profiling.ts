import { type RunFolder, type SupervisedTrainer, type TrainHandler } from 'volvox'
import { chromeTrace, type Session } from 'volvox/graph'
import { profileLines } from '../profileTable.ts'

/** First steps that are not counted, while memory and caches warm up. */
export const warmUpSteps = 3

export interface ProfileOptions {
  /** Opened with `profile: { skip: warmUpSteps }`. */
  readonly session: Session
  /** The session's program of a training step. */
  readonly program: string
  /** Steps that are counted; the run then goes on at its usual speed. */
  readonly steps: number
  readonly folder: RunFolder
  readonly show: (line: string) => void
}

const traceFile = 'trace.json'

/** Shows what the operations of a run's first steps took, and leaves the last of these steps in trace.json. */
export function ProfileHandler({ session, program, steps, folder, show }: ProfileOptions): TrainHandler {
  return {
    attach(trainer: SupervisedTrainer) {
      let done = 0
      let told = false
      const tell = async () => {
        if (told) return
        told = true
        const rows = (await session.profile()).filter((row) => row.program === program)
        const counted = done - warmUpSteps
        if (counted <= 0)
          return show(`Nothing was profiled: only ${done} steps were run, the first ${warmUpSteps} warm up.`)
        for (const line of profileLines(rows, counted)) show(line)
        await folder.write(traceFile, new TextEncoder().encode(chromeTrace(await session.trace())))
        show(`\nTrace of a step: ${folder.path}/${traceFile} (open it in chrome://tracing or ui.perfetto.dev)`)
      }
      trainer.on('iterationCompleted', async () => {
        done++
        if (done === warmUpSteps + steps) await tell()
      })
      trainer.on('completed', tell)
      trainer.on('interrupted', tell)
    },
  }
}
