import { z } from 'zod'
import { Kind, bool, count, ints, oneOf, type Values } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { conv, convTranspose } from '../blocks/conv.ts'
import { medNeXtBlock, type MedNeXtBlockOptions } from '../blocks/medNeXtBlock.ts'
import { layer, sequential, type Layer, type Output } from '../layer.ts'
import { network, optionError } from '../network.ts'

const ratios: Kind<number | readonly number[]> = new Kind('a whole number of 1 or more, or a list of them', () =>
  z.union([count.type, z.array(count.type).readonly()]),
)
const odd = count.where((n) => n % 2 === 1, 'an odd number')

const shared = {
  spatialDims: count.where((n) => n === 2 || n === 3, '2 or 3').opt('Spatial axes.', 3),
  inChannels: count.opt('Channels of the image.', 1),
  outChannels: count.opt('Channels of the result.', 2),
}
const deepSupervision = bool.opt(
  'Whether training gives results of all levels, each half as large as the one before.',
  false,
)

const options = {
  ...shared,
  initFilters: count.opt('Width of the first level; each level down doubles it.', 32),
  encoderExpansionRatio: ratios.opt('How much wider blocks are inside; one for all levels or one each, top first.', 2),
  decoderExpansionRatio: ratios.opt('The same on the way up, bottom first.', 2),
  bottleneckExpansionRatio: count.opt('The same at the bottom.', 2),
  kernelSize: odd.opt('Size of kernels.', 7),
  deepSupervision,
  useResidualConnection: bool.opt('Whether blocks add their input to what they make of it.', false),
  blocksDown: ints.opt('Blocks of each level, top first.', [2, 2, 2, 2]),
  blocksBottleneck: count.opt('Blocks at the bottom.', 2),
  blocksUp: ints.opt('Blocks of each level on the way up, bottom first.', [2, 2, 2, 2]),
  normType: oneOf('group', 'layer').opt(
    'Norm of each channel, or of all together; the latter needs maps of just the size of the kernel.',
    'group',
  ),
  globalRespNorm: bool.opt('Whether channels compete (Woo et al. 2023).', false),
}

/** A U-Net of ConvNeXt blocks (Roy et al. 2023; MONAI MedNeXt). */
export const MedNeXt = network({
  name: 'MedNeXt',
  options,
  check({ blocksDown, blocksUp, encoderExpansionRatio, decoderExpansionRatio }) {
    const levels = blocksDown.length
    if (blocksUp.length !== levels)
      optionError('blocksUp', `has ${blocksUp.length} values and blocksDown ${levels}; give both as many`)
    for (const [name, ratio] of Object.entries({ encoderExpansionRatio, decoderExpansionRatio }))
      if (typeof ratio !== 'number' && ratio.length !== levels)
        optionError(name, `has ${ratio.length} values; give one, or one for each of the ${levels} levels`)
  },
  input: ({ spatialDims, inChannels, blocksDown }) => ({
    channels: inChannels,
    spatialDims,
    divisor: 2 ** blocksDown.length,
  }),
  build: (o) => medNeXt(o),
})

function medNeXt(o: Values<typeof options>): Layer<Output> {
  const { spatialDims, initFilters, outChannels, blocksDown, blocksUp } = o
  const levels = blocksDown.length
  const width = (depth: number) => initFilters * 2 ** depth
  const block = (from: number, to: number, expansionRatio: number, resample?: MedNeXtBlockOptions['resample']) =>
    medNeXtBlock(from, to, { ...o, expansionRatio, resample })
  const stage = (depth: number, expansionRatio: number, times: number) =>
    sequential(Array.from({ length: times }, () => block(width(depth), width(depth), expansionRatio)))
  const ratio = (given: number | readonly number[], i: number) => (typeof given === 'number' ? given : given[i])
  const down = (i: number) => ratio(o.encoderExpansionRatio, i)
  const up = (i: number) => ratio(o.decoderExpansionRatio, i)
  const out = (depth: number) =>
    sequential({ conv_out: convTranspose(spatialDims, width(depth), outChannels, { kernelSize: 1 }) })
  return layer({
    children: {
      stem: conv(spatialDims, o.inChannels, initFilters, { kernelSize: 1 }),
      enc_stages: blocksDown.map((times, i) => stage(i, down(i), times)),
      down_blocks: blocksDown.map((_, i) => block(width(i), width(i + 1), down(i), 'down')),
      bottleneck: stage(levels, o.bottleneckExpansionRatio, o.blocksBottleneck),
      up_blocks: blocksUp.map((_, i) => block(width(levels - i), width(levels - i - 1), up(i), 'up')),
      dec_stages: blocksUp.map((times, i) => stage(levels - i - 1, up(i), times)),
      out_0: out(0),
      out_blocks: o.deepSupervision ? blocksUp.map((_, i) => out(levels - i)) : undefined,
    },
    forward(own, [x], { training }): Output {
      const skips: Value[] = []
      const bottom = own.enc_stages.reduce((y, encode, i) => {
        skips.push(encode(y))
        return own.down_blocks[i](skips[i])
      }, own.stem(x))
      const maps = [own.bottleneck(bottom)] // bottom first
      own.up_blocks.forEach((enlarge, i) =>
        maps.push(own.dec_stages[i](m.add(enlarge(maps[i]), skips[levels - 1 - i]))),
      )
      const y = own.out_0(maps[levels])
      const heads = own.out_blocks
      return training && heads ? [y, ...blocksUp.map((_, i) => heads[i](maps[i])).reverse()] : y
    },
  })
}

/** A published size of MedNeXt. */
function variant(name: string, settings: Partial<Values<typeof options>>) {
  return network({
    name,
    options: { ...shared, kernelSize: odd.opt('Size of kernels.', 3), deepSupervision },
    input: ({ spatialDims, inChannels }) => ({ channels: inChannels, spatialDims, divisor: 16 }),
    build: (o) => MedNeXt.layer({ ...settings, ...o, useResidualConnection: true }),
  })
}

/** MedNeXt, small: 2 blocks a level, twice as wide inside (MONAI MedNeXtS). */
export const MedNeXtS = variant('MedNeXtS', {})

const growing = {
  encoderExpansionRatio: [2, 3, 4, 4],
  decoderExpansionRatio: [4, 4, 3, 2],
  bottleneckExpansionRatio: 4,
}

/** MedNeXt, base: blocks that are wider inside at lower levels (MONAI MedNeXtB). */
export const MedNeXtB = variant('MedNeXtB', growing)

/** MedNeXt, medium: as base, with more blocks (MONAI MedNeXtM). */
export const MedNeXtM = variant('MedNeXtM', {
  ...growing,
  blocksDown: [3, 4, 4, 4],
  blocksBottleneck: 4,
  blocksUp: [4, 4, 4, 3],
})

/** MedNeXt, large (MONAI MedNeXtL). */
export const MedNeXtL = variant('MedNeXtL', {
  encoderExpansionRatio: [3, 4, 8, 8],
  decoderExpansionRatio: [8, 8, 4, 3],
  bottleneckExpansionRatio: 8,
  blocksDown: [3, 4, 8, 8],
  blocksBottleneck: 8,
  blocksUp: [8, 8, 4, 3],
})
