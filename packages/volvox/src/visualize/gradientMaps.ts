import { ShapeError } from '../core/errors.ts'
import { bool, count, int, nonNegative, parseOptions, type Given, type Schema, type Values } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import type { FloatTensor } from '../core/tensor.ts'
import { TorchGenerator } from '../rng/index.ts'
import { visual } from './component.ts'
import type { ClassIndex, VisualModel } from './model.ts'

/** How the score of a class depends on each voxel of one image `[1, C, ...]`; the most probable class unless given. */
export type GradientMap = (x: FloatTensor, index?: ClassIndex) => Promise<FloatTensor>

/** A kind of gradient map. */
export interface GradientMapComponent<S extends Schema> extends Component {
  (options: Given<S>): GradientMap
  readonly schema: S
}

function gradientComponent<S extends Schema>(
  name: string,
  schema: S,
  make: (options: Values<S>) => GradientMap,
): GradientMapComponent<S> {
  const create = (given: Given<S>): GradientMap => {
    const map = make(parseOptions(name, schema, given))
    return async (x, index) => {
      if (x.shape[0] !== 1)
        throw new ShapeError(name, `was given ${x.shape[0]} images; it takes one, [1, channel, ...spatial]`)
      return map(x, index)
    }
  }
  return Object.assign(create, { componentName: name, schema })
}

const modelOption = { model: visual.req('The network, as a visualModel.') }

const smoothOptions = {
  ...modelOption,
  stdevSpread: nonNegative.opt("Deviation of the noise as a share of the image's extent.", 0.15),
  nSamples: count.opt('Noisy images that are averaged over.', 25),
  magnitude: bool.opt('Whether gradients are squared before they are averaged.', true),
  verbose: bool.opt('No effect: the caller shows progress.', true),
  seed: int.opt("Seed of the noise, as torch's.", 0),
}

const plain =
  (guided: boolean) =>
  ({ model }: { readonly model: VisualModel }): GradientMap =>
  async (x, index = null) =>
    (await model.explain(x, { classIdx: index, guided })).inputGradient

/** The gradient of a class's score (MONAI VanillaGrad; Simonyan et al. 2014). */
export const VanillaGrad: GradientMapComponent<typeof modelOption> = gradientComponent(
  'VanillaGrad',
  modelOption,
  plain(false),
)

/** The same with only positive gradients passing ReLUs (MONAI GuidedBackpropGrad; Springenberg et al. 2015). */
export const GuidedBackpropGrad: GradientMapComponent<typeof modelOption> = gradientComponent(
  'GuidedBackpropGrad',
  modelOption,
  plain(true),
)

/** The mean of gradients on noisy copies of the image; every call goes on with the noise (MONAI SmoothGrad; Smilkov et al. 2017). */
export const SmoothGrad: GradientMapComponent<typeof smoothOptions> = gradientComponent(
  'SmoothGrad',
  smoothOptions,
  (options) => smooth(plain(false)(options), options),
)

/** SmoothGrad with guided backpropagation (MONAI GuidedBackpropSmoothGrad). */
export const GuidedBackpropSmoothGrad: GradientMapComponent<typeof smoothOptions> = gradientComponent(
  'GuidedBackpropSmoothGrad',
  smoothOptions,
  (options) => smooth(plain(true)(options), options),
)

function smooth(gradient: GradientMap, options: Values<typeof smoothOptions>): GradientMap {
  const { stdevSpread, nSamples, magnitude, seed } = options
  const random = new TorchGenerator(seed)
  return async (x, index) => {
    const least = x.data.reduce((a, b) => Math.min(a, b), Infinity)
    const most = x.data.reduce((a, b) => Math.max(a, b), -Infinity)
    const total = new Float32Array(x.data.length)
    for (let n = 0; n < nSamples; n++) {
      const noise = random.normal(0, stdevSpread * (most - least), total.length)
      const { data } = await gradient({ ...x, data: x.data.map((value, i) => value + noise[i]) }, index)
      for (let i = 0; i < total.length; i++) total[i] += magnitude ? data[i] * data[i] : data[i]
    }
    return { ...x, data: total.map((sum) => (magnitude ? Math.sqrt(sum) : sum) / nSamples) }
  }
}
