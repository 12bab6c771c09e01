import * as m from '../../graph/math.ts'
import { maxPool, resize } from '../../graph/layers.ts'
import type { Value } from '../../graph/ir.ts'
import { kaimingNormal } from '../init.ts'
import { layer, pure, sequential, type Layer } from '../layer.ts'
import type { Named } from '../named.ts'
import { actLayer } from './act.ts'
import { conv, samePadding } from './conv.ts'
import { adn, convolution } from './convolutions.ts'
import { evenConv } from './featurePyramid.ts'
import { normLayer } from './norm.ts'
import { resnetBlocks } from './resnetBlock.ts'

/** Norm of all parts of DAF3D but its residual blocks. */
const norm: Named = ['group', { numGroups: 32 }]
const expansion = 2

/** 3-D convolution, group norm and PReLU, as DAF3D joins them. */
export function daf3dConvolution(from: number, to: number, kernelSize: number): Layer {
  return convolution(3, from, to, { kernelSize, norm, act: 'prelu' })
}

interface Stage {
  readonly blocks: number
  readonly planes: number
  readonly stride: number | readonly number[]
  readonly dilation: number
}

const stages: readonly Stage[] = [
  { blocks: 3, planes: 128, stride: 1, dilation: 1 },
  { blocks: 4, planes: 256, stride: [1, 2, 2], dilation: 1 },
  { blocks: 6, planes: 512, stride: 1, dilation: 2 },
  { blocks: 3, planes: 1024, stride: 1, dilation: 2 },
]

/** Channels of the maps that `daf3dBackbone` gives. */
export const daf3dChannels: readonly number[] = stages.map(({ planes }) => planes * expansion)

/** A 3-D ResNeXt whose last two stages are dilated; gives the maps of its four stages (MONAI Daf3dBackbone). */
export function daf3dBackbone(inChannels: number): Layer<readonly Value[]> {
  const first = conv(3, inChannels, 64, { kernelSize: 7, strides: [1, 2, 2], padding: 3, bias: false })
  const [layer1, ...further] = stages.map((one, i) => stage(i === 0 ? 64 : daf3dChannels[i - 1], one))
  return layer({
    children: {
      layer0: sequential([first, normLayer(norm, 64), actLayer('relu')]),
      layer1: sequential([pure((x) => maxPool(x, 3, { strides: 2, pads: 1 })), layer1]),
      layer2: further[0],
      layer3: further[1],
      layer4: further[2],
    },
    forward: (own, [x]): readonly Value[] => {
      const feat1 = own.layer1(own.layer0(x))
      const feat2 = own.layer2(feat1)
      const feat3 = own.layer3(feat2)
      return [feat1, feat2, feat3, own.layer4(feat3)]
    },
  })
}

function stage(from: number, { blocks, planes, stride, dilation }: Stage): Layer {
  const width = planes * expansion
  return sequential(
    Array.from({ length: blocks }, (_, i) => {
      if (i > 0) return bottleneck(width, planes, { dilation })
      const smaller = conv(3, from, width, { kernelSize: 1, strides: stride, bias: false })
      return bottleneck(from, planes, {
        dilation,
        stride,
        downsample: sequential([smaller, normLayer('batch', width)]),
      })
    }),
  )
}

/** Has a PReLU, too, that MONAI 1.4 never calls: its blocks compute with ReLU. */
function bottleneck(
  from: number,
  planes: number,
  options: Pick<Stage, 'dilation'> & { readonly stride?: Stage['stride']; readonly downsample?: Layer },
): Layer {
  const block = resnetBlocks.bottleneck.make(3, from, planes, { ...options, groups: 32, expansion })
  return { ...block, children: { ...block.children, relu: { ...actLayer('prelu'), isUnused: true } } }
}

/**
 * Brings what the small maps know into the large ones; gives all in the size of the first (MONAI Daf3dFPN). Its
 * `layer_blocks` are in state dicts, but without effect.
 */
export function daf3dPyramid(inChannelsList: readonly number[], outChannels: number): Layer<readonly Value[]> {
  const unused = inChannelsList.map(() => evenConv(3, outChannels, outChannels, { kernelSize: 3, padding: 1 }))
  return layer({
    children: {
      inner_blocks: inChannelsList.map((from) => daf3dConvolution(from, outChannels, 1)),
      layer_blocks: { ...sequential(unused), isUnused: true },
    },
    forward: (own, maps): readonly Value[] => {
      const inner = maps.map((map, i) => own.inner_blocks[i](map))
      for (let i = maps.length - 2; i >= 0; i--)
        inner[i] = m.add(inner[i], resize(inner[i + 1], inner[i].shape.slice(2), 'linear'))
      return inner.map((map) => resize(map, maps[0].shape.slice(2), 'linear'))
    },
  })
}

/** From the features of one level and of all, the refined ones of the level and where they look (MONAI AttentionModule). */
export function daf3dAttention(inChannels: number, outChannels: number): Layer<readonly Value[]> {
  const widened = () => [daf3dConvolution(inChannels, outChannels, 1), daf3dConvolution(outChannels, outChannels, 3)]
  const gate = convolution(3, outChannels, outChannels, { adnOrdering: 'A', act: 'sigmoid' })
  return layer({
    children: {
      attentive_map: sequential([...widened(), gate]),
      refine: sequential([...widened(), daf3dConvolution(outChannels, outChannels, 3)]),
    },
    forward: (own, [single, all]): readonly Value[] => {
      const map = own.attentive_map(m.concat([single, all], 1))
      return [own.refine(m.concat([single, m.mul(map, all)], 1)), map]
    },
  })
}

/** Convolutions of several spreads within slices, one beside the other, then one of size 1 (MONAI Daf3dASPP). */
export function daf3dAspp(channels: number, spreads: readonly number[]): Layer {
  const spread = (n: number) => {
    const dilation = [1, n, n]
    const window = { kernelSize: 3, dilation, padding: samePadding([3, 3, 3], dilation) }
    return sequential({
      conv: conv(3, channels, channels, { ...window, kernelInit: (shape) => kaimingNormal(shape, 0) }),
      adn: adn(channels, { ordering: 'N', norm }),
    })
  }
  return layer({
    children: {
      convs: spreads.map(spread),
      conv_k1: convolution(3, spreads.length * channels, channels, { kernelSize: 1, norm, act: null }),
    },
    forward: (own, [x]) => own.conv_k1(m.concat(own.convs.map((one) => one(x)), 1)), // prettier-ignore
  })
}
