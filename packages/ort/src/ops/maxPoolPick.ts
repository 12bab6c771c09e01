import { sizeOf } from 'volvox/core'
import type { Lower } from '../lower.ts'

/** ONNX's MaxPool also tells where each maximum was, counted over the whole tensor. */
export const maxPoolPick: Lower<'maxPoolPick'> = (model, { inputs: [v, x], types, attrs: { kernel, ...window } }) => {
  const [, places] = model.emitAll('MaxPool', [x], { kernel_shape: kernel, ...window }, 2)
  return model.emit('Gather', [model.reshape(v, [sizeOf(types[0].shape)]), places], { axis: 0 })
}
