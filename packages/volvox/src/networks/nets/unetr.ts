import { shown } from '../../core/errors.ts'
import { bool, count } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { divides } from '../blocks/attention.ts'
import { unetOutBlock } from '../blocks/dynunetBlock.ts'
import { channelsFirst } from '../blocks/patchEmbedding.ts'
import { unetrBasicBlock, unetrPrUpBlock, unetrUpBlock } from '../blocks/unetrBlock.ts'
import { layer } from '../layer.ts'
import { named, perAxis } from '../named.ts'
import { network, optionError } from '../network.ts'
import { transformerOptions, visionTransformer } from './vit.ts'

const patchSize = 16

/** A vision transformer of 12 blocks on patches of 16 voxels as the encoder of a U-Net (Hatamizadeh et al. 2022; MONAI UNETR). */
export const UNETR = network({
  name: 'UNETR',
  options: {
    ...transformerOptions,
    outChannels: count.req('Channels of the result, usually one per class.'),
    featureSize: count.opt('Features of the top level; each level down doubles them.', 16),
    normName: named.opt('Norm of the convolutional part.', 'instance'),
    convBlock: bool.opt('Whether transposed convolutions of the encoder are followed by convolutions.', true),
    resBlock: bool.opt('Whether blocks of convolutions have a residual connection.', true),
  },
  check({ numHeads, hiddenSize, imgSize, spatialDims }) {
    divides(numHeads, hiddenSize)
    const axis = perAxis(imgSize, spatialDims, 'imgSize').findIndex((n) => n % patchSize !== 0)
    if (axis >= 0)
      optionError(
        'imgSize',
        `${shown(imgSize)} has a size on axis ${axis} that ${patchSize} does not divide; use multiples`,
      )
  },
  input: ({ inChannels, spatialDims, imgSize }) => ({ channels: inChannels, spatialDims, size: imgSize }),
  build({ outChannels, featureSize, normName, convBlock, resBlock, ...options }) {
    const { spatialDims, inChannels, hiddenSize } = options
    const grid = perAxis(options.imgSize, spatialDims, 'imgSize').map((n) => Math.floor(n / patchSize))
    const blocks = { normName, resBlock }
    const encoder = (width: number, numLayer: number) =>
      unetrPrUpBlock(spatialDims, hiddenSize, width * featureSize, { ...blocks, numLayer, convolves: convBlock })
    const decoder = (from: number, width: number) => unetrUpBlock(spatialDims, from, width * featureSize, blocks)
    return layer({
      children: {
        vit: visionTransformer({ ...options, patchSize, numLayers: 12, posEmbedType: 'learnable' }),
        encoder1: unetrBasicBlock(spatialDims, inChannels, featureSize, blocks),
        encoder2: encoder(2, 2),
        encoder3: encoder(4, 1),
        encoder4: encoder(8, 0),
        decoder5: decoder(hiddenSize, 8),
        decoder4: decoder(8 * featureSize, 4),
        decoder3: decoder(4 * featureSize, 2),
        decoder2: decoder(2 * featureSize, 1),
        out: unetOutBlock(spatialDims, featureSize, outChannels, { dropout: null }),
      },
      forward(own, [x]) {
        const [bottom, ...hidden] = own.vit(x)
        const image = (tokens: Value) => channelsFirst(m.reshape(tokens, [x.shape[0], ...grid, hiddenSize]))
        const y4 = own.decoder5(image(bottom), own.encoder4(image(hidden[9])))
        const y3 = own.decoder4(y4, own.encoder3(image(hidden[6])))
        const y2 = own.decoder3(y3, own.encoder2(image(hidden[3])))
        return own.out(own.decoder2(y2, own.encoder1(x)))
      },
    })
  },
})
