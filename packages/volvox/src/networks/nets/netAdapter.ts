import { ShapeError, shown } from '../../core/errors.ts'
import { anything, bool, count, text, type Schema, type Values } from '../../core/options.ts'
import { sizeOf } from '../../core/tensor.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { conv } from '../blocks/conv.ts'
import { linear } from '../blocks/linear.ts'
import { poolLayer } from '../blocks/pool.ts'
import { identity, layer, replacedAt, sequential, type Layer, type Output } from '../layer.ts'
import { named } from '../named.ts'
import { network, networkOption, optionError, outputsOf } from '../network.ts'
import { noDownload } from '../pretrained.ts'
import { torchvisionModel } from '../torchvision/models.ts'

const head = {
  numClasses: count.opt('Classes.', 1),
  dim: count.where((n) => n <= 3, '1, 2 or 3').opt('Spatial axes of the model.', 2),
  inChannels: count.opt('Features that the last layer takes; those that it takes in the model when null.', null),
  useConv: bool.opt('Whether the last layer is a convolution rather than linear.', false),
  pool: named
    .nullable()
    .opt('Pool before the last layer, in place of the one of the model, which stays when null; none when "".', [
      'avg',
      { kernel_size: 7, stride: 1 },
    ]),
  bias: bool.opt('Whether the last layer has a bias.', true),
} satisfies Schema

const places = {
  fcName: text.opt('Path of the last layer in the model.', 'fc'),
  nodeName: text.opt(
    'The part of the model after which pool and last layer follow; all but its last two when empty.',
    '',
  ),
} satisfies Schema

type AdapterOptions = Values<typeof head> & Values<typeof places>

/** A network with another last layer, and another pool before it if wanted (MONAI NetAdapter). */
export const NetAdapter = network({
  name: 'NetAdapter',
  options: { model: networkOption.req('The network to adapt.'), ...head, ...places },
  input: ({ model: { inputRule } }) =>
    inputRule && { channels: inputRule.channels, spatialDims: inputRule.spatialDims },
  build: ({ model, ...o }) => adapted(model.layer, o),
})

/**
 * A model of torchvision with another last layer (MONAI TorchVisionFCModel): `[N, 3, H, W]` to `[N, numClasses]`, or to
 * `[N, numClasses, ...]` with `useConv`.
 */
export const TorchVisionFCModel = network({
  name: 'TorchVisionFCModel',
  options: {
    modelName: text.opt('The model.', 'resnet18'),
    ...head,
    pretrained: bool.opt('Whether the model is to begin with weights for ImageNet, which have to be loaded.', false),
    ...places,
    weights: anything.opt('Which weights for ImageNet the model is to begin with, which have to be loaded.', null),
  },
  input: ({ modelName }) => ({ channels: 3, spatialDims: 2, least: modelName === 'inception_v3' ? 75 : 1 }),
  checkInit: ({ pretrained, weights }) => noDownload(pretrained || weights !== null),
  build: ({ modelName, pretrained, weights, ...o }) =>
    adapted(torchvisionModel(modelName, pretrained || weights !== null, 'modelName'), o),
})

function adapted(model: Layer<Output>, o: AdapterOptions): Layer {
  const parts = Object.values(model.children)
  const fc = at(model, o.fcName) ?? parts[parts.length - 1]
  const channels = o.inChannels ?? featuresOf(fc)
  if (channels === null)
    optionError(
      'inChannels',
      `is missing, and the last layer of the model is not linear; give the features that it takes`,
    )
  return layer({
    children: {
      features: featuresBefore(model, o),
      pool: o.pool === null ? undefined : poolLayer(o.pool),
      fc: o.useConv
        ? conv(o.dim, channels, o.numClasses, { kernelSize: 1, bias: o.bias })
        : linear(channels, o.numClasses, { bias: o.bias }),
    },
    forward: (own, [x]) => {
      const features: Value = outputsOf(own.features(x))[0]
      const y = own.pool ? own.pool(features) : features
      if (!o.useConv) {
        if (sizeOf(y.shape.slice(1)) !== channels)
          throw new ShapeError(
            'fc',
            `takes ${channels} numbers of a sample, and the map before it has shape ${shown(y.shape)}; give images of the size that pool was made for, or another pool`,
          )
        return own.fc(m.reshape(y, [y.shape[0], channels]))
      }
      const missing = Math.max(0, o.dim + 2 - y.shape.length)
      return own.fc(m.reshape(y, [...y.shape, ...new Array<number>(missing).fill(1)]))
    },
  })
}

/** The part of the model whose features go on. */
function featuresBefore(model: Layer<Output>, { pool, fcName, nodeName }: AdapterOptions): Layer<Output> {
  const entries = Object.entries(model.children) as [string, Layer][] // of one output each, or the graph refuses them
  const row = (layers: Parameters<typeof sequential>[0]): Layer => ({ ...sequential(layers), initOf: model.initOf })
  if (pool === null) {
    if (nodeName !== '') optionError('nodeName', `"${nodeName}" does not go with the model's own pool; set pool to ""`)
    return replacedAt(model, fcName, identity) ?? row(entries.slice(0, -1).map(([, part]) => part))
  }
  if (nodeName === '') return row(entries.slice(0, -2).map(([, part]) => part))
  const last = entries.findIndex(([name]) => name === nodeName)
  if (last < 0)
    optionError(
      'nodeName',
      `"${nodeName}" is not a part of the model; use one of ${entries.map(([name]) => name).join(', ')}`,
    )
  return row(Object.fromEntries(entries.slice(0, last + 1)))
}

function at(model: Layer<Output>, path: string): Layer<Output> | undefined {
  return path.split('.').reduce<Layer<Output> | undefined>((part, name) => part?.children[name], model)
}

/** Features that a linear layer takes; null for other layers. */
function featuresOf(part: Layer<Output> | undefined): number | null {
  const weight = part?.weights.weight
  return weight && weight.role === 'kernel' && weight.shape.length === 2 ? weight.shape[1] : null
}
