import { parseOptions, type Given } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import type { Floats } from '../schedulers/index.ts'
import {
  predicted,
  schedulerOption,
  type DiffusionCondition,
  type DiffusionPredictor,
  type LikelihoodOptions,
  type SampleOptions,
} from './diffusionModels.ts'
import { sampled } from './diffusionSteps.ts'
import { likelihood } from './likelihood.ts'

export interface DiffusionInferer {
  readonly infererName: string
  /** What the network makes of images with noise: what training compares with the noise. */
  predict(
    inputs: Floats,
    model: DiffusionPredictor,
    noise: Floats,
    timesteps: readonly number[],
    options?: DiffusionCondition,
  ): Promise<Floats>
  /** Images from noise, by all steps of the scheduler. */
  sample(inputNoise: Floats, model: DiffusionPredictor, options?: SampleOptions): Promise<Floats>
  /** A bound on the negative log-likelihood of each image, in nats per element; for DDPM schedulers. */
  getLikelihood(inputs: Floats, model: DiffusionPredictor, options: LikelihoodOptions): Promise<Float32Array>
}

const name = 'DiffusionInferer'
const schema = { scheduler: schedulerOption }

/** Training and sampling with a diffusion network (MONAI DiffusionInferer). */
export const DiffusionInferer: Component & {
  (given: Given<typeof schema>): DiffusionInferer
  readonly schema: typeof schema
} = Object.assign(
  (given: Given<typeof schema>): DiffusionInferer => {
    const { scheduler } = parseOptions(name, schema, given)
    return {
      infererName: name,
      predict: async (inputs, model, noise, timesteps, options = {}) =>
        predicted(name, model, scheduler.addNoise(inputs, noise, timesteps), timesteps, options),
      sample: (inputNoise, model, options = {}) => sampled(name, scheduler, inputNoise, model, options),
      getLikelihood: (inputs, model, options) => likelihood(name, scheduler, inputs, model, options),
    }
  },
  { componentName: name, schema },
)
