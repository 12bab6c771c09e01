import { OptionError } from '../core/errors.ts'
import { ints, number, oneOf, parseOptions, type Given } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { sameShape } from '../core/tensor.ts'
import { mixed, type Floats } from '../schedulers/scheduler.ts'
import { unlessMissing } from './controlNetDiffusion.ts'
import { DiffusionInferer } from './diffusion.ts'
import {
  schedulerOption,
  steered,
  type ControlNetPredictor,
  type DiffusionCondition,
  type DiffusionPredictor,
  type LatentCoder,
  type LikelihoodOptions,
  type SampleOptions,
} from './diffusionModels.ts'
import { resizeSpatial } from './resizeSpatial.ts'
import { cropSpatial, paddingTo, padSpatial } from './volume.ts'

export interface LatentLikelihoodOptions extends Omit<LikelihoodOptions, 'originalInputRange' | 'scaledInputRange'> {
  /** Whether divergences are shown at the size of the images; by which interpolation. */
  readonly resampleLatentLikelihoods?: boolean
  readonly resampleInterpolationMode?: 'nearest' | 'bilinear' | 'trilinear'
}

/** As DiffusionInferer, where the network draws what an autoencoder makes images of. */
export interface LatentDiffusionInferer {
  readonly infererName: string
  predict(
    inputs: Floats,
    autoencoder: LatentCoder,
    model: DiffusionPredictor,
    noise: Floats,
    timesteps: readonly number[],
    options?: DiffusionCondition,
  ): Promise<Floats>
  /** Images; what is shown on the way is decoded, too. */
  sample(
    inputNoise: Floats,
    autoencoder: LatentCoder,
    model: DiffusionPredictor,
    options?: SampleOptions,
  ): Promise<Floats>
  /** Of what the autoencoder makes of the images. */
  getLikelihood(
    inputs: Floats,
    autoencoder: LatentCoder,
    model: DiffusionPredictor,
    options: LatentLikelihoodOptions,
  ): Promise<Float32Array>
}

/** As LatentDiffusionInferer, with a ControlNet and the image that it steers by, resized where it must be. */
export interface ControlNetLatentDiffusionInferer {
  readonly infererName: string
  predict(
    inputs: Floats,
    autoencoder: LatentCoder,
    model: DiffusionPredictor,
    controlNet: ControlNetPredictor,
    noise: Floats,
    timesteps: readonly number[],
    cnCond: Floats,
    options?: DiffusionCondition,
  ): Promise<Floats>
  sample(
    inputNoise: Floats,
    autoencoder: LatentCoder,
    model: DiffusionPredictor,
    controlNet: ControlNetPredictor,
    cnCond: Floats,
    options?: SampleOptions,
  ): Promise<Floats>
  getLikelihood(
    inputs: Floats,
    autoencoder: LatentCoder,
    model: DiffusionPredictor,
    controlNet: ControlNetPredictor,
    cnCond: Floats,
    options: LatentLikelihoodOptions,
  ): Promise<Float32Array>
}

const schema = {
  scheduler: schedulerOption,
  scaleFactor: number
    .where((x) => x !== 0, 'other than 0')
    .opt('What latents are multiplied with, so that their deviation is about 1.', 1),
  ldmLatentShape: ints.opt('Spatial size that latents are padded to for the network.', null),
  autoencoderLatentShape: ints.opt('Spatial size that they are cropped to before they are decoded.', null),
}

type Schema = typeof schema

/** Training and sampling with a diffusion network of latents (Rombach et al. 2022, MONAI LatentDiffusionInferer). */
export const LatentDiffusionInferer: Component & {
  (given: Given<Schema>): LatentDiffusionInferer
  readonly schema: Schema
} = Object.assign(
  (given: Given<Schema>): LatentDiffusionInferer => {
    const { inferer, encode, decode } = latent('LatentDiffusionInferer', given)
    return {
      infererName: 'LatentDiffusionInferer',
      predict: async (inputs, autoencoder, model, noise, timesteps, options) =>
        inferer.predict(await encode(autoencoder, inputs), model, noise, timesteps, options),
      sample: async (inputNoise, autoencoder, model, options = {}) =>
        decode(autoencoder, await inferer.sample(inputNoise, model, decodedOnTheWay(options, autoencoder, decode))),
      getLikelihood: async (inputs, autoencoder, model, options) =>
        inferer.getLikelihood(await encode(autoencoder, inputs), model, shownAs(inputs, options)),
    }
  },
  { componentName: 'LatentDiffusionInferer', schema },
)

