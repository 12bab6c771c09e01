import { z } from 'zod'
import { ShapeError, shown } from '../../core/errors.ts'
import { Kind, count, type Schema, type Values } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import { layer, type Layer } from '../layer.ts'
import { named, type Named } from '../named.ts'
import { network, optionError } from '../network.ts'
import { convolution } from './convolutions.ts'
import { interpolate } from './interpolate.ts'
import { normLayer } from './norm.ts'

/** How a norm is steered by a label map. */
export interface SpadeSteering {
  /** Channels of the label map. */
  readonly labelNc: number
  readonly hiddenChannels: number
  /** The norm whose result is scaled and shifted. */
  readonly norm: Named
  readonly kernelSize?: number
}

/**
 * MONAI SPADE: a norm whose scale and shift at each voxel come from a label map (Park et al. 2019). Inputs: the map
 * `[N, channels, ...]` and the labels `[N, labelNc, ...]`, which may be of any size.
 */
export function spade(axes: number, channels: number, steering: SpadeSteering): Layer {
  const { labelNc, hiddenChannels, norm, kernelSize = 3 } = steering
  const fromHidden = () => convolution(axes, hiddenChannels, channels, { kernelSize, act: null })
  return layer({
    children: {
      param_free_norm: normLayer(norm, channels),
      mlp_shared: convolution(axes, labelNc, hiddenChannels, { kernelSize, norm: null, act: 'leakyrelu' }),
      mlp_gamma: fromHidden(),
      mlp_beta: fromHidden(),
    },
    forward(own, [x, labels]) {
      if (labels?.shape[0] !== x.shape[0] || labels.shape[1] !== labelNc || labels.shape.length !== axes + 2)
        throw new ShapeError(
          'SPADE',
          `labels have shape ${shown(labels?.shape ?? null)}; give [${x.shape[0]}, ${labelNc}, ...] with ${axes} spatial axes`,
        )
      const hidden = own.mlp_shared(interpolate(labels, x.shape.slice(2), 'nearest'))
      return m.add(m.mul(own.param_free_norm(x), m.add(own.mlp_gamma(hidden), 1)), own.mlp_beta(hidden))
    },
  })
}

/** The options that networks steered by a label map have. */
export const spadeOptions = {
  labelNc: count.req('Channels of the label map.'),
  spadeIntermediateChannels: count.opt('Channels between a label map and the scale and shift of a norm.', 128),
} satisfies Schema

/** Steering of a norm of groups, as autoencoders and diffusion networks have it. */
export function groupSteering(
  options: Values<typeof spadeOptions> & { readonly normNumGroups: number; readonly normEps: number },
  affine: boolean,
): SpadeSteering {
  const { labelNc, spadeIntermediateChannels: hiddenChannels, normNumGroups, normEps } = options
  return { labelNc, hiddenChannels, norm: ['group', { num_groups: normNumGroups, eps: normEps, affine }] }
}

const args: Kind<Readonly<Record<string, unknown>>> = new Kind('arguments by name', () =>
  z.record(z.string(), z.unknown()),
)

/** MONAI SPADE as a component. Inputs: map, labels. */
export const SPADE = network({
  name: 'SPADE',
  options: {
    labelNc: spadeOptions.labelNc,
    normNc: count.req('Channels of the map.'),
    kernelSize: count.where((n) => n % 2 === 1, 'an odd whole number').opt('Size of the kernels.', 3),
    spatialDims: count.where((n) => n <= 3, '1, 2 or 3').opt('Spatial axes.', 2),
    hiddenChannels: count.opt('Channels between the label map and the scale and shift.', 64),
    norm: named.opt('The norm whose result is scaled and shifted.', 'INSTANCE'),
    normParams: args.opt('Arguments of the norm; those in `norm` when null.', null),
  },
  check({ norm, normParams }) {
    if (typeof norm !== 'string' && normParams !== null && Object.keys(normParams).length > 0)
      optionError('normParams', 'is given beside arguments in norm; put all of them into one')
  },
  input: ({ normNc, spatialDims }) => ({ channels: normNc, spatialDims }),
  build: ({ spatialDims, normNc, norm, normParams, ...steering }) =>
    spade(spatialDims, normNc, {
      ...steering,
      norm: typeof norm === 'string' && normParams !== null ? [norm, normParams] : norm,
    }),
})
