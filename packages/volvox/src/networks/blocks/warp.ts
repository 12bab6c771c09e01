import { ShapeError, shown } from '../../core/errors.ts'
import { bool, count, oneOf, type Kind } from '../../core/options.ts'
import { sameShape, tensor } from '../../core/tensor.ts'
import { constant, type Value } from '../../graph/ir.ts'
import { gridSample } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { layer } from '../layer.ts'
import { network, optionError } from '../network.ts'

/** PyTorch's names for how images are sampled between voxels. */
export type SampleMode = 'bilinear' | 'nearest' | 'bicubic'
export type SamplePadding = 'zeros' | 'border' | 'reflection'

export const sampleMode: Kind<SampleMode> = oneOf('bilinear', 'nearest', 'bicubic')
export const samplePadding: Kind<SamplePadding> = oneOf('zeros', 'border', 'reflection')

/** torch.nn.functional.grid_sample, whose "bilinear" is linear in any number of axes. */
export function sampled(
  x: Value,
  places: Value,
  mode: SampleMode,
  paddingMode: SamplePadding,
  alignCorners: boolean,
): Value {
  if (mode === 'bicubic' && x.shape.length !== 4)
    throw new ShapeError('mode', `"bicubic" is for 2 spatial axes; the image has shape ${shown(x.shape)}`)
  const modes = { bilinear: 'linear', nearest: 'nearest', bicubic: 'cubic' } as const
  return gridSample(x, places, { mode: modes[mode], paddingMode, alignCorners })
}

/** The image at each voxel's place plus its displacement, `[N, axes, ...spatial]` in voxels. */
export function warped(image: Value, ddf: Value, mode: SampleMode, paddingMode: SamplePadding): Value {
  const [samples, , ...spatial] = image.shape
  const axes = spatial.length
  if (axes !== 2 && axes !== 3)
    throw new ShapeError('Warp', `the image has shape ${shown(image.shape)}; give 2 or 3 spatial axes`)
  if (!sameShape(ddf.shape, [samples, axes, ...spatial]))
    throw new ShapeError(
      'Warp',
      `displacements of shape ${shown(ddf.shape)} do not fit the image ${shown(image.shape)}; give ${shown([samples, axes, ...spatial])}`,
    )
  const coordinates = spatial.map((n, axis) => {
    const own = constant(
      tensor(
        'float32',
        spatial.map((_, i) => (i === axis ? n : 1)),
        Float32Array.from({ length: n }, (_, i) => i),
      ),
    )
    const place = m.add(m.narrow(ddf, 1, axis, 1), own)
    return m.sub(m.div(m.mul(place, 2), Math.max(1, n - 1)), 1)
  })
  const places = m.concat(coordinates.reverse(), 1)
  return sampled(image, m.transpose(places, [0, ...spatial.map((_, i) => i + 2), 1]), mode, paddingMode, true)
}

const mode = sampleMode.opt('How values between voxels are found.', 'bilinear')

/** MONAI Warp: an image, moved by a displacement of each voxel. Inputs: image, displacements `[N, axes, ...spatial]`. */
export const Warp = network({
  name: 'Warp',
  inputs: () => [
    { name: 'image', about: 'the images' },
    { name: 'ddf', about: 'the displacements' },
  ],
  options: {
    mode,
    paddingMode: samplePadding.opt('What lies outside of the image.', 'border'),
    jitter: bool.opt('Of no use: MONAI stops at true.', false),
  },
  check: ({ jitter }) => void (jitter && optionError('jitter', 'is true, which MONAI cannot compute; leave it out')),
  build: ({ mode, paddingMode }) => layer({ forward: (_, [image, ddf]) => warped(image, ddf, mode, paddingMode) }),
})

/**
 * MONAI DVF2DDF: displacements that a velocity field leads to, by scaling and squaring (Arsigny et al. 2006): of a small
 * step, then again and again of twice as many.
 */
export const DVF2DDF = network({
  name: 'DVF2DDF',
  options: {
    numSteps: count.opt('How often the step is doubled.', 7),
    mode,
    paddingMode: samplePadding.opt('What lies outside of the field.', 'zeros'),
  },
  build: ({ numSteps, mode, paddingMode }) =>
    layer({
      forward(_, [dvf]) {
        let ddf = m.div(dvf, 2 ** numSteps)
        for (let step = 0; step < numSteps; step++) ddf = m.add(ddf, warped(ddf, ddf, mode, paddingMode))
        return ddf
      },
    }),
})
