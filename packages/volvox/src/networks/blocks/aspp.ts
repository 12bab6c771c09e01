import { bool, count, ints } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import { layer } from '../layer.ts'
import { named } from '../named.ts'
import { network, optionError } from '../network.ts'
import { conv, samePadding } from './conv.ts'
import { convolution } from './convolutions.ts'
import { blockInput, blockOptions } from './unitOptions.ts'

/** Convolutions of several spreads, one beside the other, then one of size 1 (MONAI SimpleASPP; Chen et al. 2018). */
export const SimpleASPP = network({
  name: 'SimpleASPP',
  options: {
    spatialDims: blockOptions.spatialDims,
    inChannels: blockOptions.inChannels,
    convOutChannels: count.req('Channels that each convolution gives.'),
    kernelSizes: ints.opt('Size of each kernel, odd.', [1, 3, 3, 3]),
    dilations: ints.opt('Spread of each kernel.', [1, 2, 4, 6]),
    normType: named.nullable().opt('Norm of the last convolution; none when null.', 'BATCH'),
    actiType: named.nullable().opt('Activation of the last convolution; none when null.', 'LEAKYRELU'),
    bias: bool.opt('Whether the last convolution has a bias.', false),
  },
  check: checkSpreads,
  input: blockInput,
  build({ spatialDims, inChannels, convOutChannels, kernelSizes, dilations, normType, actiType, bias }) {
    const width = convOutChannels * kernelSizes.length
    return layer({
      children: {
        convs: kernelSizes.map((kernelSize, i) => {
          const [padding] = samePadding([kernelSize], [dilations[i]])
          return conv(spatialDims, inChannels, convOutChannels, { kernelSize, dilation: dilations[i], padding })
        }),
        conv_k1: convolution(spatialDims, width, width, { kernelSize: 1, act: actiType, norm: normType, bias }),
      },
      forward: (own, [x]) => own.conv_k1(m.concat(own.convs.map((one) => one(x)), 1)), // prettier-ignore
    })
  },
})

/** Refuses another number of spreads than there are kernels. */
export function checkSpreads({
  kernelSizes,
  dilations,
}: {
  readonly kernelSizes: readonly unknown[]
  readonly dilations: readonly unknown[]
}): void {
  if (kernelSizes.length !== dilations.length)
    optionError('dilations', `has ${dilations.length} values; ${kernelSizes.length} kernels need as many`)
}
