import { OptionError } from '../../core/errors.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { layer, type Layer } from '../layer.ts'
import { saBlock, type AttentionBlockOptions } from './attention.ts'
import { normLayer } from './norm.ts'

/** Groups of the norms of generative models, and how their attention is made; absent values mean MONAI's defaults. */
export interface SpatialAttentionOptions extends Pick<AttentionBlockOptions, 'includeFc' | 'useCombinedLinear'> {
  readonly normNumGroups: number
  readonly normEps: number
  /** One head unless given. */
  readonly numHeadChannels?: number
}

/** MONAI SpatialAttentionBlock: every voxel's attention to all others of the normalised map, added to the map. */
export function spatialAttentionBlock(channels: number, options: SpatialAttentionOptions): Layer {
  const { numHeadChannels = channels, includeFc, useCombinedLinear = false } = options
  if (channels % numHeadChannels !== 0)
    throw new OptionError(
      'numHeadChannels',
      `${numHeadChannels} does not divide ${channels} channels; use a divisor of ${channels}`,
    )
  return layer({
    children: {
      norm: groupNorm(channels, options),
      attn: saBlock(channels, channels / numHeadChannels, { qkvBias: true, includeFc, useCombinedLinear }),
    },
    forward: (own, [x]) => m.add(toMap(own.attn(toTokens(own.norm(x))), x.shape.slice(2)), x),
  })
}

/** A norm of groups of channels with a learnt scale and shift. */
export function groupNorm(
  channels: number,
  { normNumGroups, normEps }: Pick<SpatialAttentionOptions, 'normNumGroups' | 'normEps'>,
): Layer {
  return normLayer(['group', { num_groups: normNumGroups, eps: normEps }], channels)
}

/** `[N, C, ...spatial]` to one token per voxel, `[N, voxels, C]`. */
export function toTokens(x: Value): Value {
  return m.transpose(m.reshape(x, [x.shape[0], x.shape[1], -1]), [0, 2, 1])
}

/** Tokens `[N, voxels, C]` to `[N, C, ...spatial]`. */
export function toMap(x: Value, spatial: readonly number[]): Value {
  return m.reshape(m.transpose(x, [0, 2, 1]), [x.shape[0], x.shape[2], ...spatial])
}
