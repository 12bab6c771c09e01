import { sizeOf } from 'volvox'
import { resizeTaps, type ResizeAttrs } from 'volvox/graph'
import type { Lower } from '../lower.ts'
import type { Model, Name } from '../model.ts'

export const resize: Lower<'resize'> = (model, { inputs: [x], types: [{ shape }], results: [y], attrs }) => {
  if (attrs.mode === 'linear') {
    const coordinates = attrs.alignCorners ? 'align_corners' : 'half_pixel'
    return resized(model, x, y.shape, { mode: 'linear', coordinate_transformation_mode: coordinates })
  }
  // Whole factors leave no doubt about the nearest voxel; else ours are picked one by one, to round as PyTorch does.
  if (attrs.sizes.every((to, i) => to % shape[i + 2] === 0))
    return resized(model, x, y.shape, {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    })
  return attrs.sizes.reduce((image, to, i) => {
    const indices = resizeTaps(shape[i + 2], to, attrs).map(([tap]) => tap.index)
    return model.emit('Gather', [image, model.constant('int64', [to], indices)], { axis: i + 2 })
  }, x)
}

function resized(model: Model, x: Name, shape: readonly number[], attributes: Readonly<Record<string, string>>): Name {
  return model.emit('Resize', [x, '', '', model.ints(shape)], attributes)
}

/** One product with the transposed matrix of the weights for each axis. */
export const resizeGrad: Lower<'resizeGrad'> = (model, { inputs: [g], types: [{ shape: gShape }], attrs }) => {
  const shape = [...gShape]
  let image = g
  attrs.sizes.forEach((to, i) => {
    const axis = i + 2
    const from = attrs.shape[axis]
    if (from === to) return
    const before = sizeOf(shape.slice(0, axis))
    const after = sizeOf(shape.slice(axis + 1))
    const weights = weightMatrix(from, to, attrs)
    shape[axis] = from
    const product =
      after === 1
        ? model.emit('MatMul', [model.reshape(image, [before, to]), model.constant('float32', [to, from], weights)])
        : model.emit('MatMul', [
            model.transpose(model.constant('float32', [to, from], weights), [1, 0]),
            model.reshape(image, [before, to, after]),
          ])
    image = model.reshape(product, shape)
  })
  return image
}

/** How much of each input voxel (column) is in each output voxel (row). */
function weightMatrix(from: number, to: number, attrs: ResizeAttrs): number[] {
  const matrix = new Array<number>(to * from).fill(0)
  resizeTaps(from, to, attrs).forEach((taps, row) => {
    for (const { index, weight } of taps) matrix[row * from + index] += weight
  })
  return matrix
}
