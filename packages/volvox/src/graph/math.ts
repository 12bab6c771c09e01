// Operations as functions of values and plain numbers: how losses, optimisers and gradients are written.
import { axisIndex } from '../core/tensor.ts'
import { at, scalar, type Value } from './ir.ts'
import * as activation from './ops/activation.ts'
import * as binary from './ops/binary.ts'
import * as distance from './ops/distance.ts'
import * as elementwise from './ops/elementwise.ts'
import * as linear from './ops/matmul.ts'
import * as reduction from './ops/reduce.ts'
import * as soft from './ops/softmax.ts'

export * from './contract.ts'
export * from './shaping.ts'

/** A value, or a number that takes the element type of the value beside it. */
export type Operand = Value | number

export function neg(x: Value): Value {
  return elementwise.neg([x], {})
}

export function exp(x: Value): Value {
  return elementwise.exp([x], {})
}

/** Natural logarithm. */
export function log(x: Value): Value {
  return elementwise.log([x], {})
}

export function sqrt(x: Value): Value {
  return elementwise.sqrt([x], {})
}

export function abs(x: Value): Value {
  return elementwise.abs([x], {})
}

export function square(x: Value): Value {
  return elementwise.square([x], {})
}

export function reciprocal(x: Value): Value {
  return elementwise.reciprocal([x], {})
}

/** -1, 0 or 1; its gradient is 0. */
export function sign(x: Value): Value {
  return elementwise.sign([x], {})
}

/** The largest whole number that is not above x; its gradient is 0. */
export function floor(x: Value): Value {
  return elementwise.floor([x], {})
}

export function erf(x: Value): Value {
  return elementwise.erf([x], {})
}

/** x kept between `least` and `most`, either of which may be infinite. */
export function clip(x: Value, least = -Infinity, most = Infinity): Value {
  return elementwise.clip([x], { min: least, max: most })
}

export function relu(x: Value): Value {
  return activation.relu([x], {})
}

export function sigmoid(x: Value): Value {
  return activation.sigmoid([x], {})
}

export function tanh(x: Value): Value {
  return activation.tanh([x], {})
}

/** log(1 + exp(x)). */
export function softplus(x: Value): Value {
  return activation.softplus([x], {})
}

export function elu(x: Value, alpha = 1): Value {
  return activation.elu([x], { alpha })
}

/** `alpha` is the slope for negative inputs. */
export function leakyRelu(x: Value, alpha = 0.01): Value {
  return activation.leakyRelu([x], { alpha })
}

export function gelu(x: Value, approximate: 'none' | 'tanh' = 'none'): Value {
  return activation.gelu([x], { approximate })
}

/** x sigmoid(alpha x): SiLU when alpha is 1. */
export function swish(x: Value, alpha = 1): Value {
  return activation.swish([x], { alpha })
}

/** x tanh(softplus(x)) (Misra 2019). */
export function mish(x: Value): Value {
  return activation.mish([x], {})
}

/** x relu6(x + 3) / 6 (Howard et al. 2019). */
export function hardSwish(x: Value): Value {
  return activation.hardSwish([x], {})
}

/** relu6(x + 3) / 6. */
export function hardSigmoid(x: Value): Value {
  return clip(add(div(x, 6), 0.5), 0, 1)
}

/** A learnt slope `[1]` or `[C]` for negative inputs. */
export function prelu(x: Value, slope: Value): Value {
  return activation.prelu([x, slope], {})
}

export function add(a: Operand, b: Operand): Value {
  return binary.add(pair(a, b), {})
}

export function sub(a: Operand, b: Operand): Value {
  return binary.sub(pair(a, b), {})
}

export function mul(a: Operand, b: Operand): Value {
  return binary.mul(pair(a, b), {})
}

export function div(a: Operand, b: Operand): Value {
  return binary.div(pair(a, b), {})
}

/** The larger of two values, element by element. */
export function max(a: Operand, b: Operand): Value {
  return binary.max(pair(a, b), {})
}

/** The smaller of two values, element by element. */
export function min(a: Operand, b: Operand): Value {
  return binary.min(pair(a, b), {})
}

