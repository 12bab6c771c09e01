import { ShapeError, shown } from '../../core/errors.ts'
import { bool, count, int, intOrInts, ints, text } from '../../core/options.ts'
import { sameShape } from '../../core/tensor.ts'
import { maxPool } from '../../graph/layers.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { convolution, type ConvolutionOptions } from '../blocks/convolutions.ts'
import { interpolate } from '../blocks/interpolate.ts'
import { dims2or3 } from '../blocks/vnetBlock.ts'
import { DVF2DDF, warped } from '../blocks/warp.ts'
import { layer, pure, sequential, skip, type Layer } from '../layer.ts'
import { activation, named, namedOrNumber, nameIn, type Named } from '../named.ts'
import { network, networkOption, onlyOutput, optionError } from '../network.ts'

const act = activation.nullable()

/**
 * The U-Net of VoxelMorph: from two images, one beside the other, to a displacement or velocity per axis (Balakrishnan et
 * al. 2019, MONAI VoxelMorphUNet).
 */
export const VoxelMorphUNet = network({
  name: 'VoxelMorphUNet',
  options: {
    spatialDims: dims2or3.req('Spatial axes.'),
    inChannels: count.req('Channels of both images together.'),
    unetOutChannels: count.req('Channels that come out of the U-Net.'),
    channels: ints.req('Channels of each level on the way down and up, pair after pair, top first.'),
    finalConvChannels: ints.req('Channels of the convolutions after the U-Net.'),
    finalConvAct: act.opt('Activation of those; "leakyrelu" has a slope of 0.2 here.', 'LEAKYRELU'),
    kernelSize: intOrInts.opt('Size of convolution kernels, odd.', 3),
    upKernelSize: intOrInts.opt('Size of the kernels that lead up, odd.', 3),
    act: act.opt('Activation of the U-Net; "leakyrelu" has a slope of 0.2 here.', 'LEAKYRELU'),
    norm: named.opt('Norm; none when null.', null),
    dropout: namedOrNumber.nullable().opt('Chance of dropout; none when null.', 0),
    bias: bool.opt('Whether convolutions have a bias.', true),
    useMaxpool: bool.opt('Whether the size is halved by max pooling, else by convolutions.', true),
    adnOrdering: text.opt('Order of activation (A), dropout (D) and norm (N).', 'NDA'),
  },
  check({ inChannels, channels }) {
    if (inChannels % 2 !== 0) optionError('inChannels', `${inChannels} is odd; give the channels of two images`)
    if (channels.length < 2 || channels.length % 2 !== 0)
      optionError('channels', `has ${channels.length} values; give one or more pairs`)
  },
  input: ({ inChannels, spatialDims, channels }) => ({
    channels: inChannels,
    spatialDims,
    divisor: 2 ** (channels.length / 2),
  }),
  build({ spatialDims: axes, inChannels, unetOutChannels, channels, finalConvChannels, useMaxpool, ...o }) {
    const { kernelSize, upKernelSize, finalConvAct, ...rest } = o
    const block = { ...rest, act: steep(o.act) }
    const one = (from: number, to: number, options: ConvolutionOptions): Layer =>
      convolution(axes, from, to, { ...block, ...options })
    const down = (from: number, to: number, isTop: boolean): Layer => {
      const conv = one(from, to, { kernelSize, strides: useMaxpool || isTop ? 1 : 2 })
      return useMaxpool && !isTop ? sequential([pure((x) => maxPool(x, 2)), conv]) : conv
    }
    const up = (from: number, to: number, isTop: boolean): Layer => {
      const conv = one(from, to, { kernelSize: upKernelSize })
      return isTop ? conv : sequential([conv, doubled])
    }
    const level = (from: number, to: number, i: number): Layer => {
      const [onTheWay, fromBelow] = [channels[i], channels[i + 1]]
      const inner =
        i + 2 < channels.length
          ? level(onTheWay, fromBelow, i + 2)
          : sequential([down(onTheWay, fromBelow, false), doubled])
      return sequential([down(from, onTheWay, i === 0), skip(inner), up(onTheWay + fromBelow, to, i === 0)])
    }
    const finals = finalConvChannels.map((width, i) => [
      `final_conv_${i}`,
      one(i === 0 ? unetOutChannels : finalConvChannels[i - 1], width, { kernelSize, act: steep(finalConvAct) }),
    ])
    const last = one(finalConvChannels.at(-1) ?? unetOutChannels, axes, { kernelSize, act: null })
    const final = sequential({ ...Object.fromEntries(finals), final_conv_out: last })
    return sequential({ net: sequential([level(inChannels, unetOutChannels, 0), final]) })
  },
})

