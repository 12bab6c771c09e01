import { sizeOf } from '../../core/tensor.ts'
import * as m from '../../graph/math.ts'
import { unit } from '../blocks/convolutions.ts'
import { linear } from '../blocks/linear.ts'
import { flatten } from '../blocks/simple.ts'
import {
  checkImageShape,
  checkStack,
  resUnits,
  sizesAfter,
  stackOptions,
  unbatchedShape,
  unitOptions,
} from '../blocks/unitOptions.ts'
import { layer, sequential, type Layer } from '../layer.ts'
import type { Named } from '../named.ts'
import type { InputRule } from '../inputRule.ts'
import { network } from '../network.ts'

/** Options of the networks that make a few numbers of an image. */
export const condensingOptions = {
  inShape: unbatchedShape.req('Channels and spatial sizes of the image.'),
  ...stackOptions,
  numResUnits: resUnits.opt('Convolutions per residual unit; 0 for plain convolutions.', 2),
  ...unitOptions,
}

interface Condensing {
  readonly inShape: readonly number[]
  readonly channels: readonly number[]
  readonly strides: readonly (number | readonly number[])[]
  readonly numResUnits: number
  readonly kernelSize: number | readonly number[]
  readonly act: Named | null
  readonly norm: Named | null
  readonly dropout: Named | number | null
  readonly bias: boolean
}

export function checkCondensing(options: Condensing): void {
  checkImageShape('inShape', options.inShape)
  checkStack(options)
}

/** Images as `inShape` says. */
export function imageRule({ inShape: [channels, ...size] }: Pick<Condensing, 'inShape'>): InputRule {
  return { channels, spatialDims: size.length, size }
}

/** The convolutions, which step through the image. */
export function condensing({ inShape: [inChannels, ...spatial], channels, strides, ...rest }: Condensing): Layer {
  const layers = channels.map((width, i) =>
    unit(spatial.length, i === 0 ? inChannels : channels[i - 1], width, {
      ...rest,
      strides: strides[i],
      isLast: i === channels.length - 1,
    }),
  )
  return sequential(Object.fromEntries(layers.map((one, i) => [`layer_${i}`, one])))
}

/** Convolutions, then a linear layer and perhaps an activation, to `[N, ...outShape]`. */
export function regressing(outShape: readonly number[], options: Condensing, lastact?: Layer): Layer {
  const { inShape, channels, kernelSize, strides } = options
  const left = sizesAfter(inShape.slice(1), kernelSize, strides)
  const features = (channels.at(-1) ?? inShape[0]) * sizeOf(left)
  return layer({
    children: {
      net: condensing(options),
      final: sequential({ 0: flatten, 1: linear(features, sizeOf(outShape)), lastact }),
    },
    forward: (own, [x]) => m.reshape(own.final(own.net(x)), [x.shape[0], ...outShape]),
  })
}

/** An image to a tensor of any shape: convolutions that step through it, then a linear layer (MONAI Regressor). */
export const Regressor = network({
  name: 'Regressor',
  options: {
    ...condensingOptions,
    outShape: unbatchedShape.req('Shape of the result of one image.'),
  },
  check: checkCondensing,
  input: imageRule,
  build: ({ outShape, ...options }) => regressing(outShape, options),
})
