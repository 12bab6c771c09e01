// Operations that move elements without changing them, as functions of values.
import { GraphError, ShapeError } from '../core/errors.ts'
import { axisIndex, sameShape, sizeOf, tensor } from '../core/tensor.ts'
import { at, constant, scalar, type GraphDType, type TensorType, type Value } from './ir.ts'
import * as binary from './ops/binary.ts'
import * as elementwise from './ops/elementwise.ts'
import * as indexing from './ops/indexing.ts'
import * as rolling from './ops/roll.ts'
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

/** x, through which no gradient passes (torch's detach). */
export function detach(x: Value): Value {
  return ops.detach([x], {})
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

/** What stands around a tensor in place of one number: itself mirrored without or with its border, or from the other end. */
export type Border = 'reflect' | 'replicate' | 'circular'

/**
 * Surrounds x with a number, or with what a border mode finds in x (PyTorch's padding modes). `pads` counts elements
 * before every axis, then after every axis.
 */
export function pad(x: Value, pads: readonly number[], fill: number | Border = 0): Value {
  if (typeof fill === 'number') return ops.pad([x], { pads, value: fill })
  if (pads.length !== 2 * x.shape.length)
    throw new GraphError(at('pad'), `pads has ${pads.length} values; it takes ${2 * x.shape.length}`)
  return x.shape.reduce((y, _, axis) => bordered(y, axis, pads[axis], pads[axis + x.shape.length], fill), x)
}

/** x with `before` and `after` of its own elements beside it along an axis. */
function bordered(x: Value, axis: number, before: number, after: number, mode: Border): Value {
  if (before === 0 && after === 0) return x
  const n = x.shape[axis]
  const most = { reflect: n - 1, replicate: n > 0 ? Infinity : 0, circular: n }[mode]
  if (before > most || after > most)
    throw new GraphError(
      at('pad'),
      `${mode} pads axis ${axis} of ${n} elements by ${before} and ${after}; it has no more than ${most} to give`,
    )
  const source = (i: number) => {
    if (mode === 'replicate') return Math.min(Math.max(i, 0), n - 1)
    if (mode === 'circular') return (i + n) % n
    return i < 0 ? -i : i < n ? i : 2 * (n - 1) - i
  }
  const places = [...range(before).map((i) => i - before), ...range(after).map((i) => n + i)]
  const indices = constant(tensor('int32', [places.length], Int32Array.from(places, source)))
  const edges = gather(x, indices, axis)
  const parts = [narrow(edges, axis, 0, before), x, narrow(edges, axis, before, after)]
  return concat(
    parts.filter(({ shape }) => shape[axis] > 0),
    axis,
  )
}

/** Moves elements `shifts` places on along `axes`; those that leave at the end come in at the beginning (torch.roll). */
export function roll(x: Value, shifts: number | readonly number[], axes: number | readonly number[]): Value {
  const [by, along] = [shifts, axes].map((list) => (typeof list === 'number' ? [list] : list))
  if (by.length !== along.length)
    throw new GraphError(at('roll'), `${by.length} shifts do not fit ${along.length} axes; give one for each`)
  const total = x.shape.map(() => 0)
  by.forEach((shift, i) => (total[axisIndex(along[i], x.shape.length, at('roll'))] += shift))
  const places = total.map((shift, axis) => {
    const n = Math.max(1, x.shape[axis])
    return ((shift % n) + n) % n
  })
  return places.every((shift) => shift === 0) ? x : rolling.roll([x], { shifts: places })
}

/** Channels become voxels: `[N, C·f^d, ...]` to `[N, C, ...]`, each spatial axis `factor` times as long (Shi et al. 2016). */
export function pixelShuffle(x: Value, factor: number): Value {
  const [n, channels, ...spatial] = x.shape
  const pieces = factor ** spatial.length
  divides('pixelShuffle', `${pieces} voxels`, pieces, `${channels} channels`, channels)
  const kept = channels / pieces
  const apart = reshape(x, [n, kept, ...spatial.map(() => factor), ...spatial])
  const perm = [0, 1, ...spatial.flatMap((_, i) => [2 + spatial.length + i, 2 + i])]
  return reshape(transpose(apart, perm), [n, kept, ...spatial.map((length) => length * factor)])
}

/** Undoes `pixelShuffle`: `[N, C, ...]` to `[N, C·f^d, ...]`, each spatial axis 1/`factor` as long. */
export function pixelUnshuffle(x: Value, factor: number): Value {
  const [n, channels, ...spatial] = x.shape
  spatial.forEach((length) => divides('pixelUnshuffle', String(factor), factor, `a spatial axis of ${length}`, length))
  const apart = reshape(x, [n, channels, ...spatial.flatMap((length) => [length / factor, factor])])
  const perm = [0, 1, ...spatial.map((_, i) => 3 + 2 * i), ...spatial.map((_, i) => 2 + 2 * i)]
  return reshape(transpose(apart, perm), [
    n,
    channels * factor ** spatial.length,
    ...spatial.map((length) => length / factor),
  ])
}

/** Deals channels out of `groups` in turn: first the first of each group, then the second, ... (Zhang et al. 2018). */
export function channelShuffle(x: Value, groups: number): Value {
  const [n, channels, ...spatial] = x.shape
  divides('channelShuffle', `${groups} groups`, groups, `${channels} channels`, channels)
  const apart = reshape(x, [n, groups, channels / groups, ...spatial])
  return reshape(transpose(apart, [0, 2, 1, ...spatial.map((_, i) => i + 3)]), x.shape)
}

function divides(op: string, what: string, divisor: number, whole: string, count: number): void {
  if (!(divisor > 0) || count % divisor !== 0)
    throw new ShapeError(at(op), `${what} do not divide ${whole}; use a divisor of ${count}`)
}

/**
 * Class numbers `[N, 1, ...]` to `[N, classes, ...]` of 0 and 1. Fractions, as of labels resampled linearly or times a
 * mask, are dropped as in MONAI, those above -1 for 0.
 */
export function oneHot(x: Value, classes: number): Value {
  if (x.dtype === 'int32') return indexing.oneHot([x], { classes })
  const whole = elementwise.floor([elementwise.abs([x], {})], {})
  return indexing.oneHot([binary.mul([elementwise.sign([x], {}), whole], {})], { classes })
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

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i)
}