/**
 * Moves one image onto another (Balakrishnan et al. 2019, MONAI VoxelMorph). Takes the moving and the fixed image; gives the
 * moved one and how far each voxel moves.
 */
export const VoxelMorph = network({
  name: 'VoxelMorph',
  inputs: () => [
    { name: 'moving', about: 'the moving image' },
    { name: 'fixed', about: 'the fixed one', shape: (moving) => moving },
  ],
  options: {
    backbone: networkOption.opt('Makes the displacement of both images; a VoxelMorphUNet when null.', null),
    integrationSteps: int
      .where((n) => n >= 0, 'a whole number of 0 or more')
      .opt('How often velocities are doubled on the way to displacements; 0 takes them for displacements.', 7),
    halfRes: bool.opt('Whether velocities are followed at half the size; for volumes.', false),
    spatialDims: dims2or3.opt('Spatial axes.', 3),
  },
  check({ halfRes, spatialDims }) {
    if (halfRes && spatialDims !== 3) optionError('halfRes', 'is for 3 spatial axes; leave it out')
  },
  build({ backbone, integrationSteps, halfRes, spatialDims }) {
    const integrate = integrationSteps > 0 ? DVF2DDF.layer({ numSteps: integrationSteps }) : undefined
    return layer({
      children: { backbone: backbone?.layer ?? defaultBackbone(spatialDims), dvf2ddf: integrate },
      forward(own, [moving, fixed]): readonly Value[] {
        const spatial = moving.shape.slice(2)
        checkPair(moving, fixed, halfRes)
        const found = onlyOutput(own.backbone(m.concat([moving, fixed], 1)), 'VoxelMorph.backbone')
        checkField(found, [moving.shape[0], spatialDims, ...spatial])
        const resized = (x: Value, sizes: readonly number[]) => interpolate(x, sizes, 'trilinear', true)
        const halved = spatial.map((n) => n / 2)
        const field = halfRes ? m.mul(resized(found, halved), 2) : found
        const moved = own.dvf2ddf ? own.dvf2ddf(field) : field
        const ddf = halfRes ? resized(m.mul(moved, 0.5), spatial) : moved
        return [warped(moving, ddf, 'bilinear', 'zeros'), ddf]
      },
    })
  },
})

/** To twice the size. MONAI's layer is a sequence of one, which has no weights. */
const doubled: Layer = pure((x) =>
  interpolate(
    x,
    x.shape.slice(2).map((n) => 2 * n),
    'nearest',
  ),
)

/** A bare "leakyrelu" has the slope of the authors' framework. */
function steep(act: Named | null): Named | null {
  return typeof act === 'string' && nameIn(act) === 'leakyrelu' ? ['leakyrelu', { negativeSlope: 0.2 }] : act
}

function defaultBackbone(spatialDims: number): Layer {
  return VoxelMorphUNet.layer({
    spatialDims,
    inChannels: 2,
    unetOutChannels: 32,
    channels: [16, 32, 32, 32, 32, 32],
    finalConvChannels: [16, 16],
  })
}

function checkPair(moving: Value, fixed: Value, halfRes: boolean): void {
  if (!sameShape(moving.shape, fixed.shape))
    throw new ShapeError(
      'VoxelMorph',
      `the moving image has shape ${shown(moving.shape)}, the fixed one ${shown(fixed.shape)}; give equal ones`,
    )
  if (halfRes && moving.shape.slice(2).some((n) => n % 2 !== 0))
    throw new ShapeError('VoxelMorph', `images of shape ${shown(moving.shape)} cannot be halved; pad to even sizes`)
}

function checkField(field: Value, shape: readonly number[]): void {
  if (!sameShape(field.shape, shape))
    throw new ShapeError(
      'VoxelMorph.backbone',
      `gives shape ${shown(field.shape)}; give a network whose result is ${shown(shape)} here`,
    )
}
