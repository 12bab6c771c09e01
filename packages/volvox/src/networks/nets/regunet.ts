import { bool, count, intOrInts, ints, type Schema } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import {
  downSampleBlock,
  extractionBlock,
  kernelInitializer,
  regConv,
  regDeconv,
  residualConvBlock,
  type KernelInitializer,
} from '../blocks/regunetBlock.ts'
import { layer, sequential, type Layer } from '../layer.ts'
import type { InputRule } from '../inputRule.ts'
import { named, type Named } from '../named.ts'
import { network, optionError } from '../network.ts'

/** Options of all registration networks. */
export const registrationOptions = {
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').req('Spatial axes.'),
  inChannels: count.req('Channels of the images, one beside the other.'),
  numChannelInitial: count.req('Channels of level 0; each deeper level has twice as many.'),
  outKernelInitializer: kernelInitializer.opt('How the last convolutions start.', 'kaiming_uniform'),
  outActivation: named.opt('Activation of the result; none when null.', null),
  pooling: bool.opt('Whether the size is halved by max pooling, else by convolutions.', true),
  concatSkip: bool.opt('Whether skip connections are put beside what comes from below, else added.', false),
} satisfies Schema

export const depth = count.req('Number of the deepest level; the image is level 0.')
export const outChannels = count.opt('Channels of the result.', 3)
export const encodeKernelSizes = intOrInts.opt('Size of the kernels that lead down, odd; one, or one per level.', 3)

/** A U-Net for registration, whose result is made from several levels (MONAI RegUNet, after DeepReg). */
export const RegUNet = network({
  name: 'RegUNet',
  options: {
    ...registrationOptions,
    depth,
    outChannels,
    extractLevels: ints.opt('Levels that the result is made from, `depth` among them; only that when null.', null),
    encodeKernelSizes,
  },
  check({ depth, extractLevels, encodeKernelSizes }) {
    if (extractLevels) checkLevels(extractLevels, depth)
    checkKernels(encodeKernelSizes, depth)
  },
  input: levelRule,
  build({ extractLevels, ...o }) {
    const levels = extractLevels ?? [o.depth]
    return levelled({ ...o, shallowest: Math.min(...levels) }, extraction(levels, o))
  },
})

export interface Levelled {
  readonly spatialDims: number
  readonly inChannels: number
  readonly numChannelInitial: number
  readonly depth: number
  /** The level at which the way up ends. */
  readonly shallowest: number
  readonly encodeKernelSizes: number | readonly number[]
  readonly pooling: boolean
  readonly concatSkip: boolean
  /** The deepest level, if not as the others. */
  readonly bottom?: Layer
  /** What leads up a level, if not a transposed convolution. */
  readonly up?: (axes: number, inChannels: number, outChannels: number) => Layer
}

/** Down to level `depth` and up to the shallowest; `output_block` takes the image and the maps from the deepest up. */
export function levelled(o: Levelled, output_block: Layer): Layer {
  const { spatialDims: axes, depth } = o
  const width = (level: number) => widthOf(o, level)
  const kernels = o.encodeKernelSizes
  const kernelOf = (level: number) => (typeof kernels === 'number' ? kernels : kernels[level])
  const block = (from: number, to: number, kernelSize: number) =>
    sequential([regConv(axes, from, to, { kernelSize }), residualConvBlock(axes, to, { kernelSize })])
  const down = Array.from({ length: depth }, (_, level) => level)
  const upward = down.slice(o.shallowest).reverse()
  return layer({
    children: {
      encode_convs: down.map((level) =>
        block(level === 0 ? o.inChannels : width(level - 1), width(level), kernelOf(level)),
      ),
      encode_pools: down.map((level) => downSampleBlock(axes, width(level), o.pooling)),
      bottom_block: o.bottom ?? block(width(depth - 1), width(depth), kernelOf(depth)),
      decode_deconvs: upward.map((level) => (o.up ?? regDeconv)(axes, width(level + 1), width(level))),
      decode_convs: upward.map((level) => block((o.concatSkip ? 2 : 1) * width(level), width(level), 3)),
      output_block,
    },
    forward(own, [image]) {
      const skips = [own.encode_convs[0](image)]
      for (let level = 1; level < depth; level++)
        skips.push(own.encode_convs[level](own.encode_pools[level - 1](skips[level - 1])))
      const maps = [own.bottom_block(own.encode_pools[depth - 1](skips[depth - 1]))]
      upward.forEach((level, i) => {
        const raised = own.decode_deconvs[i](maps[i])
        const joined = o.concatSkip ? m.concat([raised, skips[level]], 1) : m.add(raised, skips[level])
        maps.push(own.decode_convs[i](joined))
      })
      return own.output_block(image, ...maps)
    },
  })
}

/** Sizes that can be halved at every level. */
export function levelRule(o: Pick<Levelled, 'inChannels' | 'spatialDims' | 'depth'>): InputRule {
  return { channels: o.inChannels, spatialDims: o.spatialDims, divisor: 2 ** o.depth }
}

/** Channels of a level. */
export function widthOf({ numChannelInitial }: { readonly numChannelInitial: number }, level: number): number {
  return numChannelInitial * 2 ** level
}

interface Extraction {
  readonly spatialDims: number
  readonly numChannelInitial: number
  readonly outChannels: number
  readonly outKernelInitializer: KernelInitializer
  readonly outActivation: Named | null
}

/** The result from these levels. */
export function extraction(extractLevels: readonly number[], o: Extraction): Layer {
  return extractionBlock(o.spatialDims, {
    extractLevels,
    numChannels: Array.from({ length: Math.max(...extractLevels) + 1 }, (_, level) => widthOf(o, level)),
    outChannels: o.outChannels,
    initializer: o.outKernelInitializer,
    activation: o.outActivation,
  })
}

/** Refuses levels that are not from 0 to `depth`, or of which none is. */
export function checkLevels(levels: readonly number[], depth: number): void {
  if (levels.length === 0 || levels.some((level) => level < 0) || Math.max(...levels) !== depth)
    optionError(
      'extractLevels',
      `[${levels.join(', ')}] does not fit; give levels from 0 to ${depth}, the depth, among them`,
    )
}

export function checkKernels(sizes: number | readonly number[], depth: number): void {
  if (typeof sizes !== 'number' && sizes.length !== depth + 1)
    optionError('encodeKernelSizes', `has ${sizes.length} values; depth ${depth} needs ${depth + 1}`)
}
