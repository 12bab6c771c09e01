import * as m from '../../graph/math.ts'
import { maxPool, resize } from '../../graph/layers.ts'
import type { Value } from '../../graph/ir.ts'
import { kaimingNormal, zero } from '../init.ts'
import { layer, pure, sequential, type Layer, type Output } from '../layer.ts'
import { perAxis, type Named } from '../named.ts'
import { outputsOf } from '../network.ts'
import { actLayer } from './act.ts'
import { conv } from './conv.ts'
import { convolution } from './convolutions.ts'
import { evenConv } from './featurePyramid.ts'
import { linear } from './linear.ts'
import { normLayer } from './norm.ts'
import { resnetBlocks, subsample } from './resnetBlock.ts'

/** Norm of all parts of DAF3D but its residual blocks. */
export const daf3dNorm: Named = ['group', { numGroups: 32 }]

/** 3-D convolution, group norm and PReLU, as DAF3D joins them. */
export function daf3dConvolution(from: number, to: number, kernelSize: number): Layer {
  return convolution(3, from, to, { kernelSize, norm: daf3dNorm, act: 'prelu' })
}

/** How many times `planes` channels a block gives. */
export const daf3dExpansion = 2

export interface Daf3dBlockOptions {
  readonly stride?: number | readonly number[]
  readonly dilation?: number
  /** What the input goes through before it is added. */
  readonly downsample?: Layer
  readonly norm?: Named
}

/**
 * A bottleneck of 32 groups (MONAI Daf3dResNetBottleneck; Daf3dResNetDilatedBottleneck with dilation 2). Has a PReLU, too,
 * that MONAI 1.4 never calls: its blocks compute with ReLU.
 */
export function daf3dBottleneck(axes: number, from: number, planes: number, options: Daf3dBlockOptions): Layer {
  const block = resnetBlocks.bottleneck.make(axes, from, planes, { ...options, groups: 32, expansion: daf3dExpansion })
  return { ...block, children: { ...block.children, relu: unusedPrelu() } }
}

function unusedPrelu(): Layer {
  return { ...actLayer('prelu'), isUnused: true }
}

export interface Daf3dResnetOptions {
  /** Blocks of each of the four stages. */
  readonly layers: readonly number[]
  /** Width of each of the four stages. */
  readonly planes: readonly number[]
  readonly inChannels: number
  readonly shortcutType: 'A' | 'B'
}

/** Parts of a 3-D ResNeXt whose last two stages are dilated (MONAI Daf3dResNet). */
export function daf3dResnetParts({ layers, planes, inChannels, shortcutType }: Daf3dResnetOptions) {
  const first = 64
  const stage = (i: number, strides: number | readonly number[], dilation: number): Layer => {
    const from = i === 0 ? first : planes[i - 1] * daf3dExpansion
    const to = planes[i] * daf3dExpansion
    const smaller = () =>
      shortcutType === 'A'
        ? subsample(from, to, strides)
        : sequential([conv(3, from, to, { kernelSize: 1, strides, bias: false }), normLayer('batch', to)])
    const downsample = strides === 1 && from === to ? undefined : smaller()
    return sequential(
      Array.from({ length: layers[i] }, (_, k) =>
        k > 0
          ? daf3dBottleneck(3, to, planes[i], { dilation })
          : daf3dBottleneck(3, from, planes[i], { dilation, stride: strides, downsample }),
      ),
    )
  }
  return {
    conv1: conv(3, inChannels, first, { kernelSize: 7, strides: [1, 2, 2], padding: 3, bias: false }),
    bn1: normLayer(daf3dNorm, first),
    act: actLayer('relu'),
    maxpool: pure((x) => maxPool(x, 3, { strides: 2, pads: 1 })),
    layer1: stage(0, 1, 1),
    layer2: stage(1, [1, 2, 2], 1),
    layer3: stage(2, 1, 2),
    layer4: stage(3, 1, 2),
  }
}

/** What a Daf3dResNet has after its stages. */
export function daf3dResnetEnd(features: number, numClasses: number | null) {
  return {
    fc: numClasses === null ? undefined : linear(features, numClasses, { init: { bias: zero } }),
    relu: unusedPrelu(),
  }
}

const backbonePlanes = [128, 256, 512, 1024]

