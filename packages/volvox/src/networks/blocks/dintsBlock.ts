import { count, int, type Schema } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import type { InputRule } from '../inputRule.ts'
import { layer, pure, sequential, type Layer } from '../layer.ts'
import { named, type Named } from '../named.ts'
import { network } from '../network.ts'
import { actLayer } from './act.ts'
import { conv } from './conv.ts'
import { normLayer } from './norm.ts'
import { enlarged } from './upsample.ts'

/** What all blocks of DiNTS share. */
export interface DintsBlockOptions {
  readonly spatialDims: number
  readonly actName: Named
  readonly normName: Named
}

/** A block of DiNTS, and how many times the size of its result it needs to compute it (MONAI's `ram_cost`). */
export interface CostedBlock {
  readonly layer: Layer
  readonly ramCost: number
}

export const skipConnect: CostedBlock = { layer: sequential([]), ramCost: 0 }

/** MONAI ActiConvNormBlock: activation, convolution, norm. */
export function actiConvNorm(
  from: number,
  to: number,
  kernelSize: number,
  o: DintsBlockOptions,
  padding = (kernelSize - 1) / 2,
): CostedBlock {
  return {
    layer: sequential({
      acti: actLayer(o.actName),
      conv: conv(o.spatialDims, from, to, { kernelSize, padding, bias: false }),
      norm: normLayer(o.normName, to),
    }),
    ramCost: 1 + (2 * from) / to,
  }
}

/** A cubic kernel, in two pieces. */
export interface P3DKernel {
  readonly kernelSize: number
  readonly padding: number
  /** Where the second piece, a line, lies; the first one is flat along it. */
  readonly axis: number
}

/** MONAI P3DActiConvNormBlock: as above, with a kernel made of a flat one and a line. */
export function p3dActiConvNorm(
  from: number,
  to: number,
  { kernelSize, padding, axis }: P3DKernel,
  o: Omit<DintsBlockOptions, 'spatialDims'>,
): CostedBlock {
  const along = (own: number, others: number) => [0, 1, 2].map((i) => (i === axis ? own : others))
  const piece = (out: number, size: readonly number[], pads: readonly number[]) =>
    conv(3, from, out, { kernelSize: size, padding: pads, bias: false })
  return {
    layer: sequential({
      acti: actLayer(o.actName),
      conv: piece(from, along(1, kernelSize), along(0, padding)),
      conv_1: piece(to, along(kernelSize, 1), along(padding, 0)),
      norm: normLayer(o.normName, to),
    }),
    ramCost: 4,
  }
}

/** MONAI FactorizedIncreaseBlock: twice the size by interpolation. */
export function factorizedIncrease(from: number, to: number, o: DintsBlockOptions): CostedBlock {
  return {
    layer: sequential({
      up: pure((x) => enlarged(x, 2, true)),
      acti: actLayer(o.actName),
      conv: conv(o.spatialDims, from, to, { kernelSize: 1, bias: false }),
      norm: normLayer(o.normName, to),
    }),
    ramCost: (2 * from) / to + 2,
  }
}

/** MONAI FactorizedReduceBlock: half the size; one half of the channels sees the even voxels, the other the odd ones. */
export function factorizedReduce(from: number, to: number, o: DintsBlockOptions): CostedBlock {
  const half = Math.floor(to / 2)
  const strided = (channels: number) => conv(o.spatialDims, from, channels, { kernelSize: 1, strides: 2, bias: false })
  return {
    layer: layer({
      children: {
        act: actLayer(o.actName),
        conv_1: strided(half),
        conv_2: strided(to - half),
        norm: normLayer(o.normName, to),
      },
      forward: (own, [x]) => {
        const y = own.act(x)
        const odd = m.slice(
          y,
          y.shape.map((_, axis) => (axis < 2 ? 0 : 1)),
          y.shape.map((n, axis) => (axis < 2 ? n : n - 1)),
        )
        return own.norm(m.concat([own.conv_1(y), own.conv_2(odd)], 1))
      },
    }),
    ramCost: (from / to) * 2 ** o.spatialDims + 3,
  }
}

const channels = {
  inChannel: count.req('Channels in.'),
  outChannel: count.req('Channels out.'),
} satisfies Schema

const actAndNorm = {
  actName: named.opt('Activation.', 'RELU'),
  normName: named.opt('Norm.', ['INSTANCE', { affine: true }]),
} satisfies Schema

const padding = int.where((n) => n >= 0, 'a whole number of 0 or more')

/** Activation, convolution and norm (MONAI ActiConvNormBlock). */
export const ActiConvNormBlock = network({
  name: 'ActiConvNormBlock',
  options: {
    ...channels,
    kernelSize: count.opt('Size of the kernel.', 3),
    padding: padding.opt('Zeros around the image.', 1),
    spatialDims: count.where((n) => n <= 3, '1, 2 or 3').opt('Spatial axes.', 3),
    ...actAndNorm,
  },
  input: blockInput,
  build: ({ inChannel, outChannel, kernelSize, padding, ...o }) =>
    actiConvNorm(inChannel, outChannel, kernelSize, o, padding).layer,
})

/** Activation, two convolutions that stand for one with a cubic kernel, and norm (MONAI P3DActiConvNormBlock). */
export const P3DActiConvNormBlock = network({
  name: 'P3DActiConvNormBlock',
  options: {
    ...channels,
    kernelSize: count.req('Edge of the cube.'),
    padding: padding.req('Zeros around the image.'),
    mode: int
      .where((n) => n >= 0 && n <= 2, '0, 1 or 2')
      .opt('The second kernel is a line along the last axis less this.', 0),
    ...actAndNorm,
  },
  input: ({ inChannel }) => ({ channels: inChannel, spatialDims: 3 }),
  build: ({ inChannel, outChannel, kernelSize, padding, mode, ...o }) =>
    p3dActiConvNorm(inChannel, outChannel, { kernelSize, padding, axis: 2 - mode }, o).layer,
})

const resizing = {
  ...channels,
  spatialDims: count.where((n) => n === 2 || n === 3, '2 or 3').opt('Spatial axes.', 3),
  ...actAndNorm,
} satisfies Schema

/** Twice the size by interpolation, activation, a convolution of size 1 and norm (MONAI FactorizedIncreaseBlock). */
export const FactorizedIncreaseBlock = network({
  name: 'FactorizedIncreaseBlock',
  options: resizing,
  input: blockInput,
  build: ({ inChannel, outChannel, ...o }) => factorizedIncrease(inChannel, outChannel, o).layer,
})

/** Half the size: half of the channels is made of the even voxels, half of the odd ones (MONAI FactorizedReduceBlock). */
export const FactorizedReduceBlock = network({
  name: 'FactorizedReduceBlock',
  options: resizing,
  input: (o) => ({ ...blockInput(o), divisor: 2 }),
  build: ({ inChannel, outChannel, ...o }) => factorizedReduce(inChannel, outChannel, o).layer,
})

function blockInput({
  inChannel,
  spatialDims,
}: {
  readonly inChannel: number
  readonly spatialDims: number
}): InputRule {
  return { channels: inChannel, spatialDims }
}
