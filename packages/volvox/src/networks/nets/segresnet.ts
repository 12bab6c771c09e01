import { bool, count, ints, number, probability, text, type Schema, type Values } from '../../core/options.ts'
import { sizeOf } from '../../core/tensor.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { actLayer } from '../blocks/act.ts'
import { convolution } from '../blocks/convolutions.ts'
import { dropoutLayer } from '../blocks/dropout.ts'
import { linear } from '../blocks/linear.ts'
import { normLayer } from '../blocks/norm.ts'
import { resBlock } from '../blocks/segresnetBlock.ts'
import { upsample, upsampleMode } from '../blocks/upsample.ts'
import type { InputRule } from '../inputRule.ts'
import { identity, layer, sequential, type Layer, type Output, type Parts } from '../layer.ts'
import { activation, named, perAxis, type Named } from '../named.ts'
import { network, optionError } from '../network.ts'

const options = {
  spatialDims: count.where((n) => n === 2 || n === 3, '2 or 3').opt('Spatial axes.', 3),
  initFilters: count.opt('Width of the first level; each level down doubles it.', 8),
  inChannels: count.opt('Channels of the image.', 1),
  outChannels: count.opt('Channels of the result.', 2),
  dropoutProb: probability.opt('Chance of dropout after the first convolution; none when null.', null),
  act: activation.opt('Activation.', ['RELU', { inplace: true }]),
  norm: named.opt('Norm.', ['GROUP', { num_groups: 8 }]),
  useConvFinal: bool.opt('Whether a last convolution leads to the output channels.', true),
  blocksDown: ints.opt('Residual blocks per level, top first.', [1, 2, 2, 4]),
  blocksUp: ints.opt('Residual blocks per level on the way up, bottom first.', [1, 1, 1]),
  upsampleMode: upsampleMode.opt('How maps are enlarged.', 'nontrainable'),
} satisfies Schema

type Options = Values<typeof options>

function checkBlocks({ blocksDown, blocksUp }: Pick<Options, 'blocksDown' | 'blocksUp'>): void {
  const ups = blocksDown.length - 1
  if (blocksUp.length !== ups)
    optionError('blocksUp', `has ${blocksUp.length} values; ${blocksDown.length} levels need ${ups}`)
}

const inputRule = ({ spatialDims, inChannels, blocksDown }: Options): InputRule => ({
  channels: inChannels,
  spatialDims,
  divisor: 2 ** (blocksDown.length - 1),
})

/** The encoder-decoder of Myronenko 2018, without its autoencoder branch (MONAI SegResNet). */
export const SegResNet = network({
  name: 'SegResNet',
  options: {
    ...options,
    normName: text.opt('"group", the older way to ask for a group norm; `norm` counts when empty.', ''),
    numGroups: count.opt('Groups of the norm that `normName` asks for.', 8),
  },
  check({ normName, ...o }) {
    if (!['', 'group'].includes(normName.toLowerCase()))
      optionError('normName', `"${normName}" is not known; leave it out and set norm`)
    checkBlocks(o)
  },
  input: (o) => inputRule(o),
  build({ normName, numGroups, ...o }) {
    const norm: Named = normName === '' ? o.norm : ['group', { num_groups: numGroups }]
    return layer({
      children: encoderDecoder({ ...o, norm }),
      forward: (own, [x]) => decoded(own, encoded(own, x), o.useConvFinal),
    })
  },
})

/**
 * SegResNet with the autoencoder branch of Myronenko 2018 (MONAI SegResNetVAE). In training it gives the result and the
 * branch's loss, a scalar: how far the image is from what the branch makes of it, and its code from a normal distribution.
 */
