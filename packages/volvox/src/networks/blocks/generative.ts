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

/** MONAI AEKLDownsample: a convolution with step 2 of the map padded by one voxel at the end of each axis. */
export function paddedAndHalved(axes: number, conv: Layer): Layer {
  const pads = [0, 1].flatMap((end) => [0, 0, ...new Array<number>(axes).fill(end)])
  return sequential({ pad: pure((x) => m.pad(x, pads)), conv })
}

/** MONAI UpSample, not learnt, by repeating voxels, and a convolution after it. */
export function doubledAndConvolved(axes: number, channels: number): Layer {
  return sequential({ upsample_non_trainable: doubled, postconv: plainConv(axes, channels, channels) })
}

/** x sigmoid(x), torch.nn.SiLU. */
export const silu: Layer = pure((x) => m.swish(x))

/** What a residual block is made of where it is not a norm of groups and a plain convolution. */
export interface ResBlockParts {
  /** May take more inputs than the map: those of the block. */
  readonly norm?: (channels: number) => Layer
  readonly conv?: (from: number, to: number, kernelSize: number) => Layer
}

/** MONAI AEKLResBlock: norm, activation and convolution, twice, added to the input. */
export function autoencoderResBlock(
  axes: number,
  inChannels: number,
  outChannels: number,
  options: Pick<SpatialAttentionOptions, 'normNumGroups' | 'normEps'>,
  parts: ResBlockParts = {},
): Layer {
  const {
    norm = (channels) => groupNorm(channels, options),
    conv = (from, to, kernelSize) => plainConv(axes, from, to, kernelSize),
  } = parts
  return layer({
    children: {
      norm1: norm(inChannels),
      conv1: conv(inChannels, outChannels, 3),
      norm2: norm(outChannels),
      conv2: conv(outChannels, outChannels, 3),
      nin_shortcut: inChannels === outChannels ? undefined : conv(inChannels, outChannels, 1),
    },
    forward: (own, [x, ...more]) => {
      const hidden = own.conv1(m.swish(own.norm1(x, ...more)))
      const y = own.conv2(m.swish(own.norm2(hidden, ...more)))
      return m.add(own.nin_shortcut ? own.nin_shortcut(x) : x, y)
    },
  })
}
