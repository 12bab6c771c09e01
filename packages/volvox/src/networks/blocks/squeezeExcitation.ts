import { OptionError } from '../../core/errors.ts'
import * as m from '../../graph/math.ts'
import { layer, sequential, type Layer } from '../layer.ts'
import type { Named } from '../named.ts'
import { actLayer } from './act.ts'
import { convolution, type ConvolutionOptions } from './convolutions.ts'
import { linear } from './linear.ts'
import { channelMeans } from './pool.ts'

/** Weights channels by what a small network makes of their means (Hu et al. 2018; MONAI ChannelSELayer). */
export function channelSE(
  channels: number,
  reduction: number,
  { first = 'relu', second = 'sigmoid' }: { readonly first?: Named; readonly second?: Named } = {},
): Layer {
  const width = Math.trunc(channels / reduction)
  if (!(width > 0))
    throw new OptionError('reduction', `${reduction} leaves nothing of ${channels} channels; use at most ${channels}`)
  return layer({
    children: {
      fc: sequential([linear(channels, width), actLayer(first), linear(width, channels), actLayer(second)]),
    },
    forward: ({ fc }, [x]) =>
      m.mul(x, m.reshape(fc(channelMeans(x)), [x.shape[0], channels, ...x.shape.slice(2).map(() => 1)])),
  })
}

/** Of the convolutions of one block: channels that come out, and their window. */
type BlockConvolution = Pick<ConvolutionOptions, 'kernelSize' | 'strides' | 'groups'> & { readonly channels: number }

export interface SEBlockOptions {
  readonly reduction: number
  /** What the input goes through before it is added; nothing when absent. */
  readonly project?: Layer
}

/** Three convolutions with batch norm and weighted channels, beside the input (MONAI SEBlock). */
export function seBlock(
  axes: number,
  inChannels: number,
  convs: readonly [BlockConvolution, BlockConvolution, BlockConvolution],
  { reduction, project }: SEBlockOptions,
): Layer {
  const [conv1, conv2, conv3] = convs.map(({ channels, ...window }, i) =>
    convolution(axes, i === 0 ? inChannels : convs[i - 1].channels, channels, {
      ...window,
      norm: 'batch',
      act: i < 2 ? 'relu' : null,
      bias: false,
    }),
  )
  return layer({
    children: {
      conv1,
      conv2,
      conv3,
      se_layer: channelSE(convs[2].channels, reduction),
      project,
      act: actLayer('relu'),
    },
    forward: (own, [x]) => {
      const y = own.se_layer(own.conv3(own.conv2(own.conv1(x))))
      return own.act(m.add(y, own.project ? own.project(x) : x))
    },
  })
}
