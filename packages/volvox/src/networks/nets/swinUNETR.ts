import { bool, count, intOrInts, ints, oneOf, positive, probability } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import { unetOutBlock } from '../blocks/dynunetBlock.ts'
import { plainLayerNorm } from '../blocks/norm.ts'
import { channelsFirst, channelsLast, patchEmbed, tokenDropout } from '../blocks/patchEmbedding.ts'
import { patchMerging, swinBlock, type Merging, type SwinOptions } from '../blocks/swinBlock.ts'
import { unetrBasicBlock, unetrUpBlock } from '../blocks/unetrBlock.ts'
import { relativePositions } from '../blocks/windows.ts'
import { layer, sequential, type Layer } from '../layer.ts'
import { named, perAxis } from '../named.ts'
import { network, optionError } from '../network.ts'

/** A Swin transformer as the encoder of a U-Net (Hatamizadeh et al. 2022; MONAI SwinUNETR). */
export const SwinUNETR = network({
  name: 'SwinUNETR',
  options: {
    imgSize: intOrInts.opt(
      'Size of the images, for which MONAI asked up to 1.4. When it is given, "merging" joins neighbours as it did there: some twice, some never.',
      null,
    ),
    inChannels: count.req('Channels of the image.'),
    outChannels: count.req('Channels of the result, usually one per class.'),
    patchSize: count.opt('Size of the patches that become tokens.', 2),
    depths: ints.opt('Transformer blocks in each of the four stages.', [2, 2, 2, 2]),
    numHeads: ints.opt('Attention heads in each of the four stages.', [3, 6, 12, 24]),
    windowSize: intOrInts.opt('Size of the windows, in tokens.', 7),
    qkvBias: bool.opt('Whether queries, keys and values have a bias.', true),
    mlpRatio: positive.opt('Width of the MLPs, in widths of their input.', 4),
    featureSize: count
      .where((n) => n % 12 === 0, 'a multiple of 12')
      .opt('Features of the first stage; each doubles them.', 24),
    normName: named.opt('Norm of the convolutional part.', 'instance'),
    dropRate: probability.opt('Chance of dropout.', 0),
    attnDropRate: probability.opt('Chance of dropout of attention.', 0),
    dropoutPathRate: probability.opt(
      'Chance that the last block is left out for a sample; it grows from block to block.',
      0,
    ),
    normalize: bool.opt('Whether the output of each stage is normalised for the decoder.', true),
    patchNorm: bool.opt('Whether tokens are normalised at the start.', false),
    useCheckpoint: bool.opt('No effect on results: what to recompute is the matter of the executor.', false),
    spatialDims: count.where((n) => n === 2 || n === 3, '2 or 3').opt('Spatial axes.', 3),
    downsample: oneOf('merging', 'mergingv2').opt('Order in which neighbouring tokens are joined.', 'merging'),
    useV2: bool.opt('Whether each stage begins with a residual block of convolutions.', false),
  },
  check({ imgSize, spatialDims, patchSize, depths, numHeads }) {
    for (const [name, list] of Object.entries({ depths, numHeads }))
      if (list.length !== 4) optionError(name, `has ${list.length} values; there are 4 stages`)
    if (imgSize === null) return
    const unit = patchSize ** 5
    const sizes = perAxis(imgSize, spatialDims, 'imgSize')
    const axis = sizes.findIndex((n) => n % unit !== 0)
    if (axis >= 0)
      optionError(
        'imgSize',
        `${sizes[axis]} voxels on axis ${axis} do not divide by ${unit}, the patch size to the power 5; pad or crop to a multiple`,
      )
  },
  input: ({ inChannels, spatialDims, patchSize }) => ({ channels: inChannels, spatialDims, divisor: patchSize ** 5 }),
  build({ imgSize, spatialDims, inChannels, outChannels, patchSize, featureSize, normName, ...options }) {
    const isLegacy = imgSize !== null && options.downsample === 'merging'
    const downsample: Merging = isLegacy ? 'legacyMerging' : options.downsample
    const blocks = { normName, resBlock: true }
    const encoder = (from: number, width: number) => unetrBasicBlock(spatialDims, from, width * featureSize, blocks)
    const decoder = (from: number, to: number) =>
      unetrUpBlock(spatialDims, from * featureSize, to * featureSize, blocks)
    return layer({
      children: {
        swinViT: swinTransformer({
          ...options,
          downsample,
          axes: spatialDims,
          inChannels,
          patchSize,
          features: featureSize,
        }),
        encoder1: encoder(inChannels, 1),
        encoder2: encoder(featureSize, 1),
        encoder3: encoder(2 * featureSize, 2),
        encoder4: encoder(4 * featureSize, 4),
        encoder10: encoder(16 * featureSize, 16),
        decoder5: decoder(16, 8),
        decoder4: decoder(8, 4),
        decoder3: decoder(4, 2),
        decoder2: decoder(2, 1),
        decoder1: decoder(1, 1),
        out: unetOutBlock(spatialDims, featureSize, outChannels, { dropout: null }),
      },
      forward(own, [x]) {
        const [half, quarter, eighth, sixteenth, bottom] = own.swinViT(x)
        const y5 = own.decoder5(own.encoder10(bottom), sixteenth)
        const y4 = own.decoder4(y5, own.encoder4(eighth))
        const y3 = own.decoder3(y4, own.encoder3(quarter))
        const y2 = own.decoder2(y3, own.encoder2(half))
        return own.out(own.decoder1(y2, own.encoder1(x)))
      },
    })
  },
})

