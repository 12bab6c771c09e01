// Operations that move elements without changing them, as functions of values.
import { GraphError } from '../core/errors.ts'
import { axisIndex, sameShape, sizeOf } from '../core/tensor.ts'
import { at, scalar, type GraphDType, type TensorType, type Value } from './ir.ts'
import * as indexing from './ops/indexing.ts'
import * as ops from './ops/shape.ts'

/** The same elements under another shape; one size may be -1 and is then worked out. */
export function reshape(x: Value, shape: readonly number[]): Value {
  const known = sizeOf(shape.filter((n) => n !== -1))
  const full = shape.map((n) => (n === -1 ? sizeOf(x.shape) / known : n))
  if (full.some((n) => !Number.isInteger(n)) || shape.filter((n) => n === -1).length > 1)
    throw new GraphError(
      at('reshape'),
      `[${x.shape.join(', ')}] does not divide into [${shape.join(', ')}]; give sizes whose product fits`,
    )
  return sameShape(x.shape, full) ? x : ops.reshape([x], { shape: full })
}

/** Repeats x along new axes and along axes of size 1. */
export function broadcastTo(x: Value, shape: readonly number[]): Value {
  return sameShape(x.shape, shape) ? x : ops.broadcastTo([x], { shape })
}

/** `[C]` as `[1, C, 1, ...]` with `rank` axes, to go along `[N, C, ...]`. */
export function perChannel(x: Value, rank: number): Value {
  return reshape(
    x,
    Array.from({ length: rank }, (_, axis) => (axis === 1 ? sizeOf(x.shape) : 1)),
  )
}

/** Converts the elements; nothing is added when they have that type. */
export function cast(x: Value, to: GraphDType): Value {
  return x.dtype === to ? x : ops.cast([x], { to })
}

/** Reorders axes: axis i of the result is axis `perm[i]` of x. */
export function transpose(x: Value, perm: readonly number[]): Value {
  return ops.transpose([x], { perm })
}

/** Joins values along an axis. */
export function concat(values: readonly Value[], axis: number): Value {
  return ops.concat(values, { axis: axisIndex(axis, values[0]?.shape.length ?? 1, at('concat')) })
}

/** `sizes` elements from `starts` on, every `steps`-th, along each axis. */
export function slice(x: Value, starts: readonly number[], sizes: readonly number[], steps?: readonly number[]): Value {
  return ops.slice([x], { starts, sizes, steps: steps ?? x.shape.map(() => 1) })
}

/** `length` elements from `start` on along one axis. */
export function narrow(x: Value, axis: number, start: number, length: number): Value {
  const along = axisIndex(axis, x.shape.length, at('slice'))
  return slice(
    x,
    x.shape.map((_, i) => (i === along ? start : 0)),
    x.shape.map((n, i) => (i === along ? length : n)),
  )
}

/** Cuts x into parts of the given lengths along an axis. */
export function split(x: Value, axis: number, lengths: readonly number[]): Value[] {
  let start = 0
  return lengths.map((length) => narrow(x, axis, (start += length) - length, length))
}

/** Surrounds x with `value`; `pads` counts elements before every axis, then after every axis. */
export function pad(x: Value, pads: readonly number[], value = 0): Value {
  return ops.pad([x], { pads, value })
}

/** Class numbers `[N, 1, ...]` to `[N, classes, ...]` of 0 and 1. */
export function oneHot(x: Value, classes: number): Value {
  return indexing.oneHot([x], { classes })
}

/** The place of the first largest element along an axis, int32. */
export function argMax(x: Value, axis: number, keepDims = false): Value {
  return indexing.argMax([x], { axis: axisIndex(axis, x.shape.length, at('argMax')), keepDims })
}

/** Elements of x picked along `axis` by int32 indices, whose axes replace it. */
export function gather(x: Value, indices: Value, axis: number): Value {
  return indexing.gather([x, indices], { axis: axisIndex(axis, x.shape.length, at('gather')) })
}

/** One number everywhere. */
export function fill(shape: readonly number[], value: number, dtype: GraphDType = 'float32'): Value {
  return broadcastTo(scalar(value, dtype), shape)
}

/** One number everywhere, in the shape and element type of `type`. */
export function fillLike(type: TensorType, value: number): Value {
  return fill(type.shape, value, type.dtype)
}

export function zerosLike(type: TensorType): Value {
  return fillLike(type, 0)
}

export function onesLike(type: TensorType): Value {
  return fillLike(type, 1)
}