/** The same with a ControlNet (MONAI 1.5 ControlNetLatentDiffusionInferer). */
export const ControlNetLatentDiffusionInferer: Component & {
  (given: Given<Schema>): ControlNetLatentDiffusionInferer
  readonly schema: Schema
} = Object.assign(
  (given: Given<Schema>): ControlNetLatentDiffusionInferer => {
    const { inferer, encode, decode } = latent('ControlNetLatentDiffusionInferer', given)
    return {
      infererName: 'ControlNetLatentDiffusionInferer',
      async predict(inputs, autoencoder, model, controlNet, noise, timesteps, cnCond, options = {}) {
        const latents = await encode(autoencoder, inputs)
        const controlled = steered(model, controlNet, sizedAs(latents, cnCond))
        return inferer.predict(latents, controlled, noise, timesteps, unlessMissing(options))
      },
      async sample(inputNoise, autoencoder, model, controlNet, cnCond, options = {}) {
        const controlled = steered(model, controlNet, sizedAs(inputNoise, cnCond))
        const shown = decodedOnTheWay(unlessMissing(options), autoencoder, decode)
        return decode(autoencoder, await inferer.sample(inputNoise, controlled, shown))
      },
      async getLikelihood(inputs, autoencoder, model, controlNet, cnCond, options) {
        const latents = await encode(autoencoder, inputs)
        const controlled = steered(model, controlNet, sizedAs(latents, cnCond))
        return inferer.getLikelihood(latents, controlled, shownAs(inputs, unlessMissing(options)))
      },
    }
  },
  { componentName: 'ControlNetLatentDiffusionInferer', schema },
)

/** An inferer of latents, and the way from images to them and back. */
function latent(name: string, given: Given<Schema>) {
  const { scheduler, scaleFactor, ldmLatentShape, autoencoderLatentShape } = parseOptions(name, schema, given)
  if ((ldmLatentShape === null) !== (autoencoderLatentShape === null))
    throw new OptionError(name, 'got one of ldmLatentShape and autoencoderLatentShape; give both or neither')
  return {
    inferer: DiffusionInferer({ scheduler }),
    async encode(autoencoder: LatentCoder, images: Floats): Promise<Floats> {
      const latents = mixed([scaleFactor, await autoencoder.encode(images)])
      return ldmLatentShape ? paddedTo(name, latents, ldmLatentShape) : latents
    },
    async decode(autoencoder: LatentCoder, latents: Floats): Promise<Floats> {
      const cropped = autoencoderLatentShape ? centreOf(name, latents, autoencoderLatentShape) : latents
      return autoencoder.decode({ ...cropped, data: cropped.data.map((x) => x / scaleFactor) })
    },
  }
}

/** Shows images instead of latents. */
function decodedOnTheWay(
  { onIntermediate, ...options }: SampleOptions,
  autoencoder: LatentCoder,
  decode: (autoencoder: LatentCoder, latents: Floats) => Promise<Floats>,
): SampleOptions {
  if (!onIntermediate) return options
  return { ...options, onIntermediate: async (latents, t) => onIntermediate(await decode(autoencoder, latents), t) }
}

const resampleModes = oneOf('nearest', 'bilinear', 'trilinear')

/** Shows divergences at the size of the images, if told so. */
function shownAs(images: Floats, options: LatentLikelihoodOptions): LikelihoodOptions {
  const { resampleLatentLikelihoods = false, resampleInterpolationMode = 'nearest', onIntermediate, ...rest } = options
  if (!onIntermediate || !resampleLatentLikelihoods) return options
  const mode = resampleModes.parse(resampleInterpolationMode, 'getLikelihood.resampleInterpolationMode')
  return {
    ...rest,
    onIntermediate: (divergence, t) =>
      onIntermediate(resizeSpatial(divergence, images.shape.slice(2), mode === 'nearest' ? mode : 'linear'), t),
  }
}

/** The image to steer by, at the size of what it steers. */
function sizedAs(latents: Floats, condition: Floats): Floats {
  const size = latents.shape.slice(2)
  return sameShape(condition.shape.slice(2), size) ? condition : resizeSpatial(condition, size, 'nearest')
}

/** Zeros around latents, as MONAI SpatialPad adds them. */
function paddedTo(name: string, latents: Floats, size: readonly number[]): Floats {
  const own = spatialOf(name, 'ldmLatentShape', latents, size)
  const { before, after } = paddingTo(size, own)
  return padSpatial(latents, before, after, 'constant', 0)
}

/** The middle of latents, as MONAI CenterSpatialCrop takes it. */
function centreOf(name: string, latents: Floats, size: readonly number[]): Floats {
  const own = spatialOf(name, 'autoencoderLatentShape', latents, size)
  const kept = own.map((n, axis) => (size[axis] > 0 ? Math.min(size[axis], n) : n))
  const start = own.map((n, axis) => Math.max(Math.floor(n / 2) - Math.floor(kept[axis] / 2), 0))
  return cropSpatial(latents, start, kept)
}

function spatialOf(name: string, option: string, { shape }: Floats, size: readonly number[]): readonly number[] {
  const own = shape.slice(2)
  if (own.length !== size.length)
    throw new OptionError(
      `${name}.${option}`,
      `[${size.join(', ')}] has ${size.length} values; the latents have ${own.length} spatial axes`,
    )
  return own
}
