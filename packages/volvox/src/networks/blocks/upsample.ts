import type { Value } from '../../graph/ir.ts'
import { averagePool, resize } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { oneOf, type Kind } from '../../core/options.ts'
import { kaimingNormal } from '../init.ts'
import { layer, pure, sequential, type Layer } from '../layer.ts'
import { conv, convTranspose } from './conv.ts'

/** How a map is enlarged: by a transposed convolution, by interpolation, or from channels. */
export type UpsampleMode = 'deconv' | 'deconvgroup' | 'nontrainable' | 'pixelshuffle'

export const upsampleMode: Kind<UpsampleMode> = oneOf('deconv', 'deconvgroup', 'nontrainable', 'pixelshuffle')

/** MONAI UpSample by a whole factor: to `outChannels` and `factor` times the size. */
export function upsample(
  axes: number,
  inChannels: number,
  outChannels: number,
  {
    mode,
    factor = 2,
    alignCorners = true,
  }: { readonly mode: UpsampleMode; readonly factor?: number; readonly alignCorners?: boolean },
): Layer {
  const window = { kernelSize: factor, strides: factor }
  switch (mode) {
    case 'deconv':
      return sequential({ deconv: convTranspose(axes, inChannels, outChannels, window) })
    case 'deconvgroup': {
      const groups = inChannels % outChannels === 0 ? outChannels : 1
      return sequential({ deconvgroup: convTranspose(axes, inChannels, outChannels, { ...window, groups }) })
    }
    case 'nontrainable':
      return sequential({
        preconv: inChannels === outChannels ? undefined : conv(axes, inChannels, outChannels, { kernelSize: 1 }),
        upsample_non_trainable: pure((x) =>
          resize(
            x,
            x.shape.slice(2).map((n) => n * factor),
            'linear',
            alignCorners,
          ),
        ),
      })
    case 'pixelshuffle':
      return sequential({ pixelshuffle: subpixelUpsample(axes, inChannels, outChannels, factor) })
  }
}

/** MONAI SubpixelUpsample (Aitken et al. 2017): channels become voxels, which are then averaged against checkerboards. */
function subpixelUpsample(axes: number, inChannels: number, outChannels: number, factor: number): Layer {
  const pieces = factor ** axes
  // The channels that become one neighbourhood start alike.
  const kernelInit = (shape: readonly number[]) => kaimingNormal(shape, 0, pieces)
  return layer({
    children: { conv_block: conv(axes, inChannels, outChannels * pieces, { kernelSize: 3, padding: 1, kernelInit }) },
    forward: ({ conv_block }, [x]) => {
      const large = pixelShuffle(conv_block(x), factor)
      const before = large.shape.map((_, axis) => (axis < 2 ? 0 : factor - 1))
      return averagePool(m.pad(large, [...before, ...before.map(() => 0)]), factor, { strides: 1 })
    },
  })
}

/** `[N, C·factor^d, ...]` to `[N, C, ...]`, each spatial axis `factor` times as long (Shi et al. 2016). */
function pixelShuffle(x: Value, factor: number): Value {
  const [samples, channels, ...spatial] = x.shape
  const axes = spatial.length
  const kept = channels / factor ** axes
  const apart = m.reshape(x, [samples, kept, ...spatial.map(() => factor), ...spatial])
  const perm = [0, 1, ...spatial.flatMap((_, i) => [2 + axes + i, 2 + i])]
  return m.reshape(m.transpose(apart, perm), [samples, kept, ...spatial.map((n) => n * factor)])
}
