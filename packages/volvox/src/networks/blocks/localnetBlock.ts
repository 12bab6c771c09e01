// Blocks of the first LocalNet, and those of the registration networks, as components.
import { ShapeError, shown } from '../../core/errors.ts'
import { bool, count, intOrInts, ints, type Schema } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import { maxPool } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { layer, type Layer } from '../layer.ts'
import { named } from '../named.ts'
import { network, optionError } from '../network.ts'
import { actLayer } from './act.ts'
import { convolution } from './convolutions.ts'
import { checkInterpolation, interpolate, interpolateMode } from './interpolate.ts'
import { normLayer } from './norm.ts'
import {
  checkEven,
  downSampleBlock,
  extractionBlock,
  kernelInitializer,
  regConv,
  regDeconv,
  residualConvBlock,
} from './regunetBlock.ts'
import { blockInput, blockOptions } from './unitOptions.ts'

const resizing = {
  mode: interpolateMode.opt('How maps are resized.', 'nearest'),
  alignCorners: bool.opt('Whether corner voxels keep their place; null for modes without corners.', null),
} satisfies Schema

/** MONAI LocalNetDownSampleBlock: gives the map at half the size, and what it was before. */
export const LocalNetDownSampleBlock = network({
  name: 'LocalNetDownSampleBlock',
  options: { ...blockOptions, kernelSize: intOrInts.req('Size of the kernels, odd.') },
  input: ({ inChannels, spatialDims }) => ({ channels: inChannels, spatialDims, divisor: 2 }),
  build: ({ spatialDims: axes, inChannels, outChannels, kernelSize }) =>
    layer({
      children: {
        conv_block: plainConv(axes, inChannels, outChannels, kernelSize),
        residual_block: residual(axes, outChannels, kernelSize),
      },
      forward(own, [x]): readonly Value[] {
        checkEven('LocalNetDownSampleBlock', x)
        const mid = own.residual_block(own.conv_block(x))
        return [maxPool(mid, 2), mid]
      },
    }),
})

/** MONAI LocalNetUpSampleBlock: to twice the size, of the map on the way down. Inputs: the deep map, and that one. */
export const LocalNetUpSampleBlock = network({
  name: 'LocalNetUpSampleBlock',
  inputs: () => [
    { name: 'x', about: 'the map from below' },
    { name: 'mid', about: 'the one beside it' },
  ],
  options: { ...blockOptions, ...resizing },
  check({ spatialDims, inChannels, outChannels, mode, alignCorners }) {
    if (inChannels !== 2 * outChannels)
      optionError('inChannels', `${inChannels} is not twice outChannels, ${outChannels}; make it so`)
    checkInterpolation(mode, alignCorners, spatialDims)
  },
  input: blockInput,
  build: ({ spatialDims: axes, inChannels, outChannels, mode, alignCorners }) =>
    layer({
      children: {
        deconv_block: regDeconv(axes, inChannels, outChannels),
        conv_block: plainConv(axes, outChannels, outChannels, 3),
        residual_block: layer({
          children: {
            conv_layer: convolution(axes, outChannels, outChannels, { bias: false, convOnly: true }),
            norm: normLayer('batch', outChannels),
            relu: actLayer('relu'),
          },
          forward: (own, [x, mid]) => own.relu(m.add(own.norm(own.conv_layer(x)), mid)),
        }),
      },
      forward(own, [x, mid]) {
        if (mid.shape.slice(2).some((n, i) => n !== 2 * x.shape[i + 2]))
          throw new ShapeError(
            'LocalNetUpSampleBlock',
            `maps have shapes ${shown(x.shape)} and ${shown(mid.shape)}; the second must be twice as large`,
          )
        const [first, second] = m.split(interpolate(x, mid.shape.slice(2), mode, alignCorners), 1, [
          outChannels,
          outChannels,
        ])
        const raised = m.add(own.deconv_block(x), m.add(first, second))
        return own.residual_block(own.conv_block(raised), m.add(raised, mid))
      },
    }),
})

