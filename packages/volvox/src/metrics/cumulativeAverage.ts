import { ShapeError, shown } from '../core/errors.ts'
import type { Component } from '../core/registry.ts'
import { floats, sameShape, type FloatTensor, type Tensor } from '../core/tensor.ts'

/** A number, several of them, or a tensor. */
export type Amount = number | readonly number[] | Tensor

/** A running average of numbers of one shape. */
export interface RunningAverage {
  /** Adds the average of `count` things, one count for all numbers or one for each; what is not finite is left out. */
  append(value: Amount, count?: Amount): void
  /** The average of all things so far; 0 before the first. */
  aggregate(): FloatTensor
  /** What was appended last, with 0 for what is not finite. */
  getCurrent(): FloatTensor
  reset(): void
}

function runningAverage(): RunningAverage {
  let last: FloatTensor | null = null
  let sum = floats([], [0])
  let total = floats([], [0])
  const reset = (): void => {
    last = null
    ;[sum, total] = [floats([], [0]), floats([], [0])]
  }
  return {
    reset,
    getCurrent: () =>
      last
        ? floats(
            last.shape,
            last.data.map((x) => (Number.isFinite(x) ? x : 0)),
          )
        : floats([], [0]),
    aggregate: () =>
      floats(
        sum.shape,
        sum.data.map((x, i) => (total.data[i] > 0 ? x / total.data[i] : x)),
      ),
    append(value, count = 1) {
      const [v, n] = [asTensor(value), asTensor(count)]
      if (n.shape.length > 0 && !sameShape(n.shape, v.shape))
        throw new ShapeError(
          'CumulativeAverage.append',
          `count ${shown(n.shape)} does not fit value ${shown(v.shape)}; give one number or that shape`,
        )
      if (last && !sameShape(last.shape, v.shape))
        throw new ShapeError(
          'CumulativeAverage.append',
          `value ${shown(v.shape)} differs from those before, ${shown(last.shape)}; reset between unlike values`,
        )
      const before = last ? [sum, total] : [floats(v.shape), floats(v.shape)]
      last = v
      const counts = v.data.map((_, i) => n.data[n.shape.length > 0 ? i : 0])
      const products = v.data.map((x, i) => x * counts[i])
      const fits = products.map((x) => (Number.isFinite(x) ? 1 : 0))
      sum = floats(
        v.shape,
        before[0].data.map((x, i) => (fits[i] ? x + products[i] : x)),
      )
      total = floats(
        v.shape,
        before[1].data.map((x, i) => (fits[i] ? x + counts[i] : x)),
      )
    },
  }
}

/** Makes a running average (MONAI CumulativeAverage). */
export const CumulativeAverage: Component & (() => RunningAverage) = Object.assign(() => runningAverage(), {
  componentName: 'CumulativeAverage',
  schema: {},
})

function asTensor(value: Amount): FloatTensor {
  if (typeof value === 'number') return floats([], [value])
  if ('shape' in value) return floats(value.shape, Float32Array.from(value.data as ArrayLike<number | bigint>, Number))
  return floats([value.length], value)
}
