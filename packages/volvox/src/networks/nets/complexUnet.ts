import { ShapeError, shown } from '../../core/errors.ts'
import { count, type Schema } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import { checkComplex, complexAxes } from '../blocks/varnetBlock.ts'
import { layer } from '../layer.ts'
import { network, networkOption, optionError, singleLayer, type Network } from '../network.ts'
import { BasicUNet, basicUnetOptions } from './basicUnet.ts'

const { features, act, norm, bias, dropout, upsample } = basicUnetOptions

/** The options of a U-Net of complex images, which has two channels. */
export const complexUnetOptions = {
  spatialDims: complexAxes,
  features,
  act,
  norm,
  bias,
  dropout,
  upsample,
} satisfies Schema

/**
 * A U-Net of complex images `[N, 1, ...spatial, 2]`, normalised and padded (MONAI ComplexUnet); the parts are the two
 * channels of the network inside.
 */
export const ComplexUnet = network({
  name: 'ComplexUnet',
  options: {
    ...complexUnetOptions,
    padFactor: count.opt('Sizes are padded to multiples of it, a power of 2.', 16),
    convNet: networkOption.opt('A network of 2 channels in place of the BasicUNet; that one when null.', null),
  },
  check: ({ convNet }) => checkTwoChannels(convNet),
  build: ({ spatialDims, padFactor, convNet, ...unet }) =>
    layer({
      children: {
        unet: convNet ? singleLayer(convNet) : BasicUNet.layer({ spatialDims, inChannels: 2, outChannels: 2, ...unet }),
      },
      forward(own, [x]) {
        checkComplex('ComplexUnet', x, spatialDims)
        if (x.shape[1] !== 1)
          throw new ShapeError(
            'ComplexUnet',
            `got shape ${shown(x.shape)}; axis 1 must be 1, put coils into the batch axis`,
          )
        const last = x.shape.length - 1
        const channels = m.transpose(x, [0, last, ...x.shape.map((_, axis) => axis).slice(1, -1)]) // [N, 2, 1, ...]
        const own2 = channels.shape.map((_, axis) => axis).slice(2)
        const mean = m.mean(channels, own2, true)
        const deviation = m.sqrt(m.variance(channels, own2, true, 0))
        const spatial = x.shape.slice(2, -1)
        const image = m.reshape(m.div(m.sub(channels, mean), deviation), [x.shape[0], 2, ...spatial])
        const whole = spatial.map((n) => ((n - 1) | (padFactor - 1)) + 1) // MONAI divisible_pad_t
        const before = [0, 0, ...spatial.map((n, i) => Math.floor((whole[i] - n) / 2))]
        const after = [0, 0, ...spatial.map((n, i) => Math.ceil((whole[i] - n) / 2))]
        const y = m.slice(own.unet(m.pad(image, [...before, ...after])), before, image.shape)
        const scaled = m.add(m.mul(m.reshape(y, channels.shape), deviation), mean)
        return m.transpose(scaled, [0, ...scaled.shape.map((_, axis) => axis).slice(2), 1])
      },
    }),
})

/** Refuses a network that does not begin with 2 channels. */
export function checkTwoChannels(convNet: Network | null): void {
  const channels = convNet?.weights.find(({ trainable }) => trainable)?.shape[1]
  if (convNet && channels !== 2)
    optionError('convNet', `takes ${channels ?? 'no'} channels; give a network of 2, real and imaginary part`)
}
