import { bool, count, int, oneOf, probability, text } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { actLayer } from '../blocks/act.ts'
import { conv, type ConvOptions } from '../blocks/conv.ts'
import { dropoutLayer } from '../blocks/dropout.ts'
import { normLayer } from '../blocks/norm.ts'
import { enlarged } from '../blocks/upsample.ts'
import { kaimingNormal } from '../init.ts'
import { layer, sequential, type Layer } from '../layer.ts'
import { activation, named, type Named } from '../named.ts'
import { network, optionError } from '../network.ts'

/**
 * Nuclei in histology images: which pixels are nuclei, how far they are from their nucleus' centre, and of which type (Graham
 * et al. 2019; MONAI HoVerNet). Gives `[nucleus_prediction, horizontal_vertical]`, and `type_prediction` after them where
 * there are types; in mode FAST of 164 x 164 pixels for 256 x 256 (256 with `decoderPadding`), in mode ORIGINAL of 80 x 80
 * for 270 x 270.
 */
export const HoVerNet = network({
  name: 'HoVerNet',
  options: {
    mode: oneOf('FAST', 'ORIGINAL', 'fast', 'original').opt('Kernels of 3 and images of 256; or of 5 and 270.', 'FAST'),
    inChannels: count.opt('Channels of the image.', 3),
    npOutChannels: count.opt('Channels of the nucleus prediction.', 2),
    outClasses: int
      .where((n) => n === 0 || (n >= 2 && n <= 128), '0, or a whole number from 2 to 128')
      .opt('Types of nuclei; 0 to leave types out.', 0),
    act: activation.opt('Activation of the encoder.', ['relu', { inplace: true }]),
    norm: named.opt('Norm of the encoder.', 'batch'),
    decoderPadding: bool.opt('Whether decoders keep the size; for mode FAST.', false),
    dropoutProb: probability.opt('Chance of dropout after each layer of the encoder.', 0),
    pretrainedUrl: text.opt('Must be null: nothing is downloaded.', null),
    adaptStandardResnet: bool.opt('No effect: nothing is downloaded.', false),
    pretrainedStateDictKey: text.opt('No effect: nothing is downloaded.', null),
    freezeEncoder: bool.opt('Whether the residual blocks keep their weights.', false),
  },
  check({ pretrainedUrl }) {
    if (pretrainedUrl !== null)
      optionError('pretrainedUrl', 'would download weights; leave it out and load a state dict')
  },
  input: ({ mode, inChannels }) => ({ channels: inChannels, spatialDims: 2, size: isFast(mode) ? 256 : 270 }),
  build({ mode, inChannels, npOutChannels, outClasses, decoderPadding, freezeEncoder, ...encoder }) {
    const kernelSize = isFast(mode) ? 3 : 5
    const branch = (channels: number) => decoderBranch(channels, kernelSize, decoderPadding)
    const block = (i: number, times: number): Layer => {
      const frozenPart = freezeEncoder ? (i === 0 ? 'layers' : 'all') : 'none'
      const made = residualBlock(i === 0 ? 64 : 128 * 2 ** i, 64 * 2 ** i, times, { ...encoder, frozenPart })
      return frozenPart === 'all' ? { ...made, isFrozen: true } : made
    }
    return layer({
      children: {
        conv0: sequential({
          conv: conv2(inChannels, 64, { kernelSize: 7, padding: isFast(mode) ? 3 : 0 }),
          bn: normLayer(encoder.norm, 64),
          relu: actLayer(encoder.act),
        }),
        'res_blocks.d0': block(0, 3),
        'res_blocks.d1': block(1, 4),
        'res_blocks.d2': block(2, 6),
        'res_blocks.d3': block(3, 3),
        bottleneck: sequential({ conv_bottleneck: conv2(2048, 1024, { kernelSize: 1 }) }),
        nucleus_prediction: branch(npOutChannels),
        horizontal_vertical: branch(2),
        type_prediction: outClasses > 0 ? branch(outClasses) : undefined,
      },
      forward(own, [x]): readonly Value[] {
        const d0 = own['res_blocks.d0'](own.conv0(x))
        const d1 = own['res_blocks.d1'](d0)
        const d2 = own['res_blocks.d2'](d1)
        const y = enlarged(own.bottleneck(own['res_blocks.d3'](d2)), 2, true)
        const branches = [own.nucleus_prediction, own.horizontal_vertical, own.type_prediction]
        return branches.flatMap((decode) => (decode ? [decode(y, d0, d1, d2)] : []))
      },
    })
  },
})

function isFast(mode: string): boolean {
  return mode.toUpperCase() === 'FAST'
}

/** A convolution as He et al. 2015 start them. */
function conv2(from: number, to: number, { bias = false, ...options }: ConvOptions): Layer {
  return conv(2, from, to, { ...options, bias, kernelInit: (shape) => kaimingNormal(shape, 0) })
}

interface EncoderOptions {
  readonly act: Named
  readonly norm: Named
  readonly dropoutProb: number
  readonly frozenPart: 'none' | 'layers' | 'all'
}

