import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { zero } from '../init.ts'
import { layer, type Layer, type Weight } from '../layer.ts'
import { conv, convTranspose } from './conv.ts'
import { normLayer } from './norm.ts'

export interface MedNeXtBlockOptions {
  readonly spatialDims: number
  /** How much wider the block is inside. */
  readonly expansionRatio: number
  readonly kernelSize: number
  readonly useResidualConnection: boolean
  readonly normType: 'group' | 'layer'
  readonly globalRespNorm: boolean
  /** Whether the block halves or doubles the size. */
  readonly resample?: 'down' | 'up'
}

/**
 * MONAI MedNeXtBlock, MedNeXtDownBlock and MedNeXtUpBlock: a convolution of each channel by itself and a norm; two
 * convolutions of all channels with a wide middle; and the input added.
 */
export function medNeXtBlock(inChannels: number, outChannels: number, o: MedNeXtBlockOptions): Layer {
  const { spatialDims, kernelSize, resample } = o
  const wide = o.expansionRatio * inChannels
  const window = { kernelSize, padding: (kernelSize - 1) / 2, strides: resample ? 2 : 1, groups: inChannels }
  const spatial = resample === 'up' ? convTranspose : conv
  const competes = o.globalRespNorm && resample !== 'down'
  const perChannel: Weight['shape'] = [1, wide, ...new Array<number>(spatialDims).fill(1)]
  return layer({
    weights: {
      global_resp_beta: competes ? { shape: perChannel, init: zero, role: 'shift' as const } : undefined,
      global_resp_gamma: competes ? { shape: perChannel, init: zero, role: 'scale' as const } : undefined,
    },
    children: {
      conv1: spatial(spatialDims, inChannels, inChannels, window),
      norm: normLayer(
        o.normType === 'group'
          ? ['group', { num_groups: inChannels }]
          : ['layer', { normalized_shape: [inChannels, ...new Array<number>(spatialDims).fill(kernelSize)] }],
        inChannels,
      ),
      conv2: conv(spatialDims, inChannels, wide, { kernelSize: 1 }),
      conv3: conv(spatialDims, wide, outChannels, { kernelSize: 1 }),
      res_conv:
        o.useResidualConnection && resample
          ? spatial(spatialDims, inChannels, outChannels, { kernelSize: 1, strides: 2 })
          : undefined,
    },
    forward: (own, [x]) => {
      const inner = m.gelu(own.conv2(own.norm(own.conv1(x))))
      const { global_resp_beta: beta, global_resp_gamma: gamma } = own
      const y = own.conv3(gamma && beta ? competing(inner, gamma, beta) : inner)
      const whole = (value: Value) => (resample === 'up' ? filled(value) : value)
      if (!o.useResidualConnection) return whole(y)
      return m.add(whole(y), own.res_conv ? whole(own.res_conv(x)) : x)
    },
  })
}

/** Global response normalisation (Woo et al. 2023): channels count as much as they are strong beside the others. */
function competing(x: Value, gamma: Value, beta: Value): Value {
  const spatial = x.shape.map((_, axis) => axis).slice(2)
  const strength = m.sqrt(m.sum(m.square(x), spatial, true))
  const share = m.div(strength, m.add(m.mean(strength, [1], true), 1e-6))
  return m.add(m.add(m.mul(gamma, m.mul(x, share)), beta), x)
}

/** One zero before each spatial axis, which the transposed convolution left out. */
function filled(x: Value): Value {
  return m.pad(x, [...x.shape.map((_, axis) => (axis < 2 ? 0 : 1)), ...x.shape.map(() => 0)])
}
