import type { Value } from '../../graph/ir.ts'
import { averagePool, resize } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { oneOf, type Kind } from '../../core/options.ts'
import { kaimingNormal } from '../init.ts'
import { layer, pure, sequential, type Layer } from '../layer.ts'
import { perAxis } from '../named.ts'
import { conv, convTranspose } from './conv.ts'

/** How a map is enlarged: by a transposed convolution, by interpolation, or from channels. */
export type UpsampleMode = 'deconv' | 'deconvgroup' | 'nontrainable' | 'pixelshuffle'

export const upsampleMode: Kind<UpsampleMode> = oneOf('deconv', 'deconvgroup', 'nontrainable', 'pixelshuffle')

/** How `upsample` enlarges a map; factor and kernel for all spatial axes or one per axis. */
export interface UpsampleOptions {
  readonly mode: UpsampleMode
  readonly factor?: number | readonly number[]
  /** Of transposed convolutions; the factor unless given. */
  readonly kernelSize?: number | readonly number[]
  readonly alignCorners?: boolean
  readonly bias?: boolean
}

/** MONAI UpSample by a whole factor: to `outChannels` and `factor` times the size. */
export function upsample(axes: number, inChannels: number, outChannels: number, options: UpsampleOptions): Layer {
  const { mode, alignCorners = true, bias = true } = options
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
        preconv: inChannels === outChannels ? undefined : conv(axes, inChannels, outChannels, { kernelSize: 1, bias }),
        upsample_non_trainable: pure((x) => enlarged(x, factors, alignCorners)),
      })
    case 'pixelshuffle':
      return sequential({ pixelshuffle: subpixelUpsample(axes, inChannels, outChannels, factors[0], bias) })
  }
}

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
function subpixelUpsample(axes: number, inChannels: number, outChannels: number, factor: number, bias: boolean): Layer {
  const pieces = factor ** axes
  // The channels that become one neighbourhood start alike.
  const kernelInit = (shape: readonly number[]) => kaimingNormal(shape, 0, pieces)
  const block = conv(axes, inChannels, outChannels * pieces, { kernelSize: 3, padding: 1, kernelInit, bias })
  return layer({
    children: { conv_block: block },
    forward: ({ conv_block }, [x]) => {
      const large = m.pixelShuffle(conv_block(x), factor)
      const before = large.shape.map((_, axis) => (axis < 2 ? 0 : factor - 1))
      return averagePool(m.pad(large, [...before, ...before.map(() => 0)]), factor, { strides: 1 })
    },
  })
}
