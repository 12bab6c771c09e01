import { GraphError, ShapeError } from '../../core/errors.ts'
import { sizeOf } from '../../core/tensor.ts'
import { at, defineOp, type GraphDType, type Op, type Value } from '../ir.ts'
import * as m from '../math.ts'
import {
  broadcastShape,
  commonDType,
  hasAxis,
  isFloatingType,
  shown,
  takes,
  wholeNumbers,
  type NoAttrs,
} from './check.ts'
import { sumTo } from './reduce.ts'
import type { AxisAttrs } from './softmax.ts'

export interface SliceAttrs {
  /** First element along each axis. */
  readonly starts: readonly number[]
  /** Elements taken along each axis. */
  readonly sizes: readonly number[]
  /** Distance between them along each axis; at least 1. */
  readonly steps: readonly number[]
}

export interface PadAttrs {
  /** Elements added: before every axis, then after every axis. */
  readonly pads: readonly number[]
  readonly value: number
}

export interface TransposeAttrs {
  /** The input axis that each output axis shows. */
  readonly perm: readonly number[]
}

export interface ShapeAttrs {
  readonly shape: readonly number[]
}

export interface CastAttrs {
  readonly to: GraphDType
}

/** Joins inputs along an axis; their other axes are equal. */
export const concat: Op<AxisAttrs> = defineOp<AxisAttrs>('concat', {
  infer(inputs, { axis }) {
    takes('concat', inputs, 1, Infinity)
    const [first] = inputs
    hasAxis('concat', axis, first.shape.length)
    const other = inputs.find(
      ({ shape }) => shape.length !== first.shape.length || shape.some((n, i) => i !== axis && n !== first.shape[i]),
    )
    if (other)
      throw new ShapeError(
        at('concat'),
        `shapes ${shown(first.shape)} and ${shown(other.shape)} differ in more than axis ${axis}; pad or resize one`,
      )
    const length = inputs.reduce((total, { shape }) => total + shape[axis], 0)
    return { dtype: commonDType('concat', inputs), shape: first.shape.map((n, i) => (i === axis ? length : n)) }
  },
  gradient({ inputs, grad, attrs: { axis } }) {
    let start = 0
    return inputs.map(({ shape }) => {
      const part = m.narrow(grad, axis, start, shape[axis])
      start += shape[axis]
      return part
    })
  },
})

/** Every `steps`-th element from `starts`, `sizes` of them, along each axis. */
export const slice: Op<SliceAttrs> = defineOp<SliceAttrs>('slice', {
  infer(inputs, { starts, sizes, steps }) {
    takes('slice', inputs, 1)
    const [{ dtype, shape }] = inputs
    wholeNumbers('slice', 'starts', starts, shape.length, 0)
    wholeNumbers('slice', 'sizes', sizes, shape.length, 0)
    wholeNumbers('slice', 'steps', steps, shape.length, 1)
    shape.forEach((n, i) => {
      const end = sizes[i] === 0 ? starts[i] : starts[i] + (sizes[i] - 1) * steps[i] + 1
      if (end > n)
        throw new ShapeError(
          at('slice'),
          `reaches element ${end - 1} of axis ${i}, which has ${n} (input ${shown(shape)}); stay below ${n}`,
        )
    })
    return { dtype, shape: sizes }
  },
  gradient: ({ inputs: [x], grad, attrs }) => [unslice(grad, x.shape, attrs)],
})

/** Puts a slice back into zeros: steps become gaps, then the rest is padded. */
function unslice(grad: Value, shape: readonly number[], { starts, sizes, steps }: SliceAttrs): Value {
  if (sizeOf(sizes) === 0) return m.fill(shape, 0, grad.dtype)
  let spread = grad
  steps.forEach((step, axis) => {
    if (step > 1 && sizes[axis] > 1) spread = withGaps(spread, axis, step)
  })
  const ends = shape.map((n, i) => n - starts[i] - spread.shape[i])
  return m.pad(spread, [...starts, ...ends])
}

/** Elements along `axis` moved `step` apart, zeros between: a new axis is padded to `step` and merged, its last gap cut. */
function withGaps(x: Value, axis: number, step: number): Value {
  const n = x.shape[axis]
  const before = x.shape.slice(0, axis + 1)
  const after = x.shape.slice(axis + 1)
  const split = m.reshape(x, [...before, 1, ...after])
  const pads = Array.from({ length: 2 * split.shape.length }, (_, i) =>
    i === split.shape.length + axis + 1 ? step - 1 : 0,
  )
  const merged = m.reshape(m.pad(split, pads), [...before.slice(0, -1), n * step, ...after])
  return m.narrow(merged, axis, 0, (n - 1) * step + 1)
}

