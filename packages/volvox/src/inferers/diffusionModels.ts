import { OptionError, ShapeError, shown } from '../core/errors.ts'
import { instance } from '../core/options.ts'
import { sameShape } from '../core/tensor.ts'
import type { TorchGenerator } from '../rng/index.ts'
import type { Floats, Scheduler } from '../schedulers/index.ts'

/**
 * Runs a diffusion network: images `[N, C, ...]`, a time for each of them, a context where there is one, and what a
 * ControlNet gave where there is one. What else a network takes, such as labels of SPADE, belongs into the function.
 */
export type DiffusionPredictor = (
  images: Floats,
  timesteps: readonly number[],
  context: Floats | null,
  residuals?: readonly Floats[],
) => Floats | Promise<Floats>

/** Runs a ControlNet: images, times, the image to steer by, and a context where there is one. */
export type ControlNetPredictor = (
  images: Floats,
  timesteps: readonly number[],
  condition: Floats,
  context: Floats | null,
) => readonly Floats[] | Promise<readonly Floats[]>

/** An autoencoder between images and what a diffusion network draws. */
export interface LatentCoder {
  /** MONAI's `encode_stage_2_inputs`. */
  encode(images: Floats): Floats | Promise<Floats>
  /** MONAI's `decode_stage_2_outputs`. */
  decode(latents: Floats): Floats | Promise<Floats>
}

/** What a network is told beside image and time. */
export interface DiffusionCondition {
  readonly condition?: Floats | null
  /** Whether the condition is the network's context, or further channels of the image. */
  readonly mode?: 'crossattn' | 'concat'
}

export interface SampleOptions extends DiffusionCondition {
  /** Another scheduler than the inferer's. */
  readonly scheduler?: Scheduler
  /** How far to go beyond what the condition makes of an image without it (Ho and Salimans 2022; MONAI 1.5). */
  readonly cfg?: number | null
  /** Of DDIM: how much noise is added, from none (0, the default) to as much as DDPM does (1). */
  readonly eta?: number
  /** Draws the noise of schedulers that add some, as torch does. */
  readonly generator?: TorchGenerator
  /** Called with the image after each step whose number this divides. */
  readonly intermediateSteps?: number
  readonly onIntermediate?: (image: Floats, timestep: number) => void | Promise<void>
}

export interface LikelihoodOptions extends DiffusionCondition {
  /** Another DDPM scheduler than the inferer's. */
  readonly scheduler?: Scheduler
  /** Draws the noise, as torch does. */
  readonly generator: TorchGenerator
  /** The range of whole numbers that images had, and the range they were scaled to. */
  readonly originalInputRange?: readonly [number, number]
  readonly scaledInputRange?: readonly [number, number]
  /** Called with the divergence of each element, step by step. */
  readonly onIntermediate?: (divergence: Floats, timestep: number) => void | Promise<void>
}

/** The option that all diffusion inferers have. */
export const schedulerOption = instance<Scheduler>(
  'a scheduler, e.g. DDPMScheduler()',
  (given) => typeof given === 'object' && given !== null && 'addNoise' in given && 'step' in given,
).req('Adds noise, and takes it away.')

/** The network's output for images and a condition. */
export function predicted(
  where: string,
  model: DiffusionPredictor,
  images: Floats,
  timesteps: readonly number[],
  { condition = null, mode = 'crossattn' }: DiffusionCondition,
): Floats | Promise<Floats> {
  if (mode === 'crossattn') return model(images, timesteps, condition)
  if (!condition) throw new OptionError(where, 'mode is "concat", but there is no condition; give the channels to add')
  return model(besideChannels(where, images, condition), timesteps, null)
}

/** A diffusion network that a ControlNet steers. With guidance images come twice, and so does what steers them. */
export function steered(
  model: DiffusionPredictor,
  controlNet: ControlNetPredictor,
  condition: Floats,
): DiffusionPredictor {
  return async (images, timesteps, context) =>
    model(images, timesteps, context, await controlNet(images, timesteps, asOften(condition, images), context))
}

/** What steers images, twice where they come twice. */
export function asOften(steering: Floats, images: Floats): Floats {
  return images.shape[0] === 2 * steering.shape[0] ? after(steering, steering) : steering
}

/** The items of both, one after the other. */
export function after(a: Floats, b: Floats): Floats {
  const data = new Float32Array(a.data.length + b.data.length)
  data.set(a.data)
  data.set(b.data, a.data.length)
  return { dtype: 'float32', shape: [a.shape[0] + b.shape[0], ...a.shape.slice(1)], data }
}

/** The channels of both images, one after the other. */
function besideChannels(where: string, a: Floats, b: Floats): Floats {
  const [samples, channels, ...spatial] = a.shape
  if (b.shape[0] !== samples || !sameShape(b.shape.slice(2), spatial))
    throw new ShapeError(
      where,
      `the condition ${shown(b.shape)} does not go beside images ${shown(a.shape)}; give [${samples}, channels, ${spatial.join(', ')}]`,
    )
  const [sizeA, sizeB] = [a.data.length / samples, b.data.length / samples]
  const data = new Float32Array(a.data.length + b.data.length)
  for (let n = 0; n < samples; n++) {
    data.set(a.data.subarray(n * sizeA, (n + 1) * sizeA), n * (sizeA + sizeB))
    data.set(b.data.subarray(n * sizeB, (n + 1) * sizeB), n * (sizeA + sizeB) + sizeA)
  }
  return { dtype: 'float32', shape: [samples, channels + b.shape[1], ...spatial], data }
}
