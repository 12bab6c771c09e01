import { count, intOrInts } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { divides } from '../blocks/attention.ts'
import { convTranspose } from '../blocks/conv.ts'
import { layer } from '../layer.ts'
import { perAxis } from '../named.ts'
import { network, optionError } from '../network.ts'
import { transformerOptions, visionTransformer } from './vit.ts'

/**
 * A vision transformer whose tokens become an image again by two transposed convolutions (MONAI ViTAutoEnc). Gives the
 * image, then the tokens after each block.
 */
export const ViTAutoEnc = network({
  name: 'ViTAutoEnc',
  options: {
    ...transformerOptions,
    patchSize: intOrInts.req('Size of the patches that become tokens: square numbers.'),
    outChannels: count.opt('Channels of the result.', 1),
    deconvChns: count.opt('Channels between the two transposed convolutions.', 16),
    numLayers: count.opt('Transformer blocks.', 12),
  },
  check({ numHeads, hiddenSize, patchSize, imgSize, spatialDims }) {
    divides(numHeads, hiddenSize)
    const image = perAxis(imgSize, spatialDims, 'imgSize')
    perAxis(patchSize, spatialDims, 'patchSize').forEach((n, i) => {
      if (!Number.isInteger(Math.sqrt(n))) optionError('patchSize', `${n} is not a square number; use 4, 9, 16, ...`)
      if (image[i] % n !== 0)
        optionError('patchSize', `${n} does not divide the image's ${image[i]} voxels on axis ${i}; use a divisor`)
    })
  },
  input: ({ inChannels, spatialDims, imgSize }) => ({ channels: inChannels, spatialDims, size: imgSize }),
  build({ outChannels, deconvChns, ...options }) {
    const { spatialDims, hiddenSize } = options
    const patch = perAxis(options.patchSize, spatialDims, 'patchSize')
    const root = patch.map(Math.sqrt)
    const enlarge = (from: number, to: number) =>
      convTranspose(spatialDims, from, to, { kernelSize: root, strides: root })
    // Its parts are this network's own in the state dict.
    const transformer = visionTransformer({ ...options, posEmbedType: 'learnable' })
    const children = transformer.children
    return layer({
      children: {
        ...children,
        conv3d_transpose: enlarge(hiddenSize, deconvChns),
        conv3d_transpose_1: enlarge(deconvChns, outChannels),
      },
      forward(own, [x], context): readonly Value[] {
        const [tokens, ...hidden] = transformer.forward(context, [x])
        const grid = x.shape.slice(2).map((n, i) => n / patch[i])
        const image = m.reshape(m.transpose(tokens, [0, 2, 1]), [x.shape[0], hiddenSize, ...grid])
        return [own.conv3d_transpose_1(own.conv3d_transpose(image)), ...hidden]
      },
    })
  },
})