/** Bottleneck layers, each added to what it saw; the first of all blocks but the one at the top halves the size. */
function residualBlock(from: number, width: number, times: number, o: EncoderOptions): Layer {
  const to = 4 * width
  const strides = from === 64 ? 1 : 2
  const layers = Array.from({ length: times }, (_, i) => {
    const one = denseLayer(i === 0 ? from : to, width, to, i === 0, i === 0 ? strides : 1, o)
    return [`layers.denselayer_${i}`, o.frozenPart === 'layers' ? { ...one, isFrozen: true } : one] as const
  })
  const children: Record<string, Layer> = {
    ...Object.fromEntries(layers),
    shortcut: conv2(from, to, { kernelSize: 1, strides, padding: strides - 1 }),
    'bna_block.bn': normLayer(o.norm, to),
    'bna_block.relu': actLayer(o.act),
  }
  return layer({
    children,
    forward: (own, [x]) => {
      const shortcut = own.shortcut(x)
      let beside = strides === 1 ? shortcut : shorter(shortcut)
      let y = x
      for (const [name] of layers) {
        const made = own[name](y)
        y = m.add(made.shape[2] === beside.shape[2] ? made : shorter(made), beside)
        beside = y
      }
      return own['bna_block.relu'](own['bna_block.bn'](y))
    },
  })
}

function denseLayer(
  from: number,
  width: number,
  to: number,
  isFirst: boolean,
  strides: number,
  { act, norm, dropoutProb }: EncoderOptions,
): Layer {
  return sequential({
    layers: sequential({
      'preact/bn': isFirst ? undefined : normLayer(norm, from),
      'preact/relu': isFirst ? undefined : actLayer(act),
      conv1: conv2(from, width, { kernelSize: 1 }),
      'conv1/bn': normLayer(norm, width),
      'conv1/relu': actLayer(act),
      conv2: conv2(width, width, { kernelSize: 3, strides, padding: strides }),
      'conv2/bn': normLayer(norm, width),
      'conv2/relu': actLayer(act),
      conv3: conv2(width, to, { kernelSize: 1 }),
      dropout: dropoutProb > 0 ? dropoutLayer(dropoutProb, 2) : undefined,
    }),
  })
}

/** x without its last row and column. */
function shorter(x: Value): Value {
  return m.narrow(m.narrow(x, 2, 0, x.shape[2] - 1), 3, 0, x.shape[3] - 1)
}

/** x without `trim` rows and columns on every side. */
function cropped(x: Value, trim: number): Value {
  return trim === 0 ? x : m.narrow(m.narrow(x, 2, trim, x.shape[2] - 2 * trim), 3, trim, x.shape[3] - 2 * trim)
}

/** A way up to one result; inputs: the bottom, and the maps of the first three blocks. MONAI gives it its own norm and activation. */
function decoderBranch(outChannels: number, kernelSize: number, samePadding: boolean): Layer {
  const blocks: Readonly<Record<string, Layer>> = {
    decoderblock1: decoderBlock(1024, 8, kernelSize, samePadding),
    decoderblock2: decoderBlock(512, 4, kernelSize, samePadding),
  }
  const names = Object.keys(blocks)
  return layer({
    children: {
      ...Object.fromEntries(names.map((name) => [`decoder_blocks.${name}`, blocks[name]])),
      output_features: sequential({
        decoderblock3: sequential({ conva: conv2(256, 64, { kernelSize, padding: (kernelSize - 1) / 2 }) }),
        decoderblock4: sequential({
          ...normed(64),
          conv: conv2(64, outChannels, { kernelSize: 1, bias: true }),
        }),
      }),
    } as Readonly<Record<string, Layer>>,
    forward: (own, [x, ...skips]) => {
      let y = m.add(x, skips[2])
      names.forEach((name, i) => {
        y = enlarged(own[`decoder_blocks.${name}`](y), 2, true)
        const skipped = skips[1 - i]
        const trim = Math.floor((skipped.shape[3] - y.shape[3]) / 2)
        if (trim > 0) y = m.add(y, cropped(skipped, trim)) // as in MONAI, nothing is added where sizes are alike
      })
      return own.output_features(y)
    },
  })
}

function normed(channels: number) {
  return { bn: normLayer('batch', channels), relu: actLayer('relu') }
}

/** A convolution to a quarter of the width, and layers that each add 32 channels to what they see. */
function decoderBlock(from: number, times: number, kernelSize: number, samePadding: boolean): Layer {
  const padding = samePadding ? (kernelSize - 1) / 2 : 0
  const width = from / 4 + 32 * times
  const layers = Array.from({ length: times }, (_, i) => [
    `denselayerdecoder${i + 1}`,
    decoderLayer(from / 4 + 32 * i, kernelSize, padding),
  ])
  return sequential({
    conva: conv2(from, from / 4, { kernelSize, padding }),
    ...(Object.fromEntries(layers) as Record<string, Layer>),
    bna_block: sequential(normed(width)),
    convf: conv2(width, width, { kernelSize: 1 }),
  })
}

function decoderLayer(from: number, kernelSize: number, padding: number): Layer {
  return layer({
    children: {
      layers: sequential({
        'preact_bna/bn': normLayer('batch', from),
        'preact_bna/relu': actLayer('relu'),
        conv1: conv2(from, 128, { kernelSize: 1 }),
        'conv1/norm': normLayer('batch', 128),
        'conv1/relu2': actLayer('relu'),
        conv2: conv2(128, 32, { kernelSize, padding, groups: 4 }),
      }),
    },
    forward: ({ layers }, [x]) => {
      const y = layers(x)
      return m.concat([cropped(x, (x.shape[3] - y.shape[3]) / 2), y], 1)
    },
  })
}
