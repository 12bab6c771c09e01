import { bool, count, intOrInts, ints, nonNegative, type Schema, type Values } from '../../core/options.ts'
import type { InputRule } from '../inputRule.ts'
import { activation, named, namedOrNumber, perAxis, sizesPerBlock } from '../named.ts'
import { optionError } from '../network.ts'
import { samePadding } from './conv.ts'

/** Axes and channels of a block. */
export const blockOptions = {
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').req('Spatial axes.'),
  inChannels: count.req('Channels in.'),
  outChannels: count.req('Channels out.'),
} satisfies Schema

/** What such a block takes. */
export function blockInput({
  inChannels,
  spatialDims,
}: Pick<Values<typeof blockOptions>, 'inChannels' | 'spatialDims'>): InputRule {
  return { channels: inChannels, spatialDims }
}

/** Options of networks that are stacked from convolutions or residual units. */
export const unitOptions = {
  kernelSize: intOrInts.opt('Size of convolution kernels, odd.', 3),
  act: activation.nullable().opt('Activation; none when null.', 'PRELU'),
  norm: named.nullable().opt('Norm; none when null.', 'INSTANCE'),
  dropout: namedOrNumber.nullable().opt('Chance of dropout; none when null.', null),
  bias: bool.opt('Whether convolutions have a bias.', true),
} satisfies Schema

/** Width and step of each layer of a stack. */
export const stackOptions = {
  channels: ints.req('Channels that come out of each layer.'),
  strides: sizesPerBlock.req('Step of each layer.'),
} satisfies Schema

/** Sizes of a tensor without its batch axis: channels, then spatial sizes. */
export const unbatchedShape = ints.where((shape) => shape.every((n) => n >= 1), 'a list of whole numbers of 1 or more')

/** Convolutions of a residual unit, as an option. */
export const resUnits = nonNegative.where(Number.isInteger, 'a whole number of 0 or more')

/** Refuses a stack whose lists differ in length. */
export function checkStack({
  channels,
  strides,
}: {
  readonly channels: readonly number[]
  readonly strides: readonly unknown[]
}): void {
  if (channels.length !== strides.length)
    optionError('strides', `has ${strides.length} values; ${channels.length} channels need ${channels.length}`)
}

/** Refuses a shape without 1 to 3 spatial axes. */
export function checkImageShape(option: string, shape: readonly number[]): void {
  if (shape.length < 2 || shape.length > 4)
    optionError(option, `[${shape.join(', ')}] has ${shape.length} values; give channels, then 1 to 3 spatial sizes`)
}

/** Spatial sizes after padded convolutions of one kernel size and these strides. */
export function sizesAfter(
  sizes: readonly number[],
  kernelSize: number | readonly number[],
  strides: readonly (number | readonly number[])[],
): readonly number[] {
  const kernel = perAxis(kernelSize, sizes.length, 'kernelSize')
  const padding = samePadding(
    kernel,
    kernel.map(() => 1),
  )
  return strides.reduce<readonly number[]>((left, stride) => {
    const steps = perAxis(stride, sizes.length, 'strides')
    return left.map((n, i) => Math.floor((n - kernel[i] + 2 * padding[i]) / steps[i]) + 1)
  }, sizes)
}
