import { dims2or3 } from './vnetBlock.ts'
import { bool, count, ints } from '../../core/options.ts'
import { sizeOf, tensor, type Tensor } from '../../core/tensor.ts'
import { constant } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { zero } from '../init.ts'
import { layer } from '../layer.ts'
import { network, optionError } from '../network.ts'
import { linear } from './linear.ts'
import { flattened } from './simple.ts'

/**
 * MONAI AffineHead: an affine map, predicted by a linear layer from features, as a displacement in voxels for each voxel,
 * `[N, axes, ...imageSize]`. Begins as the identity.
 */
export const AffineHead = network({
  name: 'AffineHead',
  options: {
    spatialDims: dims2or3.req('Spatial axes.'),
    imageSize: ints.req('Spatial sizes of the displacement.'),
    decodeSize: ints.req('Spatial sizes of the features.'),
    inChannels: count.req('Channels of the features.'),
    saveTheta: bool.opt('No effect: the matrices are what the layer `fc` gives.', false),
  },
  check({ spatialDims, imageSize, decodeSize }) {
    for (const [option, sizes] of Object.entries({ imageSize, decodeSize }))
      if (sizes.length !== spatialDims)
        optionError(
          option,
          `[${sizes.join(', ')}] has ${sizes.length} values; give one for each of the ${spatialDims} axes`,
        )
  },
  build({ spatialDims: axes, imageSize, decodeSize, inChannels }) {
    const features = inChannels * sizeOf(decodeSize)
    const places = placesOf(imageSize)
    return layer({
      children: {
        flat: flattened('AffineHead', features),
        fc: linear(features, axes * (axes + 1), {
          init: { weight: zero, bias: { kind: 'values', values: identityMap(axes) } },
        }),
      },
      forward(own, [x]) {
        const samples = x.shape[0]
        const theta = m.reshape(own.fc(own.flat(x)), [samples * axes, axes + 1])
        const moved = m.reshape(m.matmul(theta, constant(places)), [samples, axes, ...imageSize])
        const rows = m.narrow(constant(places), 0, 0, axes)
        return m.sub(moved, m.reshape(rows, [1, axes, ...imageSize]))
      },
    })
  },
})

/** Voxel coordinates as columns, with a row of 1 below: `[axes + 1, voxels]`. */
function placesOf(sizes: readonly number[]): Tensor<Float32Array> {
  const voxels = sizeOf(sizes)
  const data = new Float32Array((sizes.length + 1) * voxels).fill(1)
  sizes.forEach((n, axis) => {
    const step = sizeOf(sizes.slice(axis + 1))
    for (let i = 0; i < voxels; i++) data[axis * voxels + i] = Math.floor(i / step) % n
  })
  return tensor('float32', [sizes.length + 1, voxels], data)
}

/** Rows of a matrix that leaves coordinates as they are. */
function identityMap(axes: number): Float32Array {
  return Float32Array.from({ length: axes * (axes + 1) }, (_, i) => (i % (axes + 2) === 0 ? 1 : 0))
}
