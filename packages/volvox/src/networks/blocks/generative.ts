import * as m from '../../graph/math.ts'
import { resize } from '../../graph/layers.ts'
import { zero } from '../init.ts'
import { layer, pure, sequential, type Layer } from '../layer.ts'
import { convolution, type ConvolutionOptions } from './convolutions.ts'
import { groupNorm, type SpatialAttentionOptions } from './spatialAttention.ts'

/** MONAI Convolution without norm and activation, which keeps the size unless it steps. */
export function plainConv(
  axes: number,
  inChannels: number,
  outChannels: number,
  kernelSize = 3,
  options: ConvolutionOptions = {},
): Layer {
  return convolution(axes, inChannels, outChannels, { kernelSize, convOnly: true, ...options })
}

/** The same layer with all weights 0 at first, so that a block begins without effect. */
export function startingAtZero(part: Layer): Layer {
  return { ...part, initOf: () => zero }
}

/** Twice as long along each axis by repeating voxels. */
export const doubled: Layer = pure((x) =>
  resize(
    x,
    x.shape.slice(2).map((n) => 2 * n),
    'nearest',
  ),
)

/** MONAI UpSample, not learnt, by repeating voxels, and a convolution after it. */
export function doubledAndConvolved(axes: number, channels: number): Layer {
  return sequential({ upsample_non_trainable: doubled, postconv: plainConv(axes, channels, channels) })
}

/** x sigmoid(x), torch.nn.SiLU. */
export const silu: Layer = pure((x) => m.swish(x))

/** MONAI AEKLResBlock: norm, activation and convolution, twice, added to the input. */
export function autoencoderResBlock(
  axes: number,
  inChannels: number,
  outChannels: number,
  options: Pick<SpatialAttentionOptions, 'normNumGroups' | 'normEps'>,
): Layer {
  return layer({
    children: {
      norm1: groupNorm(inChannels, options),
      conv1: plainConv(axes, inChannels, outChannels),
      norm2: groupNorm(outChannels, options),
      conv2: plainConv(axes, outChannels, outChannels),
      nin_shortcut: inChannels === outChannels ? undefined : plainConv(axes, inChannels, outChannels, 1),
    },
    forward: (own, [x]) => {
      const y = own.conv2(m.swish(own.norm2(own.conv1(m.swish(own.norm1(x))))))
      return m.add(own.nin_shortcut ? own.nin_shortcut(x) : x, y)
    },
  })
}
