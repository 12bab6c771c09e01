import { bool, count, ints, probability, text } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import { actLayer } from '../blocks/act.ts'
import { convolution } from '../blocks/convolutions.ts'
import { dropoutLayer } from '../blocks/dropout.ts'
import { normLayer } from '../blocks/norm.ts'
import { upsample, upsampleMode } from '../blocks/upsample.ts'
import { identity, layer, sequential, type Layer } from '../layer.ts'
import { named, type Named } from '../named.ts'
import { network, optionError } from '../network.ts'

/** The encoder-decoder of Myronenko 2018, without its autoencoder branch (MONAI SegResNet). */
export const SegResNet = network({
  name: 'SegResNet',
  options: {
    spatialDims: count.where((n) => n === 2 || n === 3, '2 or 3').opt('Spatial axes.', 3),
    initFilters: count.opt('Width of the first level; each level down doubles it.', 8),
    inChannels: count.opt('Channels of the image.', 1),
    outChannels: count.opt('Channels of the result.', 2),
    dropoutProb: probability.opt('Chance of dropout after the first convolution; none when null.', null),
    act: named.opt('Activation.', ['RELU', { inplace: true }]),
    norm: named.opt('Norm.', ['GROUP', { num_groups: 8 }]),
    normName: text.opt('"group", the older way to ask for a group norm; `norm` counts when empty.', ''),
    numGroups: count.opt('Groups of the norm that `normName` asks for.', 8),
    useConvFinal: bool.opt('Whether a last convolution leads to the output channels.', true),
    blocksDown: ints.opt('Residual blocks per level, top first.', [1, 2, 2, 4]),
    blocksUp: ints.opt('Residual blocks per level on the way up, bottom first.', [1, 1, 1]),
    upsampleMode: upsampleMode.opt('How maps are enlarged.', 'nontrainable'),
  },
  check({ blocksDown, blocksUp, normName }) {
    if (!['', 'group'].includes(normName.toLowerCase()))
      optionError('normName', `"${normName}" is not known; leave it out and set norm`)
    if (blocksUp.length !== blocksDown.length - 1)
      optionError(
        'blocksUp',
        `has ${blocksUp.length} values; ${blocksDown.length} levels need ${blocksDown.length - 1}`,
      )
  },
  input: ({ spatialDims, inChannels, blocksDown }) => ({
    channels: inChannels,
    spatialDims,
    divisor: 2 ** (blocksDown.length - 1),
  }),
  build({
    spatialDims,
    initFilters,
    inChannels,
    outChannels,
    dropoutProb,
    act,
    useConvFinal,
    blocksDown,
    blocksUp,
    ...o
  }) {
    const norm: Named = o.normName === '' ? o.norm : ['group', { num_groups: o.numGroups }]
    const conv = (from: number, to: number, kernelSize = 3, strides = 1, bias = false) =>
      convolution(spatialDims, from, to, { kernelSize, strides, bias, convOnly: true })
    const blocks = (width: number, times: number) =>
      Array.from({ length: times }, () => resBlock(spatialDims, width, norm, act))
    const widthAbove = (i: number) => initFilters * 2 ** (blocksUp.length - 1 - i)
    const lastAct = actLayer(act) // one layer under two names
    return layer({
      children: {
        act_mod: lastAct,
        convInit: conv(inChannels, initFilters),
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
        conv_final: sequential([normLayer(norm, initFilters), lastAct, conv(initFilters, outChannels, 1, 1, true)]),
        dropout: dropoutLayer(dropoutProb, spatialDims),
      },
      forward: (own, [x]) => {
        const levels = [own.dropout(own.convInit(x))]
        for (const down of own.down_layers) levels.push(down(levels[levels.length - 1]))
        const bottom = levels.pop()!
        const y = own.up_layers.reduce(
          (below, up, i) => up(m.add(own.up_samples[i](below), levels[levels.length - 1 - i])),
          bottom,
        )
        return useConvFinal ? own.conv_final(y) : y
      },
    })
  },
})

/** MONAI ResBlock: norm, activation and convolution, twice, added to the input. */
function resBlock(axes: number, channels: number, norm: Named, act: Named): Layer {
  const conv = () => convolution(axes, channels, channels, { bias: false, convOnly: true })
  return layer({
    children: {
      norm1: normLayer(norm, channels),
      norm2: normLayer(norm, channels),
      act: actLayer(act),
      conv1: conv(),
      conv2: conv(),
    },
    forward: (own, [x]) => m.add(own.conv2(own.act(own.norm2(own.conv1(own.act(own.norm1(x)))))), x),
  })
}
