import { OptionError } from '../core/errors.ts'
import { bool, int, oneOf, parseOptions, type Given } from '../core/options.ts'
import { noiseOptions, noiseSchedule } from './noise.ts'
import {
  checkOutput,
  checkSteps,
  keptAt,
  mixed,
  noising,
  type Floats,
  type NoiseScheduler,
  type SchedulerComponent,
} from './scheduler.ts'

const name = 'PNDMScheduler'

const schema = {
  ...noiseOptions,
  skipPrkSteps: bool.opt('Whether to begin without the Runge-Kutta steps.', false),
  setAlphaToOne: bool.opt('Whether the last step leaves no noise; else as much as there is at step 0.', false),
  predictionType: oneOf('epsilon', 'v_prediction').opt(
    'What the network predicts: the noise or the velocity.',
    'epsilon',
  ),
  stepsOffset: int.opt('Added to each step of sampling.', 0),
}

/** Weights of the last outputs, newest first, by how many there are (Adams-Bashforth). */
const multistep: readonly (readonly number[])[] = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
]

/** Of the four outputs of a Runge-Kutta step. */
const rungeKutta = [1 / 6, 1 / 3, 1 / 3, 1 / 6]

/**
 * Pseudo numerical methods for diffusion models (Liu et al. 2022, MONAI PNDMScheduler): three Runge-Kutta steps of four
 * evaluations, then linear multistep. Steps must be taken in the order of `timesteps`.
 */
export const PNDMScheduler: SchedulerComponent<typeof schema, NoiseScheduler> = Object.assign(
  (given: Given<typeof schema> = {}): NoiseScheduler => {
    const options = parseOptions(name, schema, given)
    const { numTrainTimesteps, skipPrkSteps, stepsOffset } = options
    const noise = noiseSchedule(name, options)
    const { alphasCumprod } = noise
    const last = options.setAlphaToOne ? 1 : alphasCumprod[0]
    let [timesteps, starting]: readonly number[][] = [[], []]
    let taken = 0
    let outputs: Floats[] = []
    let sum: Floats | null = null
    let begun: Floats | null = null

    const setTimesteps = (count: number) => {
      checkSteps(name, count, numTrainTimesteps)
      const ratio = Math.floor(numTrainTimesteps / count)
      const even = Array.from({ length: count }, (_, i) => i * ratio + stepsOffset)
      starting = skipPrkSteps ? [] : rungeKuttaSteps(even.slice(-4), Math.floor(ratio / 2))
      timesteps = [...starting, ...(skipPrkSteps ? even : even.slice(0, -3)).toReversed()]
      taken = 0
      outputs = []
      sum = begun = null
    }
    setTimesteps(numTrainTimesteps)

    /** The image at step `next`, from that at `timestep` (equation 9 of the paper). */
    const moved = (sample: Floats, timestep: number, next: number, output: Floats): Floats => {
      const kept = keptAt(name, alphasCumprod, timestep)
      const keptNext = next >= 0 ? keptAt(name, alphasCumprod, next) : last
      const noise =
        options.predictionType === 'epsilon' ? output : mixed([Math.sqrt(kept), output], [Math.sqrt(1 - kept), sample])
      const divisor = kept * Math.sqrt(1 - keptNext) + Math.sqrt(kept * (1 - kept) * keptNext)
      return mixed([Math.sqrt(keptNext / kept), sample], [-(keptNext - kept) / divisor, noise])
    }
    const startingStep = (output: Floats, timestep: number, sample: Floats, ratio: number): Floats => {
      const next = timestep - (taken % 2 === 1 ? 0 : Math.floor(ratio / 2))
      const place = taken % 4
      const weighted: Floats = sum && place > 0 ? mixed([1, sum], [rungeKutta[place], output]) : mixed([1 / 6, output])
      if (place === 0) {
        outputs.push(output)
        begun = sample
      }
      sum = place === 3 ? null : weighted
      return moved(begun ?? sample, starting[taken - place], next, place === 3 ? weighted : output)
    }
    const multistepStep = (output: Floats, timestep: number, sample: Floats, ratio: number): Floats => {
      if (!skipPrkSteps && outputs.length < 3)
        throw new OptionError(name, 'the Runge-Kutta steps were left out; take all steps of timesteps in order')
      if (skipPrkSteps && taken === 1) {
        // The second step goes again from where the first began, with the mean of both outputs.
        const mean = mixed([0.5, output], [0.5, outputs[outputs.length - 1]])
        const from = begun ?? sample
        begun = null
        return moved(from, timestep + ratio, timestep, mean)
      }
      outputs = [...outputs.slice(-3), output]
      if (outputs.length === 1) begun = sample
      const weights = multistep[outputs.length - 1]
      const newestFirst = outputs.toReversed()
      return moved(sample, timestep, timestep - ratio, mixed(...weights.map((w, i) => [w, newestFirst[i]] as const)))
    }
    return {
      name,
      options,
      ...noise,
      ...noising(name, noise),
      numTrainTimesteps,
      get timesteps() {
        return timesteps
      },
      setTimesteps,
      step(modelOutput, timestep, sample) {
        checkOutput(name, modelOutput, sample)
        // MONAI counts the evaluations here, not the steps that were asked for.
        const ratio = Math.floor(numTrainTimesteps / timesteps.length)
        const take = taken < starting.length ? startingStep : multistepStep
        const previous = take(modelOutput, timestep, sample, ratio)
        taken++
        return { previous, original: null }
      },
    }
  },
  { componentName: name, schema },
)

/** The four evaluations of each Runge-Kutta step, from the last four even steps, noisiest first. */
function rungeKuttaSteps(even: readonly number[], half: number): number[] {
  const places = even.flatMap((step) => [step, step]).map((step, i) => step + (i % 2) * half)
  return places
    .slice(0, -1)
    .flatMap((step) => [step, step])
    .slice(1, -1)
    .toReversed()
}
