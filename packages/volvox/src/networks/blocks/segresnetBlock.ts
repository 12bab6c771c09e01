import { count } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import { layer, type Layer } from '../layer.ts'
import { named, type Named } from '../named.ts'
import { network } from '../network.ts'
import { actLayer } from './act.ts'
import { convolution } from './convolutions.ts'
import { normLayer } from './norm.ts'
import { blockInput, blockOptions } from './unitOptions.ts'

/** Norm, activation and convolution, twice, added to the input (MONAI ResBlock of SegResNet). */
export const ResBlock = network({
  name: 'ResBlock',
  options: {
    spatialDims: blockOptions.spatialDims,
    inChannels: count.req('Channels.'),
    norm: named.req('Norm.'),
    kernelSize: count.where((n) => n % 2 === 1, 'an odd whole number').opt('Size of the kernels.', 3),
    act: named.opt('Activation.', ['RELU', { inplace: true }]),
  },
  input: blockInput,
  build: ({ spatialDims, inChannels, norm, act, kernelSize }) =>
    resBlock(spatialDims, inChannels, norm, act, kernelSize),
})

/** The layer of ResBlock. */
export function resBlock(axes: number, channels: number, norm: Named, act: Named, kernelSize = 3): Layer {
  const conv = () => convolution(axes, channels, channels, { kernelSize, bias: false, convOnly: true })
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
