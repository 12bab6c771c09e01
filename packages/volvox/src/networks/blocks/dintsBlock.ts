import * as m from '../../graph/math.ts'
import { layer, pure, sequential, type Layer } from '../layer.ts'
import type { Named } from '../named.ts'
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
export function actiConvNorm(from: number, to: number, kernelSize: number, o: DintsBlockOptions): CostedBlock {
  return {
    layer: sequential({
      acti: actLayer(o.actName),
      conv: conv(o.spatialDims, from, to, { kernelSize, padding: (kernelSize - 1) / 2, bias: false }),
      norm: normLayer(o.normName, to),
    }),
    ramCost: 1 + (2 * from) / to,
  }
}

/** MONAI P3DActiConvNormBlock: as above, with a 3x3x3 kernel made of a flat one and a line along `axis`. */
export function p3dActiConvNorm(channels: number, axis: number, o: DintsBlockOptions): CostedBlock {
  const along = (size: number, others: number) => [0, 1, 2].map((i) => (i === axis ? size : others))
  const piece = (kernelSize: number[]) =>
    conv(3, channels, channels, { kernelSize, padding: kernelSize.map((k) => (k - 1) / 2), bias: false })
  return {
    layer: sequential({
      acti: actLayer(o.actName),
      conv: piece(along(1, 3)),
      conv_1: piece(along(3, 1)),
      norm: normLayer(o.normName, channels),
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
