import { sameShape, sizeOf } from 'volvox/core'
import type { Lower } from '../lower.ts'
import type { Model } from '../model.ts'
import { inputGradient } from './conv.ts'

export const maxPool: Lower<'maxPool'> = (model, { inputs, types: [{ shape }], attrs: { kernel, ...window } }) =>
  model.emit('MaxPool', inputs, { kernel_shape: kernel, ...window, ...wholeMap(model, shape, kernel) })

/** ONNX's MaxPool also tells where each maximum was, counted over the whole tensor. */
export const maxPoolGrad: Lower<'maxPoolGrad'> = (model, { inputs: [g, x], types, attrs: { kernel, ...window } }) => {
  const [gType, xType] = types
  const [, places] = model.emitAll('MaxPool', [x], { kernel_shape: kernel, ...window }, 2)
  const flat = [sizeOf(gType.shape)]
  const zeros = model.emit('Expand', [model.scalar(0, xType.dtype), model.ints([sizeOf(xType.shape)])])
  const inputs = [zeros, model.reshape(places, flat), model.reshape(g, flat)]
  return model.reshape(model.emit('ScatterElements', inputs, { axis: 0, reduction: 'add' }), xType.shape)
}

export const averagePool: Lower<'averagePool'> = (
  model,
  { inputs, types: [{ shape }], attrs: { kernel, strides, pads, countIncludePad } },
) =>
  model.emit('AveragePool', inputs, {
    kernel_shape: kernel,
    strides,
    pads,
    count_include_pad: countIncludePad ? 1 : 0,
    ...wholeMap(model, shape, kernel),
  })

/** A mark for `withOpenAxes`, which alone sees whether the window grows with the map. */
function wholeMap({ isSizeless }: Model, shape: readonly number[], kernel: readonly number[]): { whole?: number } {
  return isSizeless && sameShape(shape.slice(2), kernel) ? { whole: 1 } : {}
}

/** Each channel by itself, divided by the size of its window, is the gradient of a convolution with ones. */
export const averagePoolGrad: Lower<'averagePoolGrad'> = (
  model,
  { inputs: [g], types: [{ shape: gShape }], attrs },
) => {
  const { kernel, strides, pads, countIncludePad, shape } = attrs
  const rank = kernel.length
  const spatial = gShape.slice(2)
  const along = kernel.map((n, i) =>
    Array.from({ length: spatial[i] }, (_, place) => {
      const start = place * strides[i] - pads[i]
      return countIncludePad ? n : Math.min(start + n, shape[i + 2]) - Math.max(start, 0)
    }),
  )
  const shares = along.reduce<number[]>((rows, counts) => rows.flatMap((row) => counts.map((n) => row / n)), [1])
  const channels = shape[0] * shape[1]
  const share = model.emit('Mul', [g, model.constant('float32', [1, 1, ...spatial], shares)])
  const dx = inputGradient(model, {
    g: model.reshape(share, [channels, 1, ...spatial]),
    w: model.constant('float32', [1, 1, ...kernel], new Array<number>(sizeOf(kernel)).fill(1)),
    dtype: 'float32',
    gShape: [channels, 1, ...spatial],
    wShape: [1, 1, ...kernel],
    attrs: {
      strides,
      pads,
      dilations: new Array<number>(rank).fill(1),
      groups: 1,
      shape: [channels, 1, ...shape.slice(2)],
    },
  })
  return model.reshape(dx, shape)
}