/** MONAI LocalNetFeatureExtractorBlock: a convolution and an activation. */
export const LocalNetFeatureExtractorBlock = network({
  name: 'LocalNetFeatureExtractorBlock',
  options: {
    ...blockOptions,
    act: named.nullable().opt('Activation; none when null.', 'RELU'),
    initializer: kernelInitializer.opt('How the kernel starts.', 'kaiming_uniform'),
  },
  input: blockInput,
  build: ({ spatialDims, inChannels, outChannels, act, initializer }) =>
    layer({
      children: { conv_block: regConv(spatialDims, inChannels, outChannels, { act, norm: null, initializer }) },
      forward: (own, [x]) => own.conv_block(x),
    }),
})

/** MONAI RegistrationResidualConvBlock: convolutions with norm and ReLU; the input is added before the last ReLU. */
export const RegistrationResidualConvBlock = network({
  name: 'RegistrationResidualConvBlock',
  options: {
    ...blockOptions,
    numLayers: count.opt('Convolutions.', 2),
    kernelSize: count.opt('Size of the kernels, odd.', 3),
  },
  check({ inChannels, outChannels }) {
    if (inChannels !== outChannels)
      optionError('outChannels', `${outChannels} cannot be added to ${inChannels} channels; make them equal`)
  },
  input: blockInput,
  build: ({ spatialDims, inChannels, numLayers, kernelSize }) =>
    residualConvBlock(spatialDims, inChannels, { numLayers, kernelSize }),
})

/** MONAI RegistrationDownSampleBlock: half the size. */
export const RegistrationDownSampleBlock = network({
  name: 'RegistrationDownSampleBlock',
  options: {
    spatialDims: blockOptions.spatialDims,
    channels: count.req('Channels.'),
    pooling: bool.req('Whether by max pooling, else by a convolution.'),
  },
  input: ({ channels, spatialDims }) => ({ channels, spatialDims, divisor: 2 }),
  build: ({ spatialDims, channels, pooling }) => downSampleBlock(spatialDims, channels, pooling),
})

/** MONAI RegistrationExtractionBlock. Inputs: a map of the image's size, then the maps from the deepest level on. */
export const RegistrationExtractionBlock = network({
  name: 'RegistrationExtractionBlock',
  options: {
    spatialDims: blockOptions.spatialDims,
    extractLevels: ints.req('Levels that the result is made from.'),
    numChannels: ints.req('Channels of each level.'),
    outChannels: blockOptions.outChannels,
    kernelInitializer: kernelInitializer.opt('How kernels start.', 'kaiming_uniform'),
    activation: named.opt('Activation of each level; none when null.', null),
    ...resizing,
  },
  check({ extractLevels, numChannels }) {
    const wrong = extractLevels.find((level) => level < 0 || level >= numChannels.length)
    if (wrong !== undefined || extractLevels.length === 0)
      optionError(
        'extractLevels',
        `[${extractLevels.join(', ')}] does not fit; give levels from 0 to ${numChannels.length - 1}`,
      )
  },
  build: ({ spatialDims, kernelInitializer: initializer, ...o }) => extractionBlock(spatialDims, { ...o, initializer }),
})

/** With PyTorch's own start. */
function plainConv(axes: number, from: number, to: number, kernelSize: number | readonly number[]): Layer {
  return convolution(axes, from, to, { kernelSize, act: 'RELU', norm: 'BATCH', bias: false })
}

function residual(axes: number, channels: number, kernelSize: number | readonly number[]): Layer {
  return layer({
    children: {
      conv_block: plainConv(axes, channels, channels, kernelSize),
      conv: convolution(axes, channels, channels, { kernelSize, bias: false, convOnly: true }),
      norm: normLayer('batch', channels),
      relu: actLayer('relu'),
    },
    forward: (own, [x]) => own.relu(m.add(own.norm(own.conv(own.conv_block(x))), x)),
  })
}
