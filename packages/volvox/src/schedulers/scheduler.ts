import { OptionError, ShapeError, shown } from '../core/errors.ts'
import { bool, number, oneOf, type Given, type Schema, type Values } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { sameShape, sizeOf, type Tensor } from '../core/tensor.ts'
import type { TorchGenerator } from '../rng/index.ts'
import type { NoiseSchedule } from './noise.ts'

/** Images `[N, C, ...]`, or what a network makes of them. */
export type Floats = Tensor<Float32Array>

/** What a step gives. */
export interface SchedulerStep {
  /** The image with less noise. */
  readonly previous: Floats
  /** The image without noise, as far as it can be told by now; null where the method does not say. */
  readonly original: Floats | null
}

export interface StepOptions {
  /** Draws the noise of methods that add some, as torch does. */
  readonly generator?: TorchGenerator
  /** Of DDIM: how much noise is added, from none (0, the default) to as much as DDPM does (1). */
  readonly eta?: number
  /** Of rectified flow: the step that comes next; evenly many unless given. */
  readonly nextTimestep?: number
}

/** Adds noise to images for training, and takes it away step by step. */
export interface Scheduler {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  readonly numTrainTimesteps: number
  /** The steps of sampling, noisiest first. */
  readonly timesteps: readonly number[]
  /** Chooses so many steps for sampling, and forgets what earlier steps left behind. */
  setTimesteps(numInferenceSteps: number, imageVoxels?: number): void
  /** Images with as much noise as there is at these steps, one for each image. */
  addNoise(original: Floats, noise: Floats, timesteps: readonly number[]): Floats
  /** One step back from `timestep`: from the noisy images and what the network made of them. */
  step(modelOutput: Floats, timestep: number, sample: Floats, options?: StepOptions): SchedulerStep
}

/** A scheduler whose noise grows by a schedule. */
export interface NoiseScheduler extends Scheduler, NoiseSchedule {
  /** What a network of prediction type `v_prediction` learns (Salimans and Ho 2022). */
  getVelocity(sample: Floats, noise: Floats, timesteps: readonly number[]): Floats
}

/** A kind of scheduler, called with options under MONAI's names in camelCase. */
export interface SchedulerComponent<S extends Schema, T extends Scheduler> extends Component {
  (options?: Given<S>): T
  readonly schema: S
}

/** Weighted sums of images of one shape, element by element. */
export function mixed(...parts: readonly (readonly [weight: number, x: Floats])[]): Floats {
  const [[, { shape }]] = parts
  const data = new Float32Array(sizeOf(shape))
  for (let i = 0; i < data.length; i++) {
    let sum = 0
    for (const [weight, x] of parts) sum += weight * x.data[i]
    data[i] = sum
  }
  return { dtype: 'float32', shape, data }
}

/** The same for each image with weights of its own. */
export function mixedEach(
  where: string,
  a: Floats,
  b: Floats,
  weights: readonly (readonly [number, number])[],
): Floats {
  if (!sameShape(a.shape, b.shape))
    throw new ShapeError(where, `images ${shown(a.shape)} and noise ${shown(b.shape)} differ in shape; they must agree`)
  if (weights.length !== a.shape[0])
    throw new ShapeError(where, `got ${weights.length} timesteps for ${a.shape[0]} images; give one for each`)
  const inner = a.data.length / a.shape[0]
  const data = a.data.map((x, i) => {
    const [first, second] = weights[Math.floor(i / inner)]
    return first * x + second * b.data[i]
  })
  return { dtype: 'float32', shape: a.shape, data }
}

/** What all schedulers of a noise schedule do alike. */
export function noising(
  name: string,
  { alphasCumprod }: NoiseSchedule,
): Pick<NoiseScheduler, 'addNoise' | 'getVelocity'> {
  const roots = (timesteps: readonly number[]) =>
    timesteps.map((t) => {
      const kept = keptAt(name, alphasCumprod, t)
      return [Math.sqrt(kept), Math.sqrt(1 - kept)] as const
    })
  return {
    addNoise: (original, noise, timesteps) => mixedEach(name, original, noise, roots(timesteps)),
    getVelocity: (sample, noise, timesteps) =>
      mixedEach(
        name,
        sample,
        noise,
        roots(timesteps).map(([kept, added]) => [-added, kept] as const),
      ),
  }
}

