import { ShapeError, shown } from '../../core/errors.ts'
import { int, ints, oneOf } from '../../core/options.ts'
import { sizeOf } from '../../core/tensor.ts'
import * as m from '../../graph/math.ts'
import { identity, layer, pure, sequential, type Layer } from '../layer.ts'
import { network, networkOption, optionError, singleLayer } from '../network.ts'
import { conv } from './conv.ts'
import { blockInput, blockOptions } from './unitOptions.ts'

/** `[N, ...]` to `[N, values]`. */
export const flatten: Layer = pure((x) => m.reshape(x, [x.shape[0], -1]))

/** MONAI Flatten: each sample as one row of values. */
export const Flatten = network({ name: 'Flatten', options: {}, build: () => flatten })

/** MONAI Reshape: each sample in another shape. */
export const Reshape = network({
  name: 'Reshape',
  options: { shape: ints.req('Shape of a sample; one size may be -1 and follows from the others.') },
  build: ({ shape }) => pure((x) => m.reshape(x, [x.shape[0], ...shape])),
})

/** Samples of so many values, of any shape, as rows. */
export function flattened(where: string, size: number): Layer {
  return pure((x) => {
    if (sizeOf(x.shape.slice(1)) !== size)
      throw new ShapeError(where, `input has shape ${shown(x.shape)}; it was made for samples of ${size} values`)
    return m.reshape(x, [x.shape[0], size])
  })
}

/** MONAI SkipConnection: what a network makes of its input, joined with the input. */
export const SkipConnection = network({
  name: 'SkipConnection',
  options: {
    submodule: networkOption.req('The network.'),
    dim: int.opt('Axis along which the two are put together, in mode "cat".', 1),
    mode: oneOf('cat', 'add', 'mul').opt('How they are joined.', 'cat'),
  },
  build: ({ submodule, dim, mode }) =>
    layer({
      children: { submodule: singleLayer(submodule) },
      forward(own, [x]) {
        const y = own.submodule(x)
        return mode === 'cat' ? m.concat([x, y], dim) : mode === 'add' ? m.add(x, y) : m.mul(x, y)
      },
    }),
})

/** MONAI ChannelPad: more channels, of 0 on both sides, or another number by a convolution of size 1. */
export const ChannelPad = network({
  name: 'ChannelPad',
  options: {
    ...blockOptions,
    mode: oneOf('pad', 'project').opt('The way.', 'pad'),
  },
  check({ inChannels, outChannels, mode }) {
    if (mode === 'pad' && inChannels > outChannels)
      optionError(
        'outChannels',
        `${outChannels} is less than ${inChannels}, which padding cannot do; set mode "project"`,
      )
  },
  input: blockInput,
  build({ spatialDims, inChannels, outChannels, mode }) {
    if (inChannels === outChannels) return identity
    if (mode === 'project')
      return sequential({ project: conv(spatialDims, inChannels, outChannels, { kernelSize: 1 }) })
    const before = Math.floor((outChannels - inChannels) / 2)
    const pads = (n: number) => [0, n, ...new Array<number>(spatialDims).fill(0)]
    return pure((x) => m.pad(x, [...pads(before), ...pads(outChannels - inChannels - before)]))
  },
})
