import { count, intOrInts, ints, probability } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import { convolution } from '../blocks/convolutions.ts'
import { normLayer } from '../blocks/norm.ts'
import { layer, pure, sequential, type Layer } from '../layer.ts'
import { sizesPerBlock } from '../named.ts'
import { stepsOf } from '../inputRule.ts'
import { network, optionError } from '../network.ts'

type Sizes = number | readonly number[]

/** A U-Net whose skip connections are weighted by attention (Oktay et al. 2018; MONAI AttentionUnet). */
export const AttentionUnet = network({
  name: 'AttentionUnet',
  options: {
    spatialDims: count.where((n) => n <= 3, '1, 2 or 3').req('Spatial axes.'),
    inChannels: count.req('Channels of the image.'),
    outChannels: count.req('Channels of the result.'),
    channels: ints.req('Width per level, top first.'),
    strides: sizesPerBlock.req('Step from each level to the next.'),
    kernelSize: intOrInts.opt('Size of convolution kernels, odd.', 3),
    upKernelSize: intOrInts.opt('Size of the kernels that lead up, odd.', 3),
    dropout: probability.opt('Chance of dropout.', 0),
  },
  check({ channels, strides }) {
    if (channels.length < 2) optionError('channels', `has ${channels.length} values; an AttentionUnet needs 2 or more`)
    if (strides.length < channels.length - 1)
      optionError('strides', `has ${strides.length} values; ${channels.length} channels need ${channels.length - 1}`)
  },
  input: ({ spatialDims, inChannels, channels, strides }) => ({
    channels: inChannels,
    spatialDims,
    divisor: stepsOf(strides.slice(0, channels.length - 1), spatialDims),
  }),
  build({ spatialDims: axes, inChannels, outChannels, channels, strides, kernelSize, upKernelSize, dropout }) {
    const relu = { act: 'relu', norm: 'batch' } as const
    const block = (from: number, to: number, stride: Sizes): Layer => {
      const convs = [stride, 1].map((step, i) =>
        convolution(axes, i === 0 ? from : to, to, { ...relu, kernelSize, strides: step, dropout }),
      )
      return layer({ children: { conv: sequential(convs) }, forward: ({ conv }, [x]) => conv(x) })
    }
    const level = (i: number): Layer => {
      const [width, below, stride] = [channels[i], channels[i + 1], strides[i]]
      const inner = block(width, below, stride)
      const up = convolution(axes, below, width, {
        ...relu,
        kernelSize: upKernelSize,
        strides: stride,
        dropout: 0,
        isTransposed: true,
      })
      return layer({
        children: {
          attention: attention(axes, width),
          upconv: sequential({ up }),
          merge: convolution(axes, 2 * width, width, { dropout }),
          submodule: i === channels.length - 2 ? inner : sequential([inner, level(i + 1)]),
        },
        forward: (own, [x]) => {
          const lower = own.upconv(own.submodule(x))
          return own.merge(m.concat([own.attention(lower, x), lower], 1))
        },
      })
    }
    const last = convolution(axes, channels[0], outChannels, { kernelSize: 1, convOnly: true })
    return sequential({ model: sequential([block(inChannels, channels[0], 1), level(0), last]) })
  },
})

/** Weighs x, voxel by voxel, by how well it goes with the gate: inputs are the gate and x. */
function attention(axes: number, channels: number): Layer {
  const middle = Math.trunc(channels / 2)
  const pointwise = (from: number, to: number) => [
    convolution(axes, from, to, { kernelSize: 1, convOnly: true }),
    normLayer('batch', to),
  ]
  return layer({
    children: {
      W_g: sequential(pointwise(channels, middle)),
      W_x: sequential(pointwise(channels, middle)),
      psi: sequential([...pointwise(middle, 1), pure(m.sigmoid)]),
    },
    forward: (own, [gate, x]) => m.mul(x, own.psi(m.relu(m.add(own.W_g(gate), own.W_x(x))))),
  })
}
