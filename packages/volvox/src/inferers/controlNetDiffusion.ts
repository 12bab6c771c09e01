import { parseOptions, type Given } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import type { Floats } from '../schedulers/index.ts'
import { DiffusionInferer } from './diffusion.ts'
import {
  schedulerOption,
  steered,
  type ControlNetPredictor,
  type DiffusionCondition,
  type DiffusionPredictor,
  type LikelihoodOptions,
  type SampleOptions,
} from './diffusionModels.ts'

/** As DiffusionInferer, with a ControlNet and the image that it steers by. */
export interface ControlNetDiffusionInferer {
  readonly infererName: string
  predict(
    inputs: Floats,
    model: DiffusionPredictor,
    controlNet: ControlNetPredictor,
    noise: Floats,
    timesteps: readonly number[],
    cnCond: Floats,
    options?: DiffusionCondition,
  ): Promise<Floats>
  sample(
    inputNoise: Floats,
    model: DiffusionPredictor,
    controlNet: ControlNetPredictor,
    cnCond: Floats,
    options?: SampleOptions,
  ): Promise<Floats>
  getLikelihood(
    inputs: Floats,
    model: DiffusionPredictor,
    controlNet: ControlNetPredictor,
    cnCond: Floats,
    options: LikelihoodOptions,
  ): Promise<Float32Array>
}

const name = 'ControlNetDiffusionInferer'
const schema = { scheduler: schedulerOption }

/**
 * Training and sampling with a diffusion network that a ControlNet steers (MONAI 1.5 ControlNetDiffusionInferer: the
 * ControlNet sees the same image and context as the network).
 */
export const ControlNetDiffusionInferer: Component & {
  (given: Given<typeof schema>): ControlNetDiffusionInferer
  readonly schema: typeof schema
} = Object.assign(
  (given: Given<typeof schema>): ControlNetDiffusionInferer => {
    const inferer = DiffusionInferer(parseOptions(name, schema, given))
    return {
      infererName: name,
      predict: (inputs, model, controlNet, noise, timesteps, cnCond, options = {}) =>
        inferer.predict(inputs, steered(model, controlNet, cnCond), noise, timesteps, unlessMissing(options)),
      sample: (inputNoise, model, controlNet, cnCond, options = {}) =>
        inferer.sample(inputNoise, steered(model, controlNet, cnCond), unlessMissing(options)),
      getLikelihood: (inputs, model, controlNet, cnCond, options) =>
        inferer.getLikelihood(inputs, steered(model, controlNet, cnCond), unlessMissing(options)),
    }
  },
  { componentName: name, schema },
)

/** Without a condition there are no channels to add, whatever the mode: what steers is there in any case. */
export function unlessMissing<T extends DiffusionCondition>(options: T): T {
  return options.condition ? options : { ...options, mode: 'crossattn' }
}
