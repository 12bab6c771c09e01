import { OptionError, ShapeError } from '../core/errors.ts'
import { Kind, instance, parseOptions, type Given, type Schema, type Values } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { floats, sizeOf, type FloatTensor } from '../core/tensor.ts'
import { z } from 'zod'
import { visual } from './component.ts'
import type { ClassIndex, Explanation, VisualModel } from './model.ts'
import { defaultNormalizer, defaultUpsampler } from './upsample.ts'

const layerNames: Kind<string | readonly string[]> = new Kind('the path of a layer, or a list of them', () =>
  z.union([z.string(), z.array(z.string()).min(1).readonly()]),
)
const isFunction = (value: unknown): boolean => typeof value === 'function'
const upsampler = instance<(spatialSize: readonly number[]) => (map: FloatTensor) => FloatTensor>(
  'a function of a size that gives a function of a map',
  isFunction,
)
const change = instance<(map: FloatTensor) => FloatTensor>('a function of a map', isFunction)

const mapOptions = {
  nnModule: visual.req('The network, as a visualModel.'),
  targetLayers: layerNames.req("The layer whose output is looked at, or several, by MONAI's paths."),
  upsampler: upsampler.opt('Brings maps to the size of the image.', defaultUpsampler),
  postprocessing: change.opt('Changes maps of that size.', defaultNormalizer),
}

export interface MapCall {
  /** The class to explain; the most probable unless given. */
  readonly classIdx?: ClassIndex
  /** Which of the target layers; the last unless given. */
  readonly layerIdx?: number
}

/** A class activation map: how much each place of an image `[N, C, ...]` speaks for a class, `[N, 1, ...]`. */
export interface ActivationMap {
  (x: FloatTensor, call?: MapCall): Promise<FloatTensor>
  /** The same as it comes from the layer: of its size, and not normalised. */
  computeMap(x: FloatTensor, call?: MapCall): Promise<FloatTensor>
  /** The shape of what `computeMap` gives for images of a shape. */
  featureMapSize(inputSize: readonly number[], call?: MapCall): Promise<readonly number[]>
}

/** A kind of class activation map. */
export interface ActivationMapComponent<S extends Schema> extends Component {
  (options: Given<S>): ActivationMap
  readonly schema: S
}

function mapComponent<S extends typeof mapOptions>(
  name: string,
  schema: S,
  mapOf: (explanation: Explanation, layer: number, model: VisualModel, options: Values<S>) => FloatTensor,
): ActivationMapComponent<S> {
  const create = (given: Given<S>): ActivationMap => {
    const options = parseOptions(name, schema, given)
    const own: Values<typeof mapOptions> = options // S has them, and perhaps more
    const layers = typeof own.targetLayers === 'string' ? [own.targetLayers] : own.targetLayers
    const computeMap = async (x: FloatTensor, { classIdx = null, layerIdx = -1 }: MapCall = {}) => {
      const layer = layerIdx < 0 ? layerIdx + layers.length : layerIdx
      if (layers[layer] === undefined)
        throw new OptionError(`${name}.layerIdx`, `${layerIdx} is not one of the ${layers.length} target layers`)
      return mapOf(await own.nnModule.explain(x, { layers, classIdx }), layer, own.nnModule, options)
    }
    const whole = async (x: FloatTensor, call?: MapCall) =>
      own.postprocessing(own.upsampler(x.shape.slice(2))(await computeMap(x, call)))
    const featureMapSize = async (size: readonly number[], call?: MapCall) =>
      (await computeMap(floats(size), call)).shape
    return Object.assign(whole, { computeMap, featureMapSize })
  }
  return Object.assign(create, { componentName: name, schema })
}

/** Weights a layer's channels by their mean gradient (Grad-CAM; MONAI GradCAM, Selvaraju et al. 2017). */
export const GradCAM: ActivationMapComponent<typeof mapOptions> = mapComponent(
  'GradCAM',
  mapOptions,
  ({ activations, gradients }, layer) =>
    positiveSum(activations[layer], gradients[layer], (grad) => grad.reduce((sum, g) => sum + g, 0) / grad.length),
)

