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
        const spatial = x.shape.slice(2, -1)
        const places = x.shape.map((_, axis) => axis).slice(1, -1)
        const channels = m.transpose(x, [0, x.shape.length - 1, ...places]) // [N, 2, 1, ...spatial]
        const inside = places.map((axis) => axis + 1)
        const mean = m.mean(channels, inside, true)
        const deviation = m.sqrt(m.variance(channels, inside, true, 0))
        const normal = m.reshape(m.div(m.sub(channels, mean), deviation), [x.shape[0], 2, ...spatial])
        const { before, after } = divisiblePad(spatial, padFactor)
        const y = m.slice(own.unet(m.pad(normal, [...before, ...after])), before, normal.shape)
        const scaled = m.add(m.mul(m.reshape(y, channels.shape), deviation), mean)
        return m.transpose(scaled, [0, ...inside, 1])
      },
    }),
})

/** Zeros around the spatial axes, up to multiples of a power of 2 (MONAI divisible_pad_t). */
function divisiblePad(spatial: readonly number[], factor: number) {
  const missing = spatial.map((n) => ((n - 1) | (factor - 1)) + 1 - n)
  return {
    before: [0, 0, ...missing.map((n) => Math.floor(n / 2))],
    after: [0, 0, ...missing.map((n) => Math.ceil(n / 2))],
  }
}

/** Refuses a network that does not begin with 2 channels. */
export function checkTwoChannels(convNet: Network | null): void {
  const channels = convNet?.weights.find(({ trainable }) => trainable)?.shape[1]
  if (convNet && channels !== 2)
    optionError('convNet', `takes ${channels ?? 'no'} channels; give a network of 2, real and imaginary part`)
}
