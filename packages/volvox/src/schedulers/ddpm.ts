import { oneOf, parseOptions, type Given } from '../core/options.ts'
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
  type PredictionType,
  type SchedulerComponent,
} from './scheduler.ts'

const name = 'DDPMScheduler'

const schema = {
  ...noiseOptions,
  ...guessOptions,
  varianceType: oneOf('fixed_small', 'fixed_large', 'learned', 'learned_range').opt(
    'The variance of the noise that a step adds: by formula, or as the network says in further channels.',
    'fixed_small',
  ),
}

/** What the likelihood of images needs of a DDPM scheduler. */
export interface DdpmScheduler extends NoiseScheduler {
  readonly predictionType: PredictionType
  readonly clipSample: boolean
  /** The mean of the image one step back, given the image without noise. */
  posteriorMean(timestep: number, original: Floats, sample: Floats): Floats
  /** Its variance, of each element where the network predicts it. */
  posteriorVariance(timestep: number, predictedVariance?: Floats | null): number | Floats
  /** A network's output, and the variance in further channels where there is one. */
  outputOf(modelOutput: Floats, sample: Floats): { readonly output: Floats; readonly variance: Floats | null }
}

/** Denoising diffusion probabilistic models (Ho et al. 2020, MONAI DDPMScheduler). */
export const DDPMScheduler: SchedulerComponent<typeof schema, DdpmScheduler> = Object.assign(
  (given: Given<typeof schema> = {}): DdpmScheduler => {
    const options = parseOptions(name, schema, given)
    const { numTrainTimesteps, predictionType, varianceType, clipSample } = options
    const noise = noiseSchedule(name, options)
    const { betas, alphas, alphasCumprod } = noise
    let timesteps = evenSteps(name, numTrainTimesteps, numTrainTimesteps)

    const at = (timestep: number) => {
      const kept = keptAt(name, alphasCumprod, timestep)
      const keptBefore = timestep > 0 ? alphasCumprod[timestep - 1] : 1
      return {
        kept,
        ofOriginal: (Math.sqrt(keptBefore) * betas[timestep]) / (1 - kept),
        ofSample: (Math.sqrt(alphas[timestep]) * (1 - keptBefore)) / (1 - kept),
        variance: ((1 - keptBefore) / (1 - kept)) * betas[timestep],
      }
    }
    const posteriorVariance = (timestep: number, predictedVariance: Floats | null = null): number | Floats => {
      const { variance } = at(timestep)
      const largest = betas[timestep]
      switch (varianceType) {
        case 'fixed_small':
          return Math.max(variance, 1e-20)
        case 'fixed_large':
          return largest
        case 'learned':
          return predictedVariance ?? variance
        case 'learned_range':
          return predictedVariance === null
            ? variance
            : {
                ...predictedVariance,
                data: predictedVariance.data.map((x) => ((x + 1) / 2) * largest + (1 - (x + 1) / 2) * variance),
              }
      }
    }
    const outputOf = (modelOutput: Floats, sample: Floats) => {
      const isLearnt = varianceType.startsWith('learned') && modelOutput.shape[1] === 2 * sample.shape[1]
      return isLearnt ? halvesOf(modelOutput) : { output: modelOutput, variance: null }
    }
    return {
      name,
      options,
      ...noise,
      ...noising(name, noise),
      numTrainTimesteps,
      predictionType,
      clipSample,
      get timesteps() {
        return timesteps
      },
      setTimesteps: (count) => void (timesteps = evenSteps(name, count, numTrainTimesteps)),
      posteriorMean(timestep, original, sample) {
        const { ofOriginal, ofSample } = at(timestep)
        return mixed([ofOriginal, original], [ofSample, sample])
      },
      posteriorVariance,
      outputOf,
      step(modelOutput, timestep, sample, { generator } = {}) {
        const { output, variance } = outputOf(modelOutput, sample)
        checkOutput(name, output, sample)
        const { kept, ofOriginal, ofSample } = at(timestep)
        const { original } = guessed(output, sample, kept, options)
        const mean = mixed([ofOriginal, original], [ofSample, sample])
        if (timestep === 0) return { previous: mean, original }
        const noise = drawnNoise(name, output.shape, generator)
        const spread = posteriorVariance(timestep, variance)
        const previous =
          typeof spread === 'number'
            ? mixed([1, mean], [Math.sqrt(spread), noise])
            : { ...mean, data: mean.data.map((x, i) => x + Math.sqrt(spread.data[i]) * noise.data[i]) }
        return { previous, original }
      },
    }
  },
  { componentName: name, schema },
)

/** The first half of the channels, and the second. */
function halvesOf({ shape, data }: Floats): { output: Floats; variance: Floats } {
  const [samples, channels, ...spatial] = shape
  const size = data.length / samples / 2
  const half = (which: number): Floats => {
    const part = new Float32Array(samples * size)
    for (let n = 0; n < samples; n++)
      part.set(data.subarray((2 * n + which) * size, (2 * n + which + 1) * size), n * size)
    return { dtype: 'float32', shape: [samples, channels / 2, ...spatial], data: part }
  }
  return { output: half(0), variance: half(1) }
}
