import { bool, count, intOrInts, type Schema, type Values } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import { convolution } from '../blocks/convolutions.ts'
import { zero, type Init } from '../init.ts'
import { layer, type Layer, type Weight } from '../layer.ts'
import { nameIn, named, namedOrNumber, type Named } from '../named.ts'
import { network, optionError } from '../network.ts'

const options = {
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').req('Spatial axes.'),
  channels: count.req('Channels of the first layer; each further layer has twice as many.'),
  inChannels: count.req('Channels of the image.'),
  outChannels: count.opt('Channels of the result.', 1),
  kernelSize: count.opt('Size of convolution kernels.', 4),
  activation: named.opt('Activation.', ['leakyrelu', { negative_slope: 0.2 }]),
  norm: named.opt('Norm.', 'BATCH'),
  bias: bool.opt('Whether convolutions before a norm have a bias.', false),
  dropout: namedOrNumber.opt('Chance of dropout.', 0),
} satisfies Schema

/**
 * Judges how real the patches of an image are (Isola et al. 2017, MONAI PatchDiscriminator). Gives what each layer makes,
 * the judgement last.
 */
export const PatchDiscriminator = network({
  name: 'PatchDiscriminator',
  options: {
    ...options,
    numLayersD: count.opt('Layers between the first and the last.', 3, { alias: 'num_layers_d' }),
    padding: intOrInts.opt('Padding of convolutions but the last.', 1),
    lastConvKernelSize: count.opt('Kernel size of the last layer; that of the others when null.', null),
  },
  input: ({ inChannels, spatialDims }) => ({ channels: inChannels, spatialDims }),
  init: (weight, { norm }) => narrowNormal(weight, norm),
  build: patchDiscriminator,
})

type PatchOptions = Values<typeof options> & {
  readonly numLayersD: number
  readonly padding: number | readonly number[]
  readonly lastConvKernelSize: number | null
}

function patchDiscriminator({ numLayersD, ...rest }: PatchOptions): Layer<readonly Value[]> {
  const { spatialDims, channels, inChannels, outChannels, kernelSize, activation: act, norm, bias, dropout } = rest
  const { padding, lastConvKernelSize } = rest
  const lastKernel = lastConvKernelSize ?? kernelSize
  const middle = Array.from({ length: numLayersD }, (_, i) => {
    const width = channels * 2 ** i
    const strides = i === numLayersD - 1 ? 1 : 2
    return [
      String(i),
      convolution(spatialDims, width, 2 * width, { kernelSize, strides, padding, act, norm, bias, dropout }),
    ]
  }) as [string, Layer][]
  const children: Readonly<Record<string, Layer>> = {
    initial_conv: convolution(spatialDims, inChannels, channels, {
      kernelSize,
      strides: 2,
      padding,
      act,
      norm: null,
      dropout,
    }),
    ...Object.fromEntries(middle),
    final_conv: convolution(spatialDims, channels * 2 ** numLayersD, outChannels, {
      kernelSize: lastKernel,
      padding: Math.floor((lastKernel - 1) / 2),
      convOnly: true,
    }),
  }
  const names = ['initial_conv', ...middle.map(([name]) => name), 'final_conv']
  return layer({
    children,
    forward(own, [x]): readonly Value[] {
      const outputs: Value[] = []
      for (const name of names) outputs.push(own[name](outputs.at(-1) ?? x))
      return outputs
    },
  })
}

/**
 * Several patch discriminators, of which each further one has more layers (Wang et al. 2018, MONAI
 * MultiScalePatchDiscriminator). Gives their judgements, then what the layers of each make before.
 */
export const MultiScalePatchDiscriminator = network({
  name: 'MultiScalePatchDiscriminator',
  options: {
    ...options,
    numD: count.req('Discriminators.', { alias: 'num_d' }),
    numLayersD: count.req('Layers that each discriminator has more than the one before.', { alias: 'num_layers_d' }),
    minimumSizeIm: count.opt('The smallest image that is judged, in voxels along an axis.', 256),
    lastConvKernelSize: count.opt('Kernel size of the last layer of each discriminator.', 1),
  },
  check({ numD, numLayersD, minimumSizeIm }) {
    if (minimumSizeIm < 2 ** (numLayersD * numD))
      optionError(
        'minimumSizeIm',
        `${minimumSizeIm} is too small for ${numLayersD * numD} layers that halve it; give ${2 ** (numLayersD * numD)} or more, or lower numD or numLayersD`,
      )
  },
  input: ({ inChannels, spatialDims }) => ({ channels: inChannels, spatialDims }),
  init: (weight, { norm }) => narrowNormal(weight, norm),
  build({ numD, numLayersD, ...rest }) {
    const padding = Math.floor((rest.kernelSize - 1) / 2)
    const names = Array.from({ length: numD }, (_, i) => `discriminator_${i}`)
    const children = Object.fromEntries(
      names.map((name, i) => [name, patchDiscriminator({ ...rest, padding, numLayersD: numLayersD * (i + 1) })]),
    )
    return layer({
      children,
      forward(own, [x]): readonly Value[] {
        const each = names.map((name) => own[name](x))
        return [
          ...each.map((outputs) => outputs[outputs.length - 1]),
          ...each.flatMap((outputs) => outputs.slice(0, -1)),
        ]
      },
    })
  },
})

/** Deviation 0.02 around 0 for kernels, around 1 for the scales of batch norms (MONAI normal_init). */
function narrowNormal({ role, init }: Weight, norm: Named): Init {
  if (role === 'kernel') return { kind: 'normal', std: 0.02 }
  if (role === 'bias') return zero
  return role === 'scale' && nameIn(norm).endsWith('batch') ? { kind: 'normal', mean: 1, std: 0.02 } : init
}