/** Surrounds the input with a value. */
export const pad: Op<PadAttrs> = defineOp<PadAttrs>('pad', {
  infer(inputs, { pads }) {
    takes('pad', inputs, 1)
    const [{ dtype, shape }] = inputs
    wholeNumbers('pad', 'pads', pads, 2 * shape.length, 0)
    return { dtype, shape: shape.map((n, i) => n + pads[i] + pads[i + shape.length]) }
  },
  gradient: ({ inputs: [x], grad, attrs: { pads } }) => [m.slice(grad, pads.slice(0, x.shape.length), x.shape)],
})

/** Reorders axes. */
export const transpose: Op<TransposeAttrs> = defineOp<TransposeAttrs>('transpose', {
  infer(inputs, { perm }) {
    takes('transpose', inputs, 1)
    const [{ dtype, shape }] = inputs
    if (perm.length !== shape.length || !shape.every((_, axis) => perm.includes(axis)))
      throw new GraphError(
        at('transpose'),
        `perm ${shown(perm)} is not an order of the ${shape.length} axes of ${shown(shape)}; name each axis once`,
      )
    return { dtype, shape: perm.map((axis) => shape[axis]) }
  },
  gradient: ({ grad, attrs: { perm } }) => [
    m.transpose(
      grad,
      perm.map((_, axis) => perm.indexOf(axis)),
    ),
  ],
})

/** The same elements in row-major order under another shape. */
export const reshape: Op<ShapeAttrs> = defineOp<ShapeAttrs>('reshape', {
  infer(inputs, { shape }) {
    takes('reshape', inputs, 1)
    const [x] = inputs
    if (sizeOf(shape) !== sizeOf(x.shape))
      throw new ShapeError(
        at('reshape'),
        `${shown(x.shape)} has ${sizeOf(x.shape)} elements, ${shown(shape)} takes ${sizeOf(shape)}; the numbers must agree`,
      )
    return { dtype: x.dtype, shape }
  },
  gradient: ({ inputs: [x], grad }) => [m.reshape(grad, x.shape)],
})

/** Repeats along new axes and along axes of size 1, by NumPy's rule. */
export const broadcastTo: Op<ShapeAttrs> = defineOp<ShapeAttrs>('broadcastTo', {
  infer(inputs, { shape }) {
    takes('broadcastTo', inputs, 1)
    const [x] = inputs
    const joint = broadcastShape('broadcastTo', [x.shape, shape])
    if (joint.length !== shape.length || joint.some((n, i) => n !== shape[i]))
      throw new ShapeError(
        at('broadcastTo'),
        `${shown(x.shape)} does not broadcast to ${shown(shape)}; each of its axes must be equal or 1`,
      )
    return { dtype: x.dtype, shape }
  },
  gradient: ({ inputs: [x], grad }) => [sumTo(grad, x.shape)],
})

/** Converts elements; to int32 by cutting off the fraction. */
export const cast: Op<CastAttrs> = defineOp<CastAttrs>('cast', {
  infer(inputs, { to }) {
    takes('cast', inputs, 1)
    return { dtype: to, shape: inputs[0].shape }
  },
  gradient({ inputs: [x], grad, attrs: { to } }) {
    return [isFloatingType(x.dtype) && isFloatingType(to) ? m.cast(grad, x.dtype) : null]
  },
})

/**
 * The first input, not before the second has been computed: how a program says that something should wait. Costs
 * nothing; of interest to executors that order operations by what they need.
 */
export const after: Op<NoAttrs> = defineOp<NoAttrs>('after', {
  infer(inputs) {
    takes('after', inputs, 2)
    return { dtype: inputs[0].dtype, shape: inputs[0].shape }
  },
  gradient: ({ grad }) => [grad, null],
})

/** The input, through which no gradient passes. */
export const detach: Op<NoAttrs> = defineOp<NoAttrs>('detach', {
  infer(inputs) {
    takes('detach', inputs, 1)
    return { dtype: inputs[0].dtype, shape: inputs[0].shape }
  },
  gradient: () => [null],
})
