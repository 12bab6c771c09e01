import type { Lower } from '../lower.ts'

export const concat: Lower<'concat'> = (model, { inputs, attrs: { axis } }) => model.emit('Concat', inputs, { axis })

/** Axes that stay whole are left out. */
export const slice: Lower<'slice'> = (model, { inputs: [x], types: [{ shape }], attrs: { starts, sizes, steps } }) => {
  const axes = shape.flatMap((n, axis) => (starts[axis] === 0 && steps[axis] === 1 && sizes[axis] === n ? [] : [axis]))
  if (axes.length === 0) return x
  return model.slice(
    x,
    axes,
    axes.map((axis) => starts[axis]),
    axes.map((axis) => starts[axis] + sizes[axis] * steps[axis]),
    axes.map((axis) => steps[axis]),
  )
}

export const pad: Lower<'pad'> = (model, { inputs: [x], types: [{ dtype }], attrs: { pads, value } }) =>
  model.emit('Pad', [x, model.ints(pads), model.scalar(value, dtype)])

export const roll: Lower<'roll'> = () => null

export const transpose: Lower<'transpose'> = (model, { inputs: [x], attrs: { perm } }) => model.transpose(x, perm)

export const reshape: Lower<'reshape'> = (model, { inputs: [x], attrs: { shape } }) => model.reshape(x, shape)

export const broadcastTo: Lower<'broadcastTo'> = (model, { inputs: [x], attrs: { shape } }) =>
  model.emit('Expand', [x, model.ints(shape)])

export const cast: Lower<'cast'> = (model, { inputs: [x], types: [{ dtype }], attrs: { to } }) =>
  dtype === to ? x : model.cast(x, to)

/** ONNX has no way to say when something runs. */
export const after: Lower<'after'> = (_, { inputs: [x] }) => x

export const detach: Lower<'detach'> = (_, { inputs: [x] }) => x
