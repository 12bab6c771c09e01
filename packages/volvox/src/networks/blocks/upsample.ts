import { OptionError, ShapeError, shown } from '../../core/errors.ts'
import type { Value } from '../../graph/ir.ts'
import { averagePool, resize } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { oneOf, type Kind } from '../../core/options.ts'
import { kaimingNormal } from '../init.ts'
import { identity, layer, pure, sequential, type Layer } from '../layer.ts'
import { perAxis } from '../named.ts'
import { conv, convTranspose } from './conv.ts'
import { checkInterpolation, interpolate, type InterpolateMode } from './interpolate.ts'

/** How a map is enlarged: by a transposed convolution, by interpolation, or from channels. */
export type UpsampleMode = 'deconv' | 'deconvgroup' | 'nontrainable' | 'pixelshuffle'

export const upsampleMode: Kind<UpsampleMode> = oneOf('deconv', 'deconvgroup', 'nontrainable', 'pixelshuffle')

/** How `upsample` enlarges a map; factor and kernel for all spatial axes or one per axis. */
export interface UpsampleOptions {
  readonly mode: UpsampleMode
  readonly factor?: number | readonly number[]
  /** Of transposed convolutions; the factor unless given. */
  readonly kernelSize?: number | readonly number[]
  readonly alignCorners?: boolean | null
  readonly bias?: boolean
  /** Of interpolation: linear unless given. */
  readonly interpMode?: InterpolateMode
  /** Of interpolation: the sizes to reach, in place of the factor. */
  readonly size?: number | readonly number[] | null
  /** What stands before an interpolation or shuffle, in place of MONAI's convolution; nothing when null. */
  readonly preConv?: Layer | null
  /** What follows an interpolation. */
  readonly postConv?: Layer
  /** Of shuffled channels: whether they are averaged against checkerboards. */
  readonly applyPadPool?: boolean
}

/** MONAI UpSample: to `outChannels` and `factor` times the size. */
export function upsample(axes: number, inChannels: number, outChannels: number, options: UpsampleOptions): Layer {
  const { mode, bias = true } = options
  const factors = perAxis(options.factor ?? 2, axes, 'factor')
  const window = { ...transposedWindow(axes, factors, options.kernelSize), bias }
  switch (mode) {
    case 'deconv':
      return sequential({ deconv: convTranspose(axes, inChannels, outChannels, window) })
    case 'deconvgroup': {
      const groups = inChannels % outChannels === 0 ? outChannels : 1
      return sequential({ deconvgroup: convTranspose(axes, inChannels, outChannels, { ...window, groups }) })
    }
    case 'nontrainable':
      return sequential({
        preconv: beforeInterpolation(axes, inChannels, outChannels, options),
        upsample_non_trainable: interpolation(axes, factors, options),
        postconv: options.postConv,
      })
    case 'pixelshuffle':
      return sequential({ pixelshuffle: subpixelUpsample(axes, inChannels, outChannels, factors[0], options) })
  }
}

function beforeInterpolation(
  axes: number,
  inChannels: number,
  outChannels: number,
  { preConv, bias = true }: UpsampleOptions,
): Layer | undefined {
  if (preConv) return preConv
  if (inChannels === outChannels) return undefined
  if (preConv === null)
    throw new OptionError('preConv', `is null, and ${inChannels} channels do not become ${outChannels} by themselves`)
  return conv(axes, inChannels, outChannels, { kernelSize: 1, bias })
}

function interpolation(
  axes: number,
  factors: readonly number[],
  { interpMode = 'linear', alignCorners = true, size = null }: UpsampleOptions,
): Layer {
  // MONAI takes all three names of linear interpolation for the one that fits.
  const mode = interpMode.endsWith('linear') ? linearOf[axes - 1] : interpMode
  checkInterpolation(mode, alignCorners, axes)
  return pure((x) => {
    const sizes = size === null ? x.shape.slice(2).map((n, i) => n * factors[i]) : perAxis(size, axes, 'size')
    const broken = sizes.find((n) => !Number.isInteger(n))
    if (broken !== undefined)
      throw new ShapeError('upsample', `an input of shape ${shown(x.shape)} would get ${broken} voxels; give sizes`)
    return interpolate(x, sizes, mode, alignCorners)
  })
}

const linearOf = ['linear', 'bilinear', 'trilinear'] as const

/** x by linear interpolation, each spatial axis `factor` times as long. */
export function enlarged(x: Value, factor: number | readonly number[], alignCorners: boolean): Value {
  const sizes = x.shape.slice(2)
  const factors = perAxis(factor, sizes.length, 'factor')
  return resize(
    x,
    sizes.map((n, i) => n * factors[i]),
    'linear',
    alignCorners,
  )
}

/** Padded so that every axis becomes exactly so many times as long. */
function transposedWindow(axes: number, factors: readonly number[], kernelSize?: number | readonly number[]) {
  if (kernelSize === undefined) return { kernelSize: factors, strides: factors }
  const kernel = perAxis(kernelSize, axes, 'kernelSize')
  return {
    kernelSize: kernel,
    strides: factors,
    padding: kernel.map((k) => Math.floor((k - 1) / 2)),
    outputPadding: kernel.map((k, i) => factors[i] - 1 - ((k - 1) % 2)),
  }
}

/** MONAI SubpixelUpsample (Aitken et al. 2017): channels become voxels, which are then averaged against checkerboards. */
export function subpixelUpsample(
  axes: number,
  inChannels: number,
  outChannels: number,
  factor: number,
  { bias = true, preConv, applyPadPool = true }: Pick<UpsampleOptions, 'bias' | 'preConv' | 'applyPadPool'> = {},
): Layer {
  const pieces = factor ** axes
  // The channels that become one neighbourhood start alike.
  const kernelInit = (shape: readonly number[]) => kaimingNormal(shape, 0, pieces)
  const block = () => conv(axes, inChannels, outChannels * pieces, { kernelSize: 3, padding: 1, kernelInit, bias })
  return layer({
    children: { conv_block: preConv === undefined ? block() : (preConv ?? identity) },
    forward: ({ conv_block }, [x]) => {
      const many = conv_block(x)
      if (many.shape[1] % pieces !== 0)
        throw new ShapeError(
          'pixelShuffle',
          `${many.shape[1]} channels do not divide by ${pieces}, the voxels of a neighbourhood`,
        )
      const large = m.pixelShuffle(many, factor)
      if (!applyPadPool) return large
      const before = large.shape.map((_, axis) => (axis < 2 ? 0 : factor - 1))
      return averagePool(m.pad(large, [...before, ...before.map(() => 0)]), factor, { strides: 1 })
    },
  })
}
