import { sizeOf } from 'volvox/core'
import type { Lower } from '../lower.ts'

/** Each class number is compared with 0, 1, ... along axis 1. */
export const oneHot: Lower<'oneHot'> = (model, { inputs: [x], types: [{ dtype, shape }], results: [y], attrs }) => {
  const numbers = Array.from({ length: attrs.classes }, (_, i) => i)
  const classes = model.constant(
    dtype,
    shape.map((_, axis) => (axis === 1 ? attrs.classes : 1)),
    numbers,
  )
  const hot = model.compare('Equal', x, classes)
  return y.dtype === 'float32' ? hot : model.cast(hot, y.dtype)
}

export const argMax: Lower<'argMax'> = (model, { inputs, attrs: { axis, keepDims } }) =>
  model.cast(model.emit('ArgMax', inputs, { axis, keepdims: keepDims ? 1 : 0 }), 'int32')

export const gather: Lower<'gather'> = (model, { inputs, attrs: { axis } }) => model.emit('Gather', inputs, { axis })

/** The indices, flattened and repeated over the other axes, say where each element of g is added. */
export const gatherGrad: Lower<'gatherGrad'> = (model, { inputs: [g, indices], types, attrs: { axis, shape } }) => {
  const [before, after] = [shape.slice(0, axis), shape.slice(axis + 1)]
  const updates = [...before, sizeOf(types[1].shape), ...after]
  const row = updates.map((n, i) => (i === axis ? n : 1))
  const places = model.emit('Expand', [model.reshape(indices, row), model.ints(updates)])
  const zeros = model.emit('Expand', [model.scalar(0, types[0].dtype), model.ints(shape)])
  return model.emit('ScatterElements', [zeros, places, model.reshape(g, updates)], { axis, reduction: 'add' })
}
