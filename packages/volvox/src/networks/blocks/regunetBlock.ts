// Blocks of the registration networks (MONAI monai.networks.blocks.regunet_block).
import { ShapeError, shown } from '../../core/errors.ts'
import { oneOf, type Kind } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import { maxPool } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { kaimingNormal, zero } from '../init.ts'
import { layer, pure, type Layer } from '../layer.ts'
import type { Named } from '../named.ts'
import { convolution, type ConvolutionOptions } from './convolutions.ts'
import { checkInterpolation, interpolate, type InterpolateMode } from './interpolate.ts'
import { normLayer } from './norm.ts'

/** How kernels start: Gaussian by the fan-in (under this name in MONAI), or with 0. */
export type KernelInitializer = 'kaiming_uniform' | 'zeros'

export const kernelInitializer: Kind<KernelInitializer> = oneOf('kaiming_uniform', 'zeros')

/** A convolution without bias, then batch norm and ReLU unless other ones are asked for. */
export function regConv(
  axes: number,
  inChannels: number,
  outChannels: number,
  {
    initializer = 'kaiming_uniform',
    ...options
  }: ConvolutionOptions & { readonly initializer?: KernelInitializer } = {},
): Layer {
  return convolution(axes, inChannels, outChannels, {
    act: 'RELU',
    norm: 'BATCH',
    bias: false,
    kernelInit: initializer === 'zeros' ? () => zero : (shape) => kaimingNormal(shape, 0),
    ...options,
  })
}

/** A transposed convolution to twice the size, batch norm and ReLU. */
export function regDeconv(axes: number, inChannels: number, outChannels: number): Layer {
  const window = { strides: 2, padding: 1, outputPadding: 1, isTransposed: true }
  return convolution(axes, inChannels, outChannels, { ...window, act: 'RELU', norm: 'BATCH', bias: false })
}

/** MONAI RegistrationResidualConvBlock: convolutions with norm and ReLU; the input is added before the last ReLU. */
export function residualConvBlock(
  axes: number,
  channels: number,
  { numLayers = 2, kernelSize = 3 }: { readonly numLayers?: number; readonly kernelSize?: number } = {},
): Layer {
  const indices = Array.from({ length: numLayers }, (_, i) => i)
  return layer({
    children: {
      layers: indices.map(() => convolution(axes, channels, channels, { kernelSize, bias: false, convOnly: true })),
      norms: indices.map(() => normLayer('batch', channels)),
    },
    forward: ({ layers, norms }, [x]) =>
      indices.reduce((y, i) => {
        const next = norms[i](layers[i](y))
        return m.relu(i === numLayers - 1 ? m.add(next, x) : next)
      }, x),
  })
}

/** MONAI RegistrationDownSampleBlock: half the size, by the largest of neighbours or a strided convolution. */
export function downSampleBlock(axes: number, channels: number, pooling: boolean): Layer {
  return layer({
    children: {
      layer: pooling
        ? pure((x) => maxPool(x, 2))
        : regConv(axes, channels, channels, { kernelSize: 2, strides: 2, padding: 0 }),
    },
    forward(own, [x]) {
      checkEven('RegistrationDownSampleBlock', x)
      return own.layer(x)
    },
  })
}

/** Throws unless every spatial size can be halved. */
export function checkEven(where: string, x: Value): void {
  if (x.shape.slice(2).some((n) => n % 2 !== 0))
    throw new ShapeError(where, `input has shape ${shown(x.shape)}; pad or crop to even spatial sizes at every level`)
}

export interface ExtractionOptions {
  /** Levels that the result is made from; 0 has the image's size. */
  readonly extractLevels: readonly number[]
  /** Channels of each level. */
  readonly numChannels: readonly number[]
  readonly outChannels: number
  readonly initializer?: KernelInitializer
  readonly activation?: Named | null
  readonly mode?: InterpolateMode
  readonly alignCorners?: boolean | null
}

/**
 * MONAI RegistrationExtractionBlock: the mean of what convolutions make of several levels, each resized to the image.
 * Inputs: the image, then the maps from the deepest level on.
 */
export function extractionBlock(axes: number, options: ExtractionOptions): Layer {
  const { extractLevels, numChannels, outChannels, activation = null, mode = 'nearest', alignCorners = null } = options
  checkInterpolation(mode, alignCorners, axes)
  const deepest = Math.max(...extractLevels)
  return layer({
    children: {
      layers: extractLevels.map((level) =>
        regConv(axes, numChannels[level], outChannels, {
          norm: null,
          act: activation,
          initializer: options.initializer,
        }),
      ),
    },
    forward({ layers }, [image, ...maps]) {
      const resized = layers.map((one, i) =>
        interpolate(one(maps[deepest - extractLevels[i]]), image.shape.slice(2), mode, alignCorners),
      )
      return m.div(
        resized.reduce((a, b) => m.add(a, b)),
        resized.length,
      )
    },
  })
}
