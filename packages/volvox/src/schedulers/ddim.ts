import { OptionError } from '../core/errors.ts'
import { bool, int, parseOptions, type Given } from '../core/options.ts'
import { noiseOptions, noiseSchedule } from './noise.ts'
import {
  checkOutput,
  drawnNoise,
  evenSteps,
  guessed,
  guessOptions,
  keptAt,
  mixed,
  noising,
  type Floats,
  type NoiseScheduler,
  type SchedulerComponent,
  type SchedulerStep,
} from './scheduler.ts'

const name = 'DDIMScheduler'

const schema = {
  ...noiseOptions,
  ...guessOptions,
  setAlphaToOne: bool.opt('Whether the last step leaves no noise; else as much as there is at step 0.', true),
  stepsOffset: int.opt('Added to each step of sampling.', 0),
}

export interface DdimScheduler extends NoiseScheduler {
  /** One step towards noise: the inverse of a step without added noise. */
  reversedStep(modelOutput: Floats, timestep: number, sample: Floats): SchedulerStep
}

/**
 * Denoising diffusion implicit models (Song et al. 2021, MONAI DDIMScheduler). Step 0 of the `cosine` schedule has no noise
 * to take away: with `eta` 0 it gives the guessed image, where MONAI divides 0 by 0 and gives NaN.
 */
export const DDIMScheduler: SchedulerComponent<typeof schema, DdimScheduler> = Object.assign(
  (given: Given<typeof schema> = {}): DdimScheduler => {
    const options = parseOptions(name, schema, given)
    const { numTrainTimesteps, stepsOffset, setAlphaToOne } = options
    const noise = noiseSchedule(name, options)
    const { alphasCumprod } = noise
    const last = setAlphaToOne ? 1 : alphasCumprod[0]
    let ratio = 1
    let timesteps: readonly number[] = evenSteps(name, numTrainTimesteps, numTrainTimesteps)
    const setTimesteps = (count: number) => {
      const steps = evenSteps(name, count, numTrainTimesteps, stepsOffset)
      ratio = Math.floor(numTrainTimesteps / count)
      if (stepsOffset >= ratio)
        throw new OptionError(
          `${name}.stepsOffset`,
          `${stepsOffset} leads beyond the ${numTrainTimesteps} steps of training; with ${count} steps give less than ${ratio}`,
        )
      timesteps = steps
    }

    /** To the step `next`, with noise of deviation `spread` in place of some of what was predicted. */
    const moved = (output: Floats, timestep: number, next: number, sample: Floats, eta: number) => {
      checkOutput(name, output, sample)
      const kept = keptAt(name, alphasCumprod, timestep)
      const keptNext = next >= 0 ? keptAt(name, alphasCumprod, next) : last
      const { original, noise } = guessed(output, sample, kept, options)
      const spread = eta * Math.sqrt(((1 - keptNext) / (1 - kept)) * (1 - kept / keptNext))
      const direction = Math.sqrt(1 - keptNext - (eta > 0 ? spread ** 2 : 0))
      return { original, spread, previous: mixed([Math.sqrt(keptNext), original], [direction, noise]) }
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
      step(modelOutput, timestep, sample, { eta = 0, generator } = {}) {
        const { previous, original, spread } = moved(modelOutput, timestep, timestep - ratio, sample, eta)
        if (eta <= 0) return { previous, original }
        return { previous: mixed([1, previous], [spread, drawnNoise(name, sample.shape, generator)]), original }
      },
      reversedStep(modelOutput, timestep, sample) {
        const { previous, original } = moved(modelOutput, timestep, timestep + ratio, sample, 0)
        return { previous, original }
      },
    }
  },
  { componentName: name, schema },
)
