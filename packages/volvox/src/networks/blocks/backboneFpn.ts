import { z } from 'zod'
import { bool, count, ints, Kind, type Given, type Schema } from '../../core/options.ts'
import { parseOptions } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import type { Value } from '../../graph/ir.ts'
import { layer, type Layer, type Output } from '../layer.ts'
import { network, networkOption, optionError, type Network } from '../network.ts'
import { LastLevelMaxPool, featurePyramid } from './featurePyramid.ts'

export const layerNames: Kind<Readonly<Record<string, string>>> = new Kind(
  'names of layers with names for their maps',
  () => z.record(z.string(), z.string()).readonly(),
)

const options = {
  backbone: networkOption.req('A network whose parts follow each other, such as a ResNet.'),
  returnLayers: layerNames.req('Parts of the backbone whose maps are used, with names for the maps.'),
  inChannelsList: ints.req('Channels of these maps.'),
  outChannels: count.req('Channels of the results.'),
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').opt('Spatial axes; those of the backbone when null.', null),
  extraBlocks: networkOption.opt('What adds further maps; LastLevelMaxPool when null.', null),
} satisfies Schema

/** Maps of a network, made alike by a feature pyramid (MONAI BackboneWithFPN); the largest first. */
export const BackboneWithFPN = network<typeof options, readonly Value[]>({
  name: 'BackboneWithFPN',
  options,
  build({ backbone, returnLayers, inChannelsList, outChannels, spatialDims, extraBlocks }) {
    const axes = spatialDims ?? firstKernel(backbone).length - 2
    const extra = extraBlocks ?? LastLevelMaxPool({ spatialDims: axes })
    const pyramid = featurePyramid(axes, inChannelsList, outChannels, extra.layer)
    return withPyramid(backbone.layer, Object.keys(returnLayers), pyramid)
  },
})

/** A pyramid on the maps of some parts of a backbone, whose parts follow each other. */
export function withPyramid(
  backbone: Layer<Output>,
  wanted: readonly string[],
  pyramid: Layer<readonly Value[]>,
): Layer<readonly Value[]> {
  return layer({
    children: { body: upTo(backbone, wanted), fpn: pyramid },
    forward: (own, [x]): readonly Value[] => own.fpn(...own.body(x)),
  })
}

/** Shape of the first convolution of a network: it tells the channels of the image and the spatial axes. */
export function firstKernel({ name, weights }: Network): readonly number[] {
  const first = weights.find(({ role }) => role === 'kernel')
  if (!first) optionError('backbone', `${name} has no convolution; give a network that has`)
  return first.shape
}

/** The parts of a network up to the last wanted one, each after the other; gives the maps of the wanted ones. */
function upTo(backbone: Layer<Output>, wanted: readonly string[]): Layer<readonly Value[]> {
  const names = Object.keys(backbone.children)
  const missing = wanted.find((name) => !names.includes(name))
  if (missing !== undefined)
    optionError('returnLayers', `"${missing}" is not a part of the backbone; use some of ${names.join(', ')}`)
  const used = names.slice(0, Math.max(...wanted.map((name) => names.indexOf(name))) + 1)
  const children = Object.fromEntries(used.map((name) => [name, backbone.children[name] as Layer])) // of one output each
  const inner = layer({
    children,
    forward: (own, [x]): readonly Value[] => {
      const maps = new Map<string, Value>()
      used.reduce((y, name) => {
        const map = own[name](y)
        maps.set(name, map)
        return map
      }, x)
      return used.filter((name) => wanted.includes(name)).map((name) => maps.get(name)!)
    },
  })
  return { ...inner, initOf: backbone.initOf, withChild: undefined }
}

const extractorOptions = {
  backbone: networkOption.req('A ResNet.'),
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').req('Spatial axes.'),
  pretrainedBackbone: bool.opt('Whether the backbone begins with weights that were trained before.', false),
  returnedLayers: ints.opt('Stages of the backbone whose maps are used, 1 to 4.', [1, 2, 3]),
  trainableBackboneLayers: count
    .where((n) => n <= 5, '1 to 5')
    .opt('How many stages of a pretrained backbone go on learning, from the last one; 3 when null.', null),
} satisfies Schema

/**
 * A ResNet with a feature pyramid of 256 channels on some of its stages, and one further map (MONAI
 * resnet_fpn_feature_extractor).
 */
export const resnetFpnFeatureExtractor: Component & {
  (given: Given<typeof extractorOptions>): Network<readonly Value[]>
} = Object.assign(
  (given: Given<typeof extractorOptions>) => {
    const name = 'resnet_fpn_feature_extractor'
    const o = parseOptions(name, extractorOptions, given)
    const wrong = o.returnedLayers.find((stage) => stage < 1 || stage > 4)
    if (o.returnedLayers.length === 0 || wrong !== undefined)
      optionError(`${name}.returnedLayers`, `is [${o.returnedLayers.join(', ')}]; give some of 1 to 4`)
    const learning = o.pretrainedBackbone ? (o.trainableBackboneLayers ?? 3) : 5
    return BackboneWithFPN({
      backbone: { ...o.backbone, layer: learnt(o.backbone.layer, learning) },
      returnLayers: Object.fromEntries(o.returnedLayers.map((stage, i) => [`layer${stage}`, String(i)])),
      inChannelsList: o.returnedLayers.map((stage) => channelsOf(o.backbone, `layer${stage}`)),
      outChannels: 256,
      spatialDims: o.spatialDims,
    })
  },
  { componentName: 'resnet_fpn_feature_extractor', schema: extractorOptions },
)

/** A ResNet of which only so many parts go on learning, from the last one; the first norm goes with all of them. */
function learnt(backbone: Layer<Output>, parts: number): Layer<Output> {
  if (parts === 5) return backbone
  const learning = ['layer4', 'layer3', 'layer2', 'layer1', 'conv1'].slice(0, parts)
  const children = Object.entries(backbone.children).map(([name, part]) => [
    name,
    learning.includes(name) ? part : { ...part, isFrozen: true },
  ])
  return { ...backbone, children: Object.fromEntries(children) }
}

/** Channels of a stage: those of its last norm. */
function channelsOf({ name, weights }: Network, stage: string): number {
  const norms = weights.filter((weight) => weight.name.startsWith(`${stage}.`) && weight.role === 'scale')
  const last = norms.filter((weight) => !weight.name.includes('downsample')).at(-1)
  if (!last) optionError('resnet_fpn_feature_extractor.backbone', `${name} has no ${stage}; give a ResNet`)
  return last.shape[0]
}
