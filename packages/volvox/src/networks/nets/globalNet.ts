import { ints } from '../../core/options.ts'
import { AffineHead } from '../blocks/affineHead.ts'
import { layer } from '../layer.ts'
import { network, optionError } from '../network.ts'
import { checkKernels, depth, encodeKernelSizes, levelled, registrationOptions, widthOf } from './regunet.ts'

/** An affine registration: how far each voxel moves, from the deepest level (MONAI GlobalNet; Hu et al. 2018). */
export const GlobalNet = network({
  name: 'GlobalNet',
  options: {
    imageSize: ints.req('Spatial sizes of the images and of the displacement.'),
    ...registrationOptions,
    depth,
    encodeKernelSizes,
    saveTheta: AffineHead.schema.saveTheta,
  },
  check({ imageSize, depth, encodeKernelSizes }) {
    const wrong = imageSize.find((n) => n % 2 ** depth !== 0)
    if (wrong !== undefined)
      optionError(
        'imageSize',
        `${wrong} does not divide by ${2 ** depth} for depth ${depth}; pad or crop to a multiple`,
      )
    checkKernels(encodeKernelSizes, depth)
  },
  input: ({ inChannels, spatialDims, imageSize }) => ({ channels: inChannels, spatialDims, size: imageSize }),
  build(o) {
    const { spatialDims, imageSize, depth } = o
    const decodeSize = imageSize.map((n) => n / 2 ** depth)
    const head = AffineHead.layer({ spatialDims, imageSize, decodeSize, inChannels: widthOf(o, depth) })
    const fromDeepest = layer({
      children: head.children,
      forward: (_, [, map], context) => head.forward(context, [map]),
    })
    return levelled({ ...o, shallowest: depth }, fromDeepest)
  },
})