export const SegResNetVAE = network({
  name: 'SegResNetVAE',
  options: {
    inputImageSize: ints.req('Size of the images.'),
    vaeEstimateStd: bool.opt('Whether the deviation of the code is estimated.', false),
    vaeDefaultStd: number.opt('The deviation of the code when it is not estimated.', 0.3),
    vaeNz: count.opt('Numbers of the code.', 256),
    ...options,
  },
  check({ inputImageSize, spatialDims, ...o }) {
    checkBlocks(o)
    const sizes = perAxis(inputImageSize, spatialDims, 'inputImageSize')
    const unit = 2 ** o.blocksDown.length
    const axis = sizes.findIndex((n) => n < 1 || n % unit !== 0)
    if (axis >= 0)
      optionError('inputImageSize', `${sizes[axis]} on axis ${axis} is not a multiple of ${unit}; crop or pad to one`)
  },
  input: (o) => ({ ...inputRule(o), size: o.inputImageSize }),
  build: ({ inputImageSize, vaeEstimateStd, vaeDefaultStd, vaeNz, ...o }): Layer<Output> => {
    const { spatialDims, inChannels, norm, blocksDown } = o
    const parts = encoderDecoder(o)
    const zoom = 2 ** (blocksDown.length - 1)
    const width = o.initFilters * zoom
    const smallest = [codeFilters, ...inputImageSize.map((n) => n / (2 * zoom))]
    const conv = plainConv(spatialDims)
    return layer({
      children: {
        ...parts,
        vae_down: sequential([
          normLayer(norm, width),
          parts.act_mod,
          conv(width, codeFilters, 3, 2, true),
          normLayer(norm, codeFilters),
          parts.act_mod,
        ]),
        vae_fc1: linear(sizeOf(smallest), vaeNz),
        vae_fc2: linear(sizeOf(smallest), vaeNz),
        vae_fc3: linear(vaeNz, sizeOf(smallest)),
        vae_fc_up_sample: sequential([
          conv(codeFilters, width, 1),
          upsample(spatialDims, width, width, { mode: o.upsampleMode, alignCorners: false }),
          normLayer(norm, width),
          parts.act_mod,
        ]),
        vae_conv_final: finalConv(o, inChannels, parts.act_mod),
      },
      forward: (own, [x], context): Output => {
        const levels = encoded(own, x)
        const y = decoded(own, levels, o.useConvFinal)
        if (!context.training) return y
        const flat = m.reshape(own.vae_down(levels[levels.length - 1]), [x.shape[0], sizeOf(smallest)])
        const mean = own.vae_fc1(flat)
        const noise = context.normalNoise(mean.shape)
        const deviation = vaeEstimateStd ? m.softplus(own.vae_fc2(flat)) : vaeDefaultStd
        const spread = typeof deviation === 'number' ? 0 : m.square(deviation)
        const toNormal =
          typeof spread === 'number'
            ? m.mean(m.square(mean))
            : m.mul(0.5, m.mean(m.sub(m.add(m.square(mean), m.sub(spread, m.log(m.add(spread, 1e-8)))), 1)))
        const code = own.act_mod(own.vae_fc3(m.add(mean, m.mul(deviation, noise))))
        const bottom = own.vae_fc_up_sample(m.reshape(code, [x.shape[0], ...smallest]))
        const image = own.up_layers.reduce((below, up, i) => up(own.up_samples[i](below)), bottom)
        return [y, m.add(toNormal, m.mean(m.square(m.sub(x, own.vae_conv_final(image)))))]
      },
    })
  },
})

/** Width of the smallest map of the autoencoder branch. */
const codeFilters = 16

/** The parts of a SegResNet under MONAI's names. */
function encoderDecoder(o: Options) {
  const { spatialDims, initFilters, act, norm, blocksDown, blocksUp } = o
  const conv = plainConv(spatialDims)
  const blocks = (width: number, times: number) =>
    Array.from({ length: times }, () => resBlock(spatialDims, width, norm, act))
  const widthAbove = (i: number) => initFilters * 2 ** (blocksUp.length - 1 - i)
  const lastAct = actLayer(act) // one layer under two names
  return {
    act_mod: lastAct,
    convInit: conv(o.inChannels, initFilters),
    down_layers: blocksDown.map((times, i) => {
      const width = initFilters * 2 ** i
      return sequential([i === 0 ? identity : conv(width / 2, width, 3, 2), ...blocks(width, times)])
    }),
    up_layers: blocksUp.map((times, i) => sequential(blocks(widthAbove(i), times))),
    up_samples: blocksUp.map((_, i) => {
      const width = widthAbove(i)
      const enlarge = upsample(spatialDims, width, width, { mode: o.upsampleMode, alignCorners: false })
      return sequential([conv(2 * width, width, 1), enlarge])
    }),
    conv_final: finalConv(o, o.outChannels, lastAct),
    dropout: dropoutLayer(o.dropoutProb, spatialDims),
  }
}

type Own = Parts<{}, ReturnType<typeof encoderDecoder>>

/** What each level makes of x, top first. */
function encoded(own: Own, x: Value): readonly Value[] {
  const levels: Value[] = []
  own.down_layers.reduce((y, down) => (levels[levels.length] = down(y)), own.dropout(own.convInit(x)))
  return levels
}

function decoded(own: Own, levels: readonly Value[], useConvFinal: boolean): Value {
  const bottom = levels.length - 1
  const y = own.up_layers.reduce(
    (below, up, i) => up(m.add(own.up_samples[i](below), levels[bottom - 1 - i])),
    levels[bottom],
  )
  return useConvFinal ? own.conv_final(y) : y
}

/** MONAI get_conv_layer: a convolution alone, without a bias unless asked for. */
function plainConv(axes: number) {
  return (from: number, to: number, kernelSize = 3, strides = 1, bias = false) =>
    convolution(axes, from, to, { kernelSize, strides, bias, convOnly: true })
}

function finalConv({ spatialDims, norm, initFilters }: Options, channels: number, act: Layer): Layer {
  return sequential([normLayer(norm, initFilters), act, plainConv(spatialDims)(initFilters, channels, 1, 1, true)])
}
