import { bool, ints } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import { checkInterpolation, interpolate, interpolateMode, type InterpolateMode } from '../blocks/interpolate.ts'
import { regConv, regDeconv } from '../blocks/regunetBlock.ts'
import { layer, type Layer } from '../layer.ts'
import { network } from '../network.ts'
import { checkLevels, extraction, levelRule, levelled, outChannels, registrationOptions, widthOf } from './regunet.ts'

/** A deformable registration: how far each voxel moves, from several levels (MONAI LocalNet; Hu et al. 2018). */
export const LocalNet = network({
  name: 'LocalNet',
  options: {
    ...registrationOptions,
    outChannels,
    extractLevels: ints.req('Levels that the result is made from; the largest, 1 or more, is the deepest.'),
    useAdditiveSampling: bool.opt('Whether the resized map, folded, is added to what leads up.', true),
    mode: interpolateMode.opt('How that map is resized.', 'nearest'),
    alignCorners: bool.opt('Whether its corner voxels keep their place; null for modes without corners.', null),
  },
  check({ extractLevels, mode, alignCorners, spatialDims }) {
    checkLevels(extractLevels, Math.max(1, ...extractLevels))
    checkInterpolation(mode, alignCorners, spatialDims)
  },
  input: ({ extractLevels, ...o }) => levelRule({ ...o, depth: Math.max(...extractLevels) }),
  build({ extractLevels, useAdditiveSampling, mode, alignCorners, ...o }) {
    const depth = Math.max(...extractLevels)
    const additive = (axes: number, from: number, to: number) => additiveUp(axes, from, to, mode, alignCorners)
    const parts = {
      depth,
      shallowest: Math.min(...extractLevels),
      encodeKernelSizes: [7, ...new Array<number>(depth).fill(3)],
      bottom: regConv(o.spatialDims, widthOf(o, depth - 1), widthOf(o, depth)),
      up: useAdditiveSampling ? additive : regDeconv,
    }
    return levelled({ ...o, ...parts }, extraction(extractLevels, o))
  },
})

/** A transposed convolution, to which the resized map is added, the second half of its channels on the first. */
function additiveUp(
  axes: number,
  inChannels: number,
  outChannels: number,
  mode: InterpolateMode,
  alignCorners: boolean | null,
): Layer {
  return layer({
    children: { deconv: regDeconv(axes, inChannels, outChannels) },
    forward({ deconv }, [x]) {
      const doubled = x.shape.slice(2).map((n) => 2 * n)
      const [first, second] = m.split(interpolate(x, doubled, mode, alignCorners), 1, [outChannels, outChannels])
      return m.add(deconv(x), m.add(first, second))
    },
  })
}
