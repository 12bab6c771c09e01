import { OptionError, shown } from '../../core/errors.ts'
import { oneOf, type Kind } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import { adaptiveAveragePool, resize } from '../../graph/layers.ts'

/** PyTorch's names for how a map is resized. */
export type InterpolateMode = 'nearest' | 'nearest-exact' | 'linear' | 'bilinear' | 'trilinear' | 'bicubic' | 'area'

export const interpolateMode: Kind<InterpolateMode> = oneOf(
  'nearest',
  'nearest-exact',
  'linear',
  'bilinear',
  'trilinear',
  'bicubic',
  'area',
)

/** Modes that exist for one number of spatial axes only. */
const axesOf: Partial<Record<InterpolateMode, number>> = { linear: 1, bilinear: 2, trilinear: 3, bicubic: 2 }

/** Throws, naming the option of the mode, where that does not exist for images of so many axes, or has no corners to align. */
export function checkInterpolation(
  mode: InterpolateMode,
  alignCorners: boolean | null,
  axes: number,
  option = 'mode',
): void {
  const needed = axesOf[mode]
  if (needed !== undefined && needed !== axes)
    throw new OptionError(option, `${shown(mode)} is for ${needed} spatial axes; there are ${axes}`)
  if (needed === undefined && alignCorners !== null)
    throw new OptionError('alignCorners', `is ${alignCorners}, mode ${shown(mode)} has none; give null`)
}

/** torch.nn.functional.interpolate to these spatial sizes. */
export function interpolate(
  x: Value,
  sizes: readonly number[],
  mode: InterpolateMode,
  alignCorners: boolean | null = null,
): Value {
  switch (mode) {
    case 'nearest':
      return resize(x, sizes, 'nearest')
    case 'nearest-exact':
      return resize(x, sizes, 'nearestExact')
    case 'area':
      return adaptiveAveragePool(x, sizes)
    case 'bicubic':
      return resize(x, sizes, 'cubic', alignCorners ?? false)
    case 'linear':
    case 'bilinear':
    case 'trilinear':
      return resize(x, sizes, 'linear', alignCorners ?? false)
  }
}
