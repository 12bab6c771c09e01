import type { Lower } from '../lower.ts'

export const concat: Lower<'concat'> = (model, { inputs, attrs: { axis } }) => model.emit('Concat', inputs, { axis })

export const slice: Lower<'slice'> = (model, { inputs: [x], attrs: { starts, sizes, steps } }) => {
  const ends = starts.map((start, i) => start + sizes[i] * steps[i])
  return model.slice(
    x,
    starts.map((_, axis) => axis),
    starts,
    ends,
    steps,
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