/** Weights a layer's channels by their gradients where these are positive (MONAI GradCAMpp; Chattopadhyay et al. 2018). */
export const GradCAMpp: ActivationMapComponent<typeof mapOptions> = mapComponent(
  'GradCAMpp',
  mapOptions,
  ({ activations, gradients, scores }, layer) =>
    positiveSum(activations[layer], gradients[layer], (grad, acti, item) => {
      const cubes = grad.reduce((sum, g, i) => sum + acti[i] * g ** 3, 0)
      return grad.reduce((sum, g) => {
        const divisor = 2 * g * g + cubes
        const alpha = (g * g) / ((divisor === 0 ? 1 : divisor) + 1e-7)
        return sum + alpha * Math.max(0, Math.exp(scores[item]) * g)
      }, 0)
    }),
)

const camOptions = {
  ...mapOptions,
  fcLayers: new Kind<string | ((features: FloatTensor) => FloatTensor)>(
    'the path of a layer, or a function of features',
    () => z.union([z.string(), z.custom<(features: FloatTensor) => FloatTensor>(isFunction)]),
  ).opt('The linear layer that makes scores of pooled channels, or a function from [N, C] to [N, classes].', 'fc'),
}

/** What the last linear layer says of every place before pooling (MONAI CAM; Zhou et al. 2016). */
export const CAM: ActivationMapComponent<typeof camOptions> = mapComponent(
  'CAM',
  camOptions,
  ({ activations, classes }, layer, model, { fcLayers }) => {
    const { shape, data } = activations[layer]
    const [items, channels, ...spatial] = shape
    const voxels = sizeOf(spatial)
    const features = floats([items * voxels, channels])
    for (let item = 0; item < items; item++)
      for (let c = 0; c < channels; c++)
        for (let i = 0; i < voxels; i++)
          features.data[(item * voxels + i) * channels + c] = data[(item * channels + c) * voxels + i]
    const scores = typeof fcLayers === 'string' ? linear(model, fcLayers, features) : fcLayers(features)
    const map = floats([items, 1, ...spatial])
    for (let row = 0; row < map.data.length; row++)
      map.data[row] = scores.data[row * scores.shape[1] + classes[Math.floor(row / voxels)]]
    return map
  },
)

/** For each item the sum of its channels times their weights, where it is positive. */
function positiveSum(
  activation: FloatTensor,
  gradient: FloatTensor,
  weightOf: (gradient: Float32Array, activation: Float32Array, item: number) => number,
): FloatTensor {
  const [items, channels, ...spatial] = activation.shape
  const voxels = sizeOf(spatial)
  const map = floats([items, 1, ...spatial])
  for (let item = 0; item < items; item++) {
    const sums = new Float64Array(voxels)
    for (let c = 0; c < channels; c++) {
      const from = (item * channels + c) * voxels
      const values = activation.data.subarray(from, from + voxels)
      const weight = weightOf(gradient.data.subarray(from, from + voxels), values, item)
      for (let i = 0; i < voxels; i++) sums[i] += weight * values[i]
    }
    for (let i = 0; i < voxels; i++) map.data[item * voxels + i] = Math.max(0, sums[i])
  }
  return map
}

/** A linear layer of the network on rows of features. */
function linear({ network, weights }: VisualModel, path: string, { shape, data }: FloatTensor): FloatTensor {
  const weight = weights[`${path}.weight`]
  const bias = weights[`${path}.bias`]
  const [rows, channels] = shape
  if (!weight || weight.shape.length !== 2)
    throw new OptionError('CAM.fcLayers', `"${path}" is no linear layer of this ${network.name}; name its last one`)
  const [classes, takes] = weight.shape
  if (takes !== channels)
    throw new ShapeError(
      'CAM.fcLayers',
      `"${path}" takes ${takes} channels and the target layer gives ${channels}; name the layer before the pooling`,
    )
  const out = floats([rows, classes])
  const [w, b] = [weight.data, bias?.data].map((values) => values as Float32Array | undefined)
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < classes; k++) {
      let sum = b?.[k] ?? 0
      for (let c = 0; c < channels; c++) sum += data[row * channels + c] * w![k * channels + c]
      out.data[row * classes + k] = sum
    }
  return out
}
