import { boxAxes, type Boxes } from '../../boxes/index.ts'
import type { Affine } from '../../core/affine.ts'
import { castArray, toFloats } from '../../core/convert.ts'
import { allocate } from '../../core/dtype.ts'
import { DataError, ShapeError, shown } from '../../core/errors.ts'
import { isImage } from '../../core/image.ts'
import type { Given, Schema, Values } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { floats, sizeOf, type FloatTensor, type Tensor, isTensorLike } from '../../core/tensor.ts'
import type { Inputs } from '../define.ts'
import { calculation } from '../calculation.ts'

/** Makes functions of boxes, masks or points, which are tensors, images or lists of rows: `FlipBox()(boxes, { spatialSize })`. */
export type TensorFactory<S extends Schema, R> = Component & {
  (options?: Given<S>): (value: unknown, inputs?: Inputs) => R
  readonly schema: S
}

/** The plain form of a transform of such numbers. */
export function tensorMaker<S extends Schema, R>(spec: {
  readonly name: string
  readonly options: S
  apply(value: unknown, options: Values<S>, inputs: Inputs): R
}): TensorFactory<S, R> {
  const { name, options, apply } = spec
  return calculation({
    name,
    options,
    apply: (given, value: unknown, inputs: Inputs = {}) => apply(value, given, inputs),
  })
}

/** The numbers of a tensor, an image or nested lists in float32. */
export function numbersIn(where: string, value: unknown): FloatTensor {
  if (isTensorLike(value)) return floats(value.shape, toFloats(value.dtype, value.data))
  const nested = nestedNumbers(value)
  if (nested) return floats(nested.shape, nested.values)
  throw new DataError(where, `was given ${shown(value)}; give a tensor, or a list of rows of numbers`)
}

/** The numbers of nested lists of equal lengths, and these lengths; null for anything else. */
export function nestedNumbers(value: unknown): { readonly shape: number[]; readonly values: number[] } | null {
  const shape = nestedShape(value)
  const values = shape ? (value as unknown[]).flat(shape.length) : [value]
  if (!shape || values.length !== sizeOf(shape) || !values.every((x) => typeof x === 'number')) return null
  return { shape, values }
}

function nestedShape(value: unknown): number[] | null {
  if (!Array.isArray(value)) return null
  const inner = Array.isArray(value[0]) ? nestedShape(value[0]) : []
  return inner && [value.length, ...inner]
}

/** Boxes, low corners first. */
export function boxesIn(where: string, value: unknown): Boxes {
  const boxes = numbersIn(where, value)
  boxAxes(boxes, where)
  return boxes
}

/** The result as the type of tensor that was given: an image stays one, elements keep their type. */
export function like(given: unknown, result: FloatTensor): Tensor {
  if (!isTensorLike(given)) return result
  const cast = { dtype: given.dtype, shape: result.shape, data: castArray(result.data, 'float32', given.dtype) }
  return isImage(given) ? { ...given, ...cast } : cast
}

/** A square matrix as numbers, rows or a tensor. */
export function matrixIn(where: string, value: unknown): Affine {
  const { data } = numbersIn(where, value)
  if (!Number.isInteger(Math.sqrt(data.length)))
    throw new ShapeError(where, `${data.length} numbers are not a square matrix; give rows as long as there are rows`)
  return Array.from(data)
}

/** The entries of labels that belong to the kept boxes; of each list of labels where several are given. */
export function selectLabels(where: string, labels: unknown, rows: readonly number[], boxes: number): unknown {
  if (Array.isArray(labels) && labels.some((one) => typeof one === 'object'))
    return labels.map((one) => selectLabels(where, one, rows, boxes))
  const count = isTensorLike(labels) ? labels.shape[0] : Array.isArray(labels) ? labels.length : -1
  if (count !== boxes)
    throw new ShapeError(
      where,
      `${count < 0 ? shown(labels) : `${count} labels`} do not fit ${boxes} boxes; give one for each`,
    )
  if (!isTensorLike(labels)) return rows.map((row) => (labels as readonly unknown[])[row])
  const each = sizeOf(labels.shape.slice(1))
  const data = allocate(labels.dtype, rows.length * each)
  rows.forEach((row, i) => data.set(labels.data.subarray(row * each, (row + 1) * each) as never, i * each)) // of one type
  return { ...labels, shape: [rows.length, ...labels.shape.slice(1)], data }
}