/** The product of all α up to a step. */
export function keptAt(name: string, alphasCumprod: Float32Array, timestep: number): number {
  const kept = alphasCumprod[timestep]
  if (kept === undefined)
    throw new OptionError(
      name,
      `there is no timestep ${timestep}; give a whole number from 0 to ${alphasCumprod.length - 1}`,
    )
  return kept
}

/** So many steps, evenly spaced over the steps of training, noisiest first; each later by `offset`. */
export function evenSteps(name: string, count: number, trained: number, offset = 0): number[] {
  checkSteps(name, count, trained)
  const ratio = Math.floor(trained / count)
  return Array.from({ length: count }, (_, i) => (count - 1 - i) * ratio + offset)
}

/** Refuses more steps than there are. */
export function checkSteps(name: string, count: number, trained: number): void {
  if (!Number.isInteger(count) || count < 1 || count > trained)
    throw new OptionError(name, `cannot sample in ${count} steps; give 1 to ${trained}, the steps of training`)
}

/** Refuses what a network made for images of another shape. */
export function checkOutput(name: string, output: Floats, sample: Floats): void {
  if (!sameShape(output.shape, sample.shape))
    throw new ShapeError(
      name,
      `the network gave ${shown(output.shape)} for images ${shown(sample.shape)}; the shapes must agree`,
    )
}

/** What a network's output means. */
export type PredictionType = 'epsilon' | 'sample' | 'v_prediction'

/** Options of schedulers that guess the image without noise at every step. */
export const guessOptions = {
  clipSample: bool.opt('Whether the image without noise is kept within bounds.', true),
  predictionType: oneOf('epsilon', 'sample', 'v_prediction').opt(
    'What the network predicts: the noise, the image, or the velocity.',
    'epsilon',
  ),
  clipSampleMin: number.opt('Lower bound.', -1),
  clipSampleMax: number.opt('Upper bound.', 1),
} satisfies Schema

/** The image without noise, within bounds if so told, and the noise, that an output stands for; `kept` as in `predicted`. */
export function guessed(
  output: Floats,
  sample: Floats,
  kept: number,
  { predictionType, clipSample, clipSampleMin, clipSampleMax }: Values<typeof guessOptions>,
): { original: Floats; noise: Floats } {
  const guess = predicted(predictionType, output, sample, kept)
  return clipSample ? { ...guess, original: clipped(guess.original, clipSampleMin, clipSampleMax) } : guess
}

/** The image without noise, and the noise, that an output stands for; `kept` is the product of all α. */
function predicted(
  type: PredictionType,
  output: Floats,
  sample: Floats,
  kept: number,
): { original: Floats; noise: Floats } {
  const [root, added] = [Math.sqrt(kept), Math.sqrt(1 - kept)]
  switch (type) {
    case 'epsilon':
      return { original: mixed([1 / root, sample], [-added / root, output]), noise: output }
    case 'sample':
      return { original: output, noise: mixed([1 / added, sample], [-root / added, output]) }
    case 'v_prediction':
      return { original: mixed([root, sample], [-added, output]), noise: mixed([root, output], [added, sample]) }
  }
}

/** Values kept between two bounds. */
function clipped(x: Floats, least: number, most: number): Floats {
  return { ...x, data: x.data.map((value) => Math.min(Math.max(value, least), most)) }
}

/** Noise of torch's standard normal distribution. */
export function drawnNoise(name: string, shape: readonly number[], generator: TorchGenerator | undefined): Floats {
  if (!generator) throw new OptionError(name, 'this step adds noise, but got no generator; give a TorchGenerator')
  return { dtype: 'float32', shape, data: generator.randn(sizeOf(shape)) }
}
