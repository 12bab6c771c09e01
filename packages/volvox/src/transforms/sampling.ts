// The names that torch, scipy and NumPy have for interpolation and padding, as the kernels understand them.
import { OptionError, shown } from '../core/errors.ts'
import type { Sampling, ScaleMode, WindowMode } from '../core/plan.ts'
import {
  splinePaddings,
  statisticPads,
  type AffineSampling,
  type AxisMode,
  type Outside,
  type SplinePadding,
} from '../kernels/index.ts'

const outsideNames: Readonly<Record<string, Outside>> = {
  constant: 'constant',
  zeros: 'constant',
  'grid-constant': 'constant',
  empty: 'constant',
  edge: 'edge',
  border: 'edge',
  replicate: 'edge',
  nearest: 'edge',
  reflect: 'reflect',
  mirror: 'reflect',
  symmetric: 'symmetric',
  'grid-mirror': 'symmetric',
  wrap: 'wrap',
  circular: 'wrap',
  'grid-wrap': 'wrap',
}

/** What a move takes for voxels outside of the image. */
export function outsideOf({ paddingMode, alignCorners }: Sampling): Outside {
  if (paddingMode === 'reflection') return alignCorners ? 'reflect' : 'symmetric'
  const outside = outsideNames[paddingMode]
  if (outside) return outside
  throw new OptionError(
    'paddingMode',
    `${shown(paddingMode)} is unknown; use one of ${Object.keys(outsideNames).join(', ')}, ${statisticPads.join(', ')}`,
  )
}

const gridModes: Readonly<Record<string, AffineSampling['mode']>> = {
  bilinear: 'linear',
  nearest: 'nearest',
  bicubic: 'cubic',
}
const gridPaddings: Readonly<Record<string, AffineSampling['padding']>> = {
  zeros: 'zeros',
  constant: 'zeros',
  'grid-constant': 'zeros',
  border: 'border',
  nearest: 'border',
  reflection: 'reflection',
  reflect: 'reflection',
  'grid-mirror': 'reflection',
  wrap: 'reflection',
  'grid-wrap': 'reflection',
}

/** torch's `grid_sample` options. */
export function gridSampling({ mode, paddingMode, alignCorners = false }: Sampling): AffineSampling {
  const padding = gridPaddings[paddingMode]
  if (!padding)
    throw new OptionError(
      'paddingMode',
      `${shown(paddingMode)} does not go with mode ${shown(mode)}; use "zeros", "border" or "reflection"`,
    )
  return { mode: gridModes[mode], padding, alignCorners }
}

/** scipy's name for what lies outside of the image. */
export function splinePadding(name: string): SplinePadding {
  const renamed: string = { zeros: 'constant', border: 'nearest', reflection: 'reflect' }[name] ?? name
  const found = splinePaddings.find((padding) => padding === renamed)
  if (found) return found
  throw new OptionError(
    'paddingMode',
    `${shown(name)} does not go with splines; use one of ${splinePaddings.join(', ')}`,
  )
}

/** How `interpolate`'s modes find values along one axis. */
export function axisMode(mode: ScaleMode): AxisMode {
  return mode in torchModes ? torchModes[mode as keyof typeof torchModes] : (mode as WindowMode)
}

const torchModes = {
  nearest: 'nearest',
  'nearest-exact': 'nearest-exact',
  linear: 'linear',
  bilinear: 'linear',
  trilinear: 'linear',
  bicubic: 'bicubic',
  area: 'area',
} as const
