import { bool, count, ints, oneOf, type Values } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import { resize } from '../../graph/layers.ts'
import { conv } from '../blocks/conv.ts'
import { upCat } from '../blocks/basicUnetBlock.ts'
import { upsample, upsampleMode } from '../blocks/upsample.ts'
import { layer, pure, sequential, type Layer } from '../layer.ts'
import { activation, named, namedOrNumber } from '../named.ts'
import { network, optionError } from '../network.ts'
import { noDownload } from '../pretrained.ts'
import { EfficientNetEncoder, efficientNetChannels, efficientNetNames, type EfficientNetName } from './efficientNet.ts'
import { ResNetEncoder, resnetChannels, resnetNames, type ResNetName } from './resnet.ts'

type Backbone = EfficientNetName | ResNetName

const interpolation = oneOf('nearest', 'nearest-exact', 'linear', 'bilinear', 'trilinear', 'bicubic')
const resizeModes = {
  nearest: 'nearest',
  'nearest-exact': 'nearestExact',
  linear: 'linear',
  bilinear: 'linear',
  trilinear: 'linear',
  bicubic: 'cubic',
} as const

const options = {
  inChannels: count.req('Channels of the image.'),
  outChannels: count.req('Channels of the result, usually one per class.'),
  backbone: oneOf(...efficientNetNames, ...resnetNames).req('The encoder.'),
  pretrained: bool.opt('Whether the encoder is to begin with pretrained weights, which have to be loaded.', false),
  decoderChannels: ints.opt('Width of the five levels on the way up, bottom first.', [256, 128, 64, 32, 16]),
  spatialDims: count.where((n) => n === 2 || n === 3, '2 or 3').opt('Spatial axes.', 2),
  norm: named.opt('Norm of the decoder.', ['batch', { eps: 1e-3, momentum: 0.1 }]),
  act: activation.opt('Activation of the decoder.', ['relu', { inplace: true }]),
  dropout: namedOrNumber.opt('Chance of dropout in the decoder.', 0),
  decoderBias: bool.opt('Whether convolutions of the decoder have a bias.', false),
  upsample: upsampleMode.opt('How maps are enlarged.', 'nontrainable'),
  preConv: oneOf('default')
    .nullable()
    .opt('A convolution before maps are enlarged by interpolation; none when null.', 'default'),
  interpMode: interpolation.opt('How maps are enlarged by interpolation.', 'nearest'),
  isPad: bool.opt('Whether sizes need not be multiples of 32.', true),
}

/**
 * A U-Net whose way down is an EfficientNet or a ResNet (MONAI FlexibleUNet). `[N, inChannels, ...spatial]` to
 * `[N, outChannels, ...spatial]`.
 */
export const FlexibleUNet = network({
  name: 'FlexibleUNet',
  options,
  check(o) {
    if (o.decoderChannels.length < 5)
      optionError('decoderChannels', `has ${o.decoderChannels.length} values; give 5, bottom first`)
    if (o.preConv === null && o.upsample === 'pixelshuffle')
      optionError('preConv', 'is null, but "pixelshuffle" needs a convolution; leave it out')
    if (o.interpMode === 'bicubic' && o.spatialDims !== 2)
      optionError(
        'interpMode',
        `is "bicubic", which is for 2 spatial axes; use "trilinear" or "nearest" for ${o.spatialDims}`,
      )
  },
  input: ({ inChannels, spatialDims, isPad }) => ({ channels: inChannels, spatialDims, divisor: isPad ? 1 : 32 }),
  checkInit: ({ pretrained }) => noDownload(pretrained),
  build(o) {
    const channels = [o.inChannels, ...encoderChannels(o.backbone)]
    return layer({
      children: {
        encoder: encoder(o),
        decoder: decoder(channels, o),
        segmentation_head: sequential([
          conv(o.spatialDims, o.decoderChannels[4], o.outChannels, { kernelSize: 3, padding: 1 }),
        ]),
      },
      forward: (own, [x]) => own.segmentation_head(own.decoder(...own.encoder(x))),
    })
  },
})

type FlexibleOptions = Values<typeof options>

function isResNet(backbone: Backbone): backbone is ResNetName {
  return (resnetNames as readonly string[]).includes(backbone)
}

function encoderChannels(backbone: Backbone): readonly number[] {
  return isResNet(backbone) ? resnetChannels(backbone) : efficientNetChannels(backbone)
}

function encoder({ backbone, spatialDims, inChannels }: FlexibleOptions): Layer<readonly Value[]> {
  const common = { pretrained: false, spatialDims, inChannels }
  return isResNet(backbone)
    ? ResNetEncoder.layer({ modelName: backbone, ...common })
    : EfficientNetEncoder.layer({ modelName: backbone, ...common })
}

/** From the maps of the encoder, the largest first; the last block has no map beside it. */
function decoder(encoderChannels: readonly number[], o: FlexibleOptions): Layer {
  const { spatialDims: axes, norm, act, dropout, decoderBias: bias } = o
  const last = encoderChannels.length - 2
  const blocks = o.decoderChannels.slice(0, last + 1).map((out, i, widths) => {
    const below = i === 0 ? encoderChannels[last + 1] : widths[i - 1]
    const keeps = i === last || (o.upsample === 'nontrainable' && o.preConv === null)
    const raised = keeps ? below : Math.floor(below / 2)
    const beside = i === last ? 0 : encoderChannels[last - i]
    return upCat(axes, { below, raised, beside, out }, enlarging(below, raised, o), { norm, act, dropout, bias })
  })
  return layer({
    children: { blocks },
    forward: (own, maps) =>
      own.blocks.reduce((y, block, i) => (i === last ? block(y) : block(y, maps[last - 1 - i])), maps[last]),
  })
}

function enlarging(
  from: number,
  to: number,
  { spatialDims: axes, upsample: mode, interpMode }: FlexibleOptions,
): Layer {
  if (mode !== 'nontrainable') return upsample(axes, from, to, { mode })
  return sequential({
    preconv: from === to ? undefined : conv(axes, from, to, { kernelSize: 1 }),
    upsample_non_trainable: pure((x) =>
      resize(
        x,
        x.shape.slice(2).map((n) => 2 * n),
        resizeModes[interpMode],
      ),
    ),
  })
}