/** a to the power b; prefer `square` and `sqrt` where they do. */
export function pow(a: Operand, b: Operand): Value {
  return binary.pow(pair(a, b), {})
}

/** 1 where a < b, else 0, in float32. */
export function less(a: Operand, b: Operand): Value {
  return binary.less(pair(a, b), {})
}

/** 1 where a <= b, else 0, in float32. */
export function lessEqual(a: Operand, b: Operand): Value {
  return binary.lessEqual(pair(a, b), {})
}

/** 1 where a > b, else 0, in float32. */
export function greater(a: Operand, b: Operand): Value {
  return binary.greater(pair(a, b), {})
}

/** 1 where a >= b, else 0, in float32. */
export function greaterEqual(a: Operand, b: Operand): Value {
  return binary.greaterEqual(pair(a, b), {})
}

/** 1 where a = b, else 0, in float32. */
export function equal(a: Operand, b: Operand): Value {
  return binary.equal(pair(a, b), {})
}

/** `a` where the condition is not 0, else `b`. */
export function where(condition: Value, a: Operand, b: Operand): Value {
  return binary.where([condition, ...pair(a, b)], {})
}

/** The sum over `axes` (negative ones count from the back), over all of them unless given. */
export function sum(x: Value, axes?: readonly number[], keepDims = false): Value {
  return reduction.sum([x], { axes: axesOf(x, axes, 'sum'), keepDims })
}

/** The largest element over `axes`, over all of them unless given. */
export function reduceMax(x: Value, axes?: readonly number[], keepDims = false): Value {
  return reduction.reduceMax([x], { axes: axesOf(x, axes, 'reduceMax'), keepDims })
}

/** The smallest element over `axes`, over all of them unless given. */
export function reduceMin(x: Value, axes?: readonly number[], keepDims = false): Value {
  return neg(reduceMax(neg(x), axes, keepDims))
}

/** The mean over `axes`, over all of them unless given. */
export function mean(x: Value, axes?: readonly number[], keepDims = false): Value {
  const over = axesOf(x, axes, 'mean')
  return div(
    reduction.sum([x], { axes: over, keepDims }),
    over.reduce((count, axis) => count * x.shape[axis], 1),
  )
}

/**
 * The variance over `axes`, over all of them unless given. `correction` is what the count is lessened by: 1 for the
 * unbiased estimate, as in PyTorch, 0 for the mean square.
 */
export function variance(x: Value, axes?: readonly number[], keepDims = false, correction = 1): Value {
  const over = axesOf(x, axes, 'variance')
  const count = over.reduce((n, axis) => n * x.shape[axis], 1)
  const centred = sub(x, mean(x, over, true))
  return div(sum(square(centred), over, keepDims), count - correction)
}

/** Distance, in elements, from what is not 0 to the nearest 0 of its channel in `[N, C, ...spatial]`; its gradient is 0. */
export function distanceTransform(x: Value): Value {
  return distance.distanceTransform([x], {})
}

export function softmax(x: Value, axis: number): Value {
  return soft.softmax([x], { axis: axisIndex(axis, x.shape.length, at('softmax')) })
}

export function logSoftmax(x: Value, axis: number): Value {
  return soft.logSoftmax([x], { axis: axisIndex(axis, x.shape.length, at('logSoftmax')) })
}

/** a `[..., M, K]` times b `[..., K, N]`; either may be given transposed. */
export function matmul(
  a: Value,
  b: Value,
  { transposeA = false, transposeB = false }: { transposeA?: boolean; transposeB?: boolean } = {},
): Value {
  return linear.matmul([a, b], { transposeA, transposeB })
}

function pair(a: Operand, b: Operand): [Value, Value] {
  if (typeof a !== 'number') return [a, typeof b === 'number' ? scalar(b, a.dtype) : b]
  return typeof b === 'number' ? [scalar(a), scalar(b)] : [scalar(a, b.dtype), b]
}

function axesOf(x: Value, axes: readonly number[] | undefined, op: string): number[] {
  const all = x.shape.map((_, axis) => axis)
  return axes ? axes.map((axis) => axisIndex(axis, all.length, at(op))).sort((a, b) => a - b) : all
}
