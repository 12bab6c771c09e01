import { sizeOf } from 'volvox/core'
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

export const reshape: Lower<'reshape'> = (model, { inputs: [x], types: [{ shape: from }], attrs: { shape } }) =>
  model.isSizeless && sizeOf(shape) > 0
    ? model.emit('Reshape', [x, model.ints(sizeless(from, shape))])
    : model.reshape(x, shape)

/** As ONNX has it: 0 for leading axes that stay, -1 for one that takes what is left. */
function sizeless(from: readonly number[], to: readonly number[]): readonly number[] {
  const kept = to.findIndex((n, axis) => n !== from[axis])
  const count = kept === -1 ? to.length : kept
  const others = to.slice(count)
  return [...to.slice(0, count).map(() => 0), ...(others.length === 1 ? [-1] : others)]
}

/** Axes that stay are 1 for ONNX, which leaves them alone then. */
export const broadcastTo: Lower<'broadcastTo'> = (
  model,
  { inputs: [x], types: [{ shape: from }], attrs: { shape } },
) => {
  const added = shape.length - from.length
  return model.emit('Expand', [x, model.ints(shape.map((n, axis) => (from[axis - added] === n ? 1 : n)))])
}

export const cast: Lower<'cast'> = (model, { inputs: [x], types: [{ dtype }], attrs: { to } }) =>
  dtype === to ? x : model.cast(x, to)

/** ONNX has no way to say when something runs. */
export const after: Lower<'after'> = (_, { inputs: [x] }) => x

export const detach: Lower<'detach'> = (_, { inputs: [x] }) => x
