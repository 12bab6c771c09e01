import { bool, count } from '../../core/options.ts'
import { sizeOf } from '../../core/tensor.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { reparameterised } from '../blocks/latent.ts'
import { linear } from '../blocks/linear.ts'
import { sizesAfter, unbatchedShape } from '../blocks/unitOptions.ts'
import { layer } from '../layer.ts'
import { network, optionError } from '../network.ts'
import { imageRule } from './regressor.ts'
import { autoencoderOptions, autoencoding, checkAutoencoding } from './autoencoder.ts'

/**
 * An autoencoder whose middle is a few normally distributed numbers (Kingma and Welling 2013, MONAI VarAutoEncoder).
 * Gives the image, the means, the logarithms of the variances, and the sample that the image was made from.
 */
export const VarAutoEncoder = network({
  name: 'VarAutoEncoder',
  options: {
    ...autoencoderOptions,
    inShape: unbatchedShape.req('Channels and spatial sizes of the image.'),
    latentSize: count.req('Numbers in the middle.'),
    useSigmoid: bool.opt('Whether the image is put between 0 and 1.', true),
  },
  check(options) {
    const { spatialDims, inShape, channels, interChannels } = options
    if (inShape.length !== spatialDims + 1)
      optionError(
        'inShape',
        `[${inShape.join(', ')}] has ${inShape.length} values; give channels and ${spatialDims} spatial sizes`,
      )
    checkAutoencoding(options)
    if (channels.length === 0) optionError('channels', 'is empty; give one or more')
    if (interChannels?.length && interChannels.at(-1) !== channels.at(-1))
      optionError(
        'interChannels',
        `ends with ${interChannels.at(-1)}, channels with ${channels.at(-1)}; make them equal`,
      )
  },
  input: imageRule,
  build({ inShape, latentSize, useSigmoid, ...options }) {
    const [inChannels, ...spatial] = inShape
    const { parts, encodedChannels } = autoencoding({ ...options, inChannels })
    const middle = [encodedChannels, ...sizesAfter(spatial, options.kernelSize, options.strides)]
    const toLatent = () => linear(sizeOf(middle), latentSize)
    return layer({
      children: { ...parts, mu: toLatent(), logvar: toLatent(), decodeL: linear(latentSize, sizeOf(middle)) },
      forward(own, [x], context): readonly Value[] {
        const encoded = m.reshape(own.intermediate(own.encode(x)), [x.shape[0], -1])
        const [mu, logvar] = [own.mu(encoded), own.logvar(encoded)]
        const z = reparameterised(mu, logvar, context)
        const image = own.decode(m.reshape(m.relu(own.decodeL(z)), [x.shape[0], ...middle]))
        return [useSigmoid ? m.sigmoid(image) : image, mu, logvar, z]
      },
    })
  },
})