/** Channels of the maps of the four stages of `daf3dBackbone`. */
export const daf3dChannels: readonly number[] = backbonePlanes.map((planes) => planes * daf3dExpansion)

/** The first convolution and the four stages of DAF3D, one after the other (MONAI Daf3dBackbone). */
export function daf3dBackbone(inChannels: number): Layer {
  const { conv1, bn1, act, maxpool, layer1, layer2, layer3, layer4 } = daf3dResnetParts({
    layers: [3, 4, 6, 3],
    planes: backbonePlanes,
    inChannels,
    shortcutType: 'B',
  })
  return sequential({
    layer0: sequential([conv1, bn1, act]),
    layer1: sequential([maxpool, layer1]),
    layer2,
    layer3,
    layer4,
  })
}

/**
 * Brings what the small maps know into the large ones; gives all, and further ones, in the size of the first (MONAI
 * Daf3dFPN). Its `layer_blocks` are in state dicts, but without effect.
 */
export function daf3dPyramid(
  inChannelsList: readonly number[],
  outChannels: number,
  extraBlocks?: Layer<Output>,
): Layer<readonly Value[]> {
  const unused = inChannelsList.map(() => evenConv(3, outChannels, outChannels, { kernelSize: 3, padding: 1 }))
  return layer({
    children: {
      inner_blocks: inChannelsList.map((from) => daf3dConvolution(from, outChannels, 1)),
      layer_blocks: { ...sequential(unused), isUnused: true },
      extra_blocks: extraBlocks,
    },
    forward: (own, maps): readonly Value[] => {
      const last = maps.length - 1
      const inner = maps.map((map, i) => own.inner_blocks[i](map))
      for (let i = last - 1; i >= 0; i--)
        inner[i] = m.add(inner[i], resize(inner[i + 1], inner[i].shape.slice(2), 'linear'))
      const further: Output = own.extra_blocks ? own.extra_blocks(inner[last], maps[last]) : []
      return [...inner, ...outputsOf(further)].map((map) => resize(map, maps[0].shape.slice(2), 'linear'))
    },
  })
}

/** From the features of one level and of all, the refined ones of the level and where they look (MONAI AttentionModule). */
export function daf3dAttention(
  axes: number,
  inChannels: number,
  outChannels: number,
  norm: Named = daf3dNorm,
  act: Named = 'prelu',
): Layer<readonly Value[]> {
  const joined = (from: number, kernelSize: number) => convolution(axes, from, outChannels, { kernelSize, norm, act })
  const widened = () => [joined(inChannels, 1), joined(outChannels, 3)]
  const gate = convolution(axes, outChannels, outChannels, { adnOrdering: 'A', act: 'sigmoid' })
  return layer({
    children: {
      attentive_map: sequential([...widened(), gate]),
      refine: sequential([...widened(), joined(outChannels, 3)]),
    },
    forward: (own, [single, all]): readonly Value[] => {
      const map = own.attentive_map(m.concat([single, all], 1))
      return [own.refine(m.concat([single, m.mul(map, all)], 1)), map]
    },
  })
}

export interface Daf3dAsppOptions {
  readonly inChannels: number
  /** Channels that each convolution gives. */
  readonly width: number
  readonly outChannels: number
  readonly kernelSizes: readonly (number | readonly number[])[]
  readonly dilations: readonly (number | readonly number[])[]
  readonly norm: Named | null
  readonly act: Named | null
}

/** 3-D convolutions of several spreads, one beside the other, then one of size 1 (MONAI Daf3dASPP). */
export function daf3dAspp({ inChannels, width, outChannels, norm, act, ...o }: Daf3dAsppOptions): Layer {
  const spread = (_: unknown, i: number) =>
    convolution(3, inChannels, width, {
      kernelSize: perAxis(o.kernelSizes[i], 3, 'kernelSizes'),
      dilation: perAxis(o.dilations[i], 3, 'dilations'),
      norm,
      act: null,
      kernelInit: (shape) => kaimingNormal(shape, 0),
    })
  return layer({
    children: {
      convs: o.kernelSizes.map(spread),
      conv_k1: convolution(3, o.kernelSizes.length * width, outChannels, { kernelSize: 1, norm, act }),
    },
    forward: (own, [x]) => own.conv_k1(m.concat(own.convs.map((one) => one(x)), 1)), // prettier-ignore
  })
}
