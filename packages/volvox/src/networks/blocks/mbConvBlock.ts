import { OptionError, shown } from '../../core/errors.ts'
import * as m from '../../graph/math.ts'
import { layer, type Layer } from '../layer.ts'
import type { Named } from '../named.ts'
import { conv } from './conv.ts'
import { normLayer } from './norm.ts'
import { channelMeans } from './pool.ts'

/** One stack of inverted bottlenecks. */
export interface BlockArgs {
  readonly repeats: number
  readonly kernelSize: number
  readonly stride: number
  /** How many times as many channels there are inside as at the input. */
  readonly expansion: number
  readonly inChannels: number
  readonly outChannels: number
  /** Whether the input is added where shapes agree. */
  readonly skips: boolean
  /** Channels of the network that weights channels, as a share of the input's; none when null. */
  readonly squeezed: number | null
}

/** Blocks from MONAI's strings, e.g. `r1_k3_s11_e1_i32_o16_se0.25` with `_noskip` at the end or not. */
export function decodeBlocks(texts: readonly string[]): BlockArgs[] {
  return texts.map((text) => {
    const found = new Map(
      text.split('_').flatMap((part) => {
        const [, key, value] = /^([a-z]+)(\d.*)$/.exec(part) ?? []
        return key ? [[key, value] as const] : []
      }),
    )
    const whole = (key: string): number => {
      const value = Number(found.get(key))
      if (!(Number.isInteger(value) && value > 0))
        throw new OptionError(
          'blocksArgsStr',
          `${shown(text)} has no whole number ${key}; write "r1_k3_s11_e1_i32_o16_se0.25"`,
        )
      return value
    }
    const stride = found.get('s') ?? ''
    if (!/^([1-9])\1{0,2}$/.test(stride))
      throw new OptionError(
        'blocksArgsStr',
        `${shown(text)} has stride "${stride}"; give one digit for all axes, e.g. s22`,
      )
    const squeezed = Number(found.get('se') ?? 0)
    return {
      repeats: whole('r'),
      kernelSize: whole('k'),
      stride: Number(stride[0]),
      expansion: whole('e'),
      inChannels: whole('i'),
      outChannels: whole('o'),
      skips: !text.includes('noskip'),
      squeezed: squeezed > 0 && squeezed <= 1 ? squeezed : null,
    }
  })
}

export interface SameWindow {
  readonly kernelSize: number
  readonly stride: number
  /** Size of the images that the padding is made for; others get the same padding. */
  readonly size: number
  readonly groups?: number
}

/** A convolution without bias, padded so that images of `size` are divided by the stride, more at the end (TensorFlow's SAME). */
export function sameConv(axes: number, inChannels: number, outChannels: number, o: SameWindow): Layer {
  const total = Math.max((Math.ceil(o.size / o.stride) - 1) * o.stride + o.kernelSize - o.size, 0)
  const before = Math.floor(total / 2)
  const inner = conv(axes, inChannels, outChannels, {
    kernelSize: o.kernelSize,
    strides: o.stride,
    groups: o.groups,
    bias: false,
  })
  if (total === 0) return inner
  return {
    ...inner,
    withChild: undefined,
    forward(context, [x]) {
      const along = (n: number) => x.shape.map((_, axis) => (axis < 2 ? 0 : n))
      return inner.forward(context, [m.pad(x, [...along(before), ...along(total - before)])])
    },
  }
}

/** What a stride leaves of a size. */
export function smaller(size: number, stride: number): number {
  return Math.ceil(size / stride)
}

export interface MBConvOptions {
  /** Size of the images that the padding is made for. */
  readonly size: number
  readonly norm: Named
  /** Chance that a sample is left out of the block in training. */
  readonly dropConnect: number
}

/** Few channels, made many, convolved one by one, weighted, made few again (Sandler et al. 2018; MONAI MBConvBlock). */
export function mbConvBlock(axes: number, args: BlockArgs, { size, norm, dropConnect }: MBConvOptions): Layer {
  const { inChannels, outChannels, kernelSize, stride, expansion, squeezed } = args
  const width = inChannels * expansion
  const few = Math.max(1, Math.trunc(inChannels * (squeezed ?? 0)))
  const point = (from: number, to: number, bias: boolean) => conv(axes, from, to, { kernelSize: 1, bias })
  return layer({
    children: {
      _expand_conv: expansion === 1 ? undefined : point(inChannels, width, false),
      _bn0: expansion === 1 ? undefined : normLayer(norm, width),
      _depthwise_conv: sameConv(axes, width, width, { kernelSize, stride, size, groups: width }),
      _bn1: normLayer(norm, width),
      _se_reduce: squeezed === null ? undefined : point(width, few, true),
      _se_expand: squeezed === null ? undefined : point(few, width, true),
      _project_conv: point(width, outChannels, false),
      _bn2: normLayer(norm, outChannels),
    },
    forward: (own, [x], context) => {
      const many = own._expand_conv && own._bn0 ? m.swish(own._bn0(own._expand_conv(x))) : x
      const apart = m.swish(own._bn1(own._depthwise_conv(many)))
      const means = () => m.reshape(channelMeans(apart), [x.shape[0], width, ...x.shape.slice(2).map(() => 1)])
      const weighted =
        own._se_reduce && own._se_expand
          ? m.mul(m.sigmoid(own._se_expand(m.swish(own._se_reduce(means())))), apart)
          : apart
      const y = own._bn2(own._project_conv(weighted))
      if (!args.skips || stride !== 1 || inChannels !== outChannels) return y
      const dropped = context.training && dropConnect > 0
      const mask = () => context.sampleMask([x.shape[0], 1, ...x.shape.slice(2).map(() => 1)], dropConnect)
      return m.add(dropped ? m.mul(y, mask()) : y, x)
    },
  })
}
