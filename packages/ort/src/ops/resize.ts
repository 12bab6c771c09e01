import { sizeOf } from 'volvox/core'
import { resizeTaps, type ResizeAttrs } from 'volvox/graph'
import type { Lower } from '../lower.ts'
import type { Model, Name } from '../model.ts'

export const resize: Lower<'resize'> = (model, { inputs: [x], types: [{ shape }], results: [y], attrs }) => {
  if (attrs.mode === 'linear') {
    const coordinates = attrs.alignCorners ? 'align_corners' : 'half_pixel'
    return resized(model, x, shape, y.shape, { mode: 'linear', coordinate_transformation_mode: coordinates })
  }
  // ONNX's cubic mode is for two axes only, and not everywhere the same at the border.
  if (attrs.mode === 'cubic') return byMatrices(model, x, shape, y.shape, (from, to) => weightMatrix(from, to, attrs))
  // Whole factors leave no doubt about the nearest voxel; else ours are picked one by one, to round as PyTorch does.
  if (attrs.sizes.every((to, i) => to % shape[i + 2] === 0))
    return resized(model, x, shape, y.shape, {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    })
  return attrs.sizes.reduce((image, to, i) => {
    const indices = resizeTaps(shape[i + 2], to, attrs).map(([tap]) => tap.index)
    return model.emit('Gather', [image, model.constant('int64', [to], indices)], { axis: i + 2 })
  }, x)
}

function resized(
  model: Model,
  x: Name,
  from: readonly number[],
  to: readonly number[],
  attributes: Readonly<Record<string, string>>,
): Name {
  const scales = to.map((n, axis) => n / from[axis])
  if (model.isSizeless && scales.every(Number.isInteger))
    return model.emit('Resize', [x, '', model.constant('float32', [to.length], scales)], attributes)
  return model.emit('Resize', [x, '', '', model.ints(to)], attributes)
}

/** One product with the matrix of the weights for each axis, transposed for the gradient. */
export const resizeGrad: Lower<'resizeGrad'> = (model, { inputs: [g], types: [{ shape }], attrs }) =>
  byMatrices(model, g, shape, attrs.shape, (from, to) => transposed(from, to, weightMatrix(to, from, attrs)))

/** `matrixOf` gives `[to, from]` numbers that make an axis of `to` elements from one of `from`. */
function byMatrices(
  model: Model,
  x: Name,
  from: readonly number[],
  to: readonly number[],
  matrixOf: (from: number, to: number) => readonly number[],
): Name {
  const shape = [...from]
  let image = x
  to.forEach((n, axis) => {
    const length = shape[axis]
    if (n === length) return
    const before = sizeOf(shape.slice(0, axis))
    const after = sizeOf(shape.slice(axis + 1))
    const matrix = matrixOf(length, n)
    shape[axis] = n
    const product =
      after === 1
        ? model.emit('MatMul', [
            model.reshape(image, [before, length]),
            model.constant('float32', [length, n], transposed(n, length, matrix)),
          ])
        : model.emit('MatMul', [
            model.constant('float32', [n, length], matrix),
            model.reshape(image, [before, length, after]),
          ])
    image = model.reshape(product, shape)
  })
  return image
}

/** A matrix of so many rows and columns with the two exchanged. */
function transposed(rows: number, columns: number, matrix: readonly number[]): number[] {
  return Array.from({ length: columns * rows }, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)])
}

/** How much of each input voxel (column) is in each output voxel (row). */
function weightMatrix(from: number, to: number, attrs: ResizeAttrs): number[] {
  const matrix = new Array<number>(to * from).fill(0)
  resizeTaps(from, to, attrs).forEach((taps, row) => {
    for (const { index, weight } of taps) matrix[row * from + index] += weight
  })
  return matrix
}
