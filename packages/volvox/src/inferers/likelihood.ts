import { OptionError } from '../core/errors.ts'
import { sizeOf } from '../core/tensor.ts'
import type { DdpmScheduler, Floats, Scheduler } from '../schedulers/index.ts'
import { drawnNoise, guessed, keptAt } from '../schedulers/scheduler.ts'
import { predicted, type DiffusionPredictor, type LikelihoodOptions } from './diffusionModels.ts'

/**
 * A bound on the negative log-likelihood of each image: the sum over all steps of the divergence between what the step
 * back is and what the network says of it, in nats per element (Ho et al. 2020). MONAI 1.5's bounds of the guessed image,
 * -1 and 1, hold here whatever those of the scheduler are.
 */
export async function likelihood(
  where: string,
  own: Scheduler,
  inputs: Floats,
  model: DiffusionPredictor,
  options: LikelihoodOptions,
): Promise<Float32Array> {
  const { scheduler = own, generator, originalInputRange = [0, 255], scaledInputRange = [0, 1] } = options
  if (!isDdpm(scheduler))
    throw new OptionError(where, `the scheduler is ${scheduler.name}; likelihoods need a DDPMScheduler`)
  const noise = drawnNoise(where, inputs.shape, generator)
  const samples = inputs.shape[0]
  const total = new Float32Array(samples)
  const binWidth = (scaledInputRange[1] - scaledInputRange[0]) / (originalInputRange[1] - originalInputRange[0])
  for (const t of scheduler.timesteps) {
    const times = new Array<number>(samples).fill(t)
    const noisy = own.addNoise(inputs, noise, times)
    const { output, variance } = scheduler.outputOf(await predicted(where, model, noisy, times, options), noisy)
    const kept = keptAt(scheduler.name, scheduler.alphasCumprod, t)
    const bounds = { ...scheduler, clipSampleMin: -1, clipSampleMax: 1 }
    const mean = scheduler.posteriorMean(t, guessed(output, noisy, kept, bounds).original, noisy)
    const trueMean = scheduler.posteriorMean(t, inputs, noisy)
    const logVariance = logOf(scheduler.posteriorVariance(t))
    const logPredicted = variance ? logOf(scheduler.posteriorVariance(t, variance)) : logVariance
    const divergence: Floats = {
      ...inputs,
      data: inputs.data.map((x, i) =>
        t === 0
          ? -logChance(x, mean.data[i], 0.5 * at(logPredicted, i), binWidth)
          : 0.5 *
            (at(logPredicted, i) -
              at(logVariance, i) -
              1 +
              Math.exp(at(logVariance, i) - at(logPredicted, i)) +
              (trueMean.data[i] - mean.data[i]) ** 2 * Math.exp(-at(logPredicted, i))),
      ),
    }
    const voxels = sizeOf(inputs.shape.slice(1))
    for (let n = 0; n < samples; n++)
      total[n] += divergence.data.subarray(n * voxels, (n + 1) * voxels).reduce((sum, x) => sum + x, 0) / voxels
    await options.onIntermediate?.(divergence, t)
  }
  return total
}

function isDdpm(scheduler: Scheduler): scheduler is DdpmScheduler {
  return 'posteriorVariance' in scheduler
}

/** One number for all elements, or one for each. */
type Spread = number | Float32Array

function logOf(variance: number | Floats): Spread {
  return typeof variance === 'number' ? Math.log(variance) : variance.data.map(Math.log)
}

function at(spread: Spread, i: number): number {
  return typeof spread === 'number' ? spread : spread[i]
}

/** The logarithm of the chance that a normal number falls where it is rounded to `x`; the outermost bins have no end. */
function logChance(x: number, mean: number, logDeviation: number, binWidth: number): number {
  const scale = Math.exp(-logDeviation)
  const below = (end: number) => cumulative(scale * (x - mean + end))
  const [upper, lower] = [below(binWidth / 2), below(-binWidth / 2)]
  const chance = x < -0.999 ? upper : x > 0.999 ? 1 - lower : upper - lower
  return Math.log(Math.max(chance, 1e-12))
}

/** The normal distribution's cumulative function, nearly. */
function cumulative(x: number): number {
  return 0.5 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
}