interface SwinTransformerOptions {
  readonly axes: number
  readonly inChannels: number
  readonly patchSize: number
  readonly features: number
  readonly depths: readonly number[]
  readonly numHeads: readonly number[]
  readonly windowSize: number | readonly number[]
  readonly qkvBias: boolean
  readonly mlpRatio: number
  readonly dropRate: number
  readonly attnDropRate: number
  readonly dropoutPathRate: number
  readonly normalize: boolean
  readonly patchNorm: boolean
  readonly downsample: Merging
  readonly useV2: boolean
}

/** MONAI SwinTransformer: the tokens, and what each of the four stages makes of them, `[N, C, ...grid]`. */
function swinTransformer(options: SwinTransformerOptions): Layer<readonly Value[]> {
  const { axes, features, depths, numHeads, useV2, patchSize } = options
  const window = perAxis(options.windowSize, axes, 'windowSize')
  const shared: SwinOptions = { ...options, window, positions: relativePositions(window) }
  const dropPaths = rising(
    options.dropoutPathRate,
    depths.reduce((a, b) => a + b, 0),
  )
  const stage = (depth: number, i: number): Layer => {
    const width = features * 2 ** i
    const first = depths.slice(0, i).reduce((a, b) => a + b, 0)
    const block = (_: unknown, k: number) => swinBlock(width, numHeads[i], k % 2 === 1, dropPaths[first + k], shared)
    return sequential({
      blocks: sequential(Array.from({ length: depth }, block)),
      downsample: patchMerging(width, axes, options.downsample),
    })
  }
  const convolutions = (_: number, i: number): Layer =>
    unetrBasicBlock(axes, features * 2 ** i, features * 2 ** i, { normName: 'instance', resBlock: true })
  const patch = perAxis(patchSize, axes, 'patchSize')
  const children: Readonly<Record<string, Layer>> = {
    patch_embed: patchEmbed(options.inChannels, features, patch, options.patchNorm),
    pos_drop: tokenDropout(options.dropRate, options.patchNorm ? 'channels last' : 'channels first'),
    ...Object.fromEntries(depths.map((depth, i) => [`layers${i + 1}.0`, stage(depth, i)])),
    ...Object.fromEntries(useV2 ? depths.map((depth, i) => [`layers${i + 1}c.0`, convolutions(depth, i)]) : []),
  }
  return layer({
    children,
    forward(own, [x]): readonly Value[] {
      const out = (tokens: Value) => channelsFirst(options.normalize ? plainLayerNorm(tokens) : tokens)
      let tokens = own.pos_drop(own.patch_embed(x))
      const results = [out(tokens)]
      for (const i of [1, 2, 3, 4]) {
        if (useV2) tokens = channelsLast(own[`layers${i}c.0`](channelsFirst(tokens)))
        tokens = own[`layers${i}.0`](tokens)
        results.push(out(tokens))
      }
      return results
    },
  })
}

/** `count` values from 0 to `end` in equal steps, rounded as in torch.linspace. */
function rising(end: number, count: number): number[] {
  const step = Math.fround(Math.fround(end) / (count - 1))
  return Array.from({ length: count }, (_, i) =>
    count === 1 ? 0 : Math.fround(i < count / 2 ? step * i : Math.fround(end) - step * (count - 1 - i)),
  )
}
