import { bool, count, intOrInts, probability, type Schema } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import { conv } from '../blocks/conv.ts'
import { firstKernel } from '../blocks/backboneFpn.ts'
import { normLayer } from '../blocks/norm.ts'
import { actLayer } from '../blocks/act.ts'
import { zero, type Init } from '../init.ts'
import { layer, sequential, type Layer } from '../layer.ts'
import { network, networkOption, optionError, outputsOf, type Network } from '../network.ts'

const head = {
  inChannels: count.where((n) => n % 8 === 0, 'a multiple of 8').req('Channels of the maps, a multiple of 8.'),
  numAnchors: count.req('Anchors at each place.'),
} satisfies Schema
const axes = count.where((n) => n <= 3, '1, 2 or 3').req('Spatial axes.')

const classificationOptions = {
  ...head,
  numClasses: count.req('Classes, without background.'),
  spatialDims: axes,
  priorProbability: probability
    .where((p) => p > 0 && p < 1, 'a probability between 0 and 1')
    .opt('What all scores are at the beginning.', 0.01),
} satisfies Schema

/** Scores for every anchor, `[N, numAnchors · numClasses, ...]` of each map (MONAI RetinaNetClassificationHead). */
export const RetinaNetClassificationHead = network<typeof classificationOptions, readonly Value[]>({
  name: 'RetinaNetClassificationHead',
  options: classificationOptions,
  build: ({ inChannels, numAnchors, numClasses, spatialDims, priorProbability }) => {
    const bias: Init = { kind: 'constant', value: -Math.log((1 - priorProbability) / priorProbability) }
    return onEachMap('cls_logits', spatialDims, inChannels, numAnchors * numClasses, bias)
  },
})

const regressionOptions = { ...head, spatialDims: axes } satisfies Schema

/** Where each anchor's box is, `[N, numAnchors · 2 · spatialDims, ...]` of each map (MONAI RetinaNetRegressionHead). */
export const RetinaNetRegressionHead = network<typeof regressionOptions, readonly Value[]>({
  name: 'RetinaNetRegressionHead',
  options: regressionOptions,
  build: ({ inChannels, numAnchors, spatialDims }) =>
    onEachMap('bbox_reg', spatialDims, inChannels, numAnchors * 2 * spatialDims, zero),
})

const options = {
  spatialDims: axes,
  numClasses: count.req('Classes, without background.'),
  numAnchors: count.req('Anchors at each place.'),
  featureExtractor: networkOption.req('What gives the maps, such as resnet_fpn_feature_extractor.'),
  sizeDivisible: intOrInts.opt('What must divide the sizes of images.', 1),
  useListOutput: bool.opt('No effect: a network gives a list.', false),
} satisfies Schema

/**
 * Scores and boxes for anchors on maps of several sizes (Lin et al. 2017; MONAI RetinaNet). Gives the scores of each map
 * `[N, numAnchors · numClasses, ...]`, then the boxes of each map `[N, numAnchors · 2 · spatialDims, ...]`.
 */
export const RetinaNet = network<typeof options, readonly Value[]>({
  name: 'RetinaNet',
  options,
  input: ({ spatialDims, featureExtractor, sizeDivisible }) => ({
    channels: firstKernel(featureExtractor)[1],
    spatialDims,
    divisor: sizeDivisible,
  }),
  build({ spatialDims, numClasses, numAnchors, featureExtractor }) {
    const inChannels = channelsOf(featureExtractor)
    return layer({
      children: {
        feature_extractor: featureExtractor.layer,
        classification_head: RetinaNetClassificationHead.layer({ inChannels, numAnchors, numClasses, spatialDims }),
        regression_head: RetinaNetRegressionHead.layer({ inChannels, numAnchors, spatialDims }),
      },
      forward: (own, [x]): readonly Value[] => {
        const maps = outputsOf(own.feature_extractor(x))
        return [...own.classification_head(...maps), ...own.regression_head(...maps)]
      },
    })
  },
})

function channelsOf({ name, options: { outChannels } }: Network): number {
  if (typeof outChannels !== 'number')
    optionError('featureExtractor', `${name} does not say how many channels its maps have; use BackboneWithFPN`)
  return outChannels
}

/** Four convolutions with group norm, then one under a name of its own; the same for every map. */
function onEachMap(
  name: string,
  spatialDims: number,
  channels: number,
  outChannels: number,
  lastBias: Init,
): Layer<readonly Value[]> {
  const window = { kernelSize: 3, padding: 1 }
  const last = conv(spatialDims, channels, outChannels, window)
  const inner = Array.from({ length: 4 }, () => [
    started(conv(spatialDims, channels, channels, window), zero),
    normLayer(['group', { num_groups: 8 }], channels),
    actLayer('relu'),
  ])
  return layer({
    children: { conv: sequential(inner.flat()), [name]: started(last, lastBias) },
    forward: (own, maps): readonly Value[] => maps.map((map) => own[name](own.conv(map))),
  })
}

/** A convolution that starts with small weights. */
function started(layer: Layer, bias: Init): Layer {
  return { ...layer, initOf: ({ role }) => (role === 'kernel' ? { kind: 'normal', std: 0.01 } : bias) }
}
