import { toFloats } from '../core/convert.ts'
import { unclearedFloats, type DType, type TypedArray } from '../core/dtype.ts'
import type { RowKernel } from './exports.ts'
import { inRounds, roundsOf, type Rounds } from './rounds.ts'
import { withOwnScratch, withScratch, type Scratch } from './runtime.ts'

/** What the elements of an array are like; of population kind (divided by n). NaN for an empty array. */
export interface Statistics {
  readonly min: number
  readonly max: number
  readonly sum: number
  readonly mean: number
  readonly std: number
}

/** Minimum, maximum, sum, mean and standard deviation, accumulated in float64. */
export function statistics(data: TypedArray, dtype: DType = 'float32'): Statistics {
  const numbers = toFloats(dtype, data)
  const { length } = numbers
  if (length === 0) return { min: NaN, max: NaN, sum: 0, mean: NaN, std: NaN }
  if (numbers instanceof Float32Array) return floatStatistics(numbers)
  let [min, max, sum] = [Infinity, -Infinity, 0]
  for (let i = 0; i < length; i++) {
    min = Math.min(min, numbers[i])
    max = Math.max(max, numbers[i])
    sum += numbers[i]
  }
  const mean = sum / length
  let squares = 0
  for (let i = 0; i < length; i++) squares += (numbers[i] - mean) ** 2
  return { min, max, sum, mean, std: Math.sqrt(squares / length) }
}

/** Elements of one round : little enough to stay in the processor's cache. */
const chunk = 1 << 16

function floatStatistics(data: Float32Array): Statistics {
  return withParts(data, (parts) => {
    const moments = momentsOf(parts)
    const { min, max } = extentOf(parts, moments.add)
    return { min, max, ...moments.result(data.length) }
  })
}

/** Mean and standard deviation of population kind, accumulated in float64; NaN for an empty array. */
export function meanAndDeviation(data: Float32Array): Pick<Statistics, 'mean' | 'std'> {
  return withParts(data, (parts) => {
    const { add, result } = momentsOf(parts)
    parts.each(add)
    return result(data.length)
  })
}

/**
 * In one pass: deviations are taken from the mean of the first part, which is near enough to that of all. Where f is its share of
 * all elements, their squared distance is at most (1 - f)/f of the variance, so no digits that matter are lost; of equal elements
 * it is exact, and they deviate by 0.
 */
function momentsOf({ place, scratch }: Parts): {
  readonly add: (length: number) => void
  readonly result: (count: number) => Pick<Statistics, 'sum' | 'mean' | 'std'>
} {
  const { kernels, take, doubles } = scratch
  const out = take(16)
  let [sum, squares, centre, begun] = [0, 0, 0, false]
  return {
    add(length) {
      if (!begun) centre = kernels.sum(place, 0, length) / length
      begun = true
      kernels.moments(place, centre, out, 0, length)
      const [partSum, partSquares] = doubles(out, 2)
      sum += partSum
      squares += partSquares
    },
    result(count) {
      const mean = sum / count
      return { sum, mean, std: Math.sqrt(Math.max(0, squares / count - (mean - centre) ** 2)) }
    },
  }
}

/** The mean, accumulated in float64; NaN for an empty array. */
export function meanOf(data: Float32Array): number {
  return withParts(data, ({ each, place, scratch }) => {
    let sum = 0
    each((length) => (sum += scratch.kernels.sum(place, 0, length)))
    return sum / data.length
  })
}

/** The smallest and the largest element; NaN where any is NaN, or where there is none. */
export function extent(data: Float32Array): Pick<Statistics, 'min' | 'max'> {
  return data.length === 0 ? { min: NaN, max: NaN } : withParts(data, extentOf)
}

interface Parts extends Rounds {
  readonly scratch: Scratch
}

function withParts<T>(data: Float32Array, use: (parts: Parts) => T): T {
  return withOwnScratch('statistics', 4 * chunk + 64, (scratch) => use({ ...roundsOf(scratch, data, chunk), scratch }))
}

function extentOf(
  { each, place, scratch }: Parts,
  also: (length: number) => void = () => {},
): Pick<Statistics, 'min' | 'max'> {
  const out = scratch.take(8)
  let [min, max] = [Infinity, -Infinity]
  each((length) => {
    scratch.kernels.extent(place, out, 0, length)
    const [low, high] = scratch.floats(out, 2)
    min = Math.min(min, low)
    max = Math.max(max, high)
    also(length)
  })
  return { min, max }
}

/** A line that values are moved along, and the range that they are kept in. */
export interface Line {
  readonly base?: number
  readonly scale?: number
  readonly shift?: number
  readonly low?: number
  readonly high?: number
}

/** (x - base)·scale + shift in float32, rounded after every step, within [low, high]; written to `out`, which may be `data`. */
export function scaleShift(
  data: Float32Array,
  { base = 0, scale = 1, shift = 0, low = -Infinity, high = Infinity }: Line,
  out: Float32Array = unclearedFloats(data.length),
): Float32Array {
  return pointwise('scaleShift', data, out, ({ kernels }, place, length) =>
    kernels.scaleShift(place, base, scale, shift, low, high, 0, length),
  )
}

/** x / divisor in float32; written to `out`, which may be `data`. */
export function divide(
  data: Float32Array,
  divisor: number,
  out: Float32Array = unclearedFloats(data.length),
): Float32Array {
  return pointwise('divide', data, out, ({ kernels }, place, length) => kernels.divide(place, divisor, 0, length))
}

/** Runs a kernel that works in place on all of `data`, part by part; the results go to `out`. */
function pointwise(
  where: string,
  data: Float32Array,
  out: Float32Array,
  change: (scratch: Scratch, place: number, length: number) => void,
): Float32Array {
  const each = (scratch: Scratch) => (place: number, length: number) => change(scratch, place, length)
  return inRounds(where, withOwnScratch, [data, out], { round: chunk }, each)
}

/** a + b in float32, written to `out`, which may be `a`. */
export function sums(a: Float32Array, b: Float32Array, out: Float32Array = unclearedFloats(a.length)): Float32Array {
  return inRounds('sums', withOwnScratch, [a, out], { round: chunk, further: 4 * chunk }, (scratch) => {
    const other = scratch.take(4 * chunk)
    return (place, length, at) => {
      scratch.floats(other, length).set(b.subarray(at, at + length))
      scratch.kernels.addFloats(place, other, 0, length)
    }
  })
}

/** The values above (or below) a threshold, and `other` in place of the rest. */
export function keepBeyond(data: Float32Array, threshold: number, above: boolean, other: number): Float32Array {
  return pointwise('keepBeyond', data, unclearedFloats(data.length), ({ kernels }, place, length) =>
    kernels.keepBeyond(place, threshold, Number(above), other, 0, length),
  )
}

/** 1 where a value is at least `threshold`, else 0. */
export function reaching(data: Float32Array, threshold: number): Float32Array {
  return pointwise('reaching', data, unclearedFloats(data.length), ({ kernels }, place, length) =>
    kernels.reaching(place, threshold, 0, length),
  )
}

/** The nearest whole numbers, halves to even. */
export function wholeNumbers(data: Float32Array): Float32Array {
  return pointwise('wholeNumbers', data, unclearedFloats(data.length), ({ kernels }, place, length) =>
    kernels.roundEven(place, 0, length),
  )
}

/** 1 for each element that is `label` once its fraction is cut off, else 0; written to `out`. */
export function labelled(data: Float32Array, label: number, out: Float32Array): void {
  pointwise('labelled', data, out, ({ kernels }, place, length) => kernels.labelled(place, place, label, 0, length))
}

/** 1 / (1 + e^-x) in float32, to about its last digit; written to `out`, which may be `data`. */
export function sigmoid(data: Float32Array, out: Float32Array = unclearedFloats(data.length)): Float32Array {
  return inThreads('sigmoid', data, out, [])
}

/** e^(x - max) / sum along the middle axis of [.., count, step], in float32; written to `out`, which may be `data`. */
export function softmax(
  data: Float32Array,
  count: number,
  step: number,
  out: Float32Array = unclearedFloats(data.length),
): Float32Array {
  const block = count * step
  const round = Math.max(block, sharedChunk - (sharedChunk % block))
  return inRounds('softmax', withScratch, [data, out], { round }, ({ overRows }) => (place, length) => {
    overRows('softmax', [place, count, step], 0, length / count)
  })
}

/**
 * ((x - low) / divisor)^gamma·range + low, rounded to float32 after each step as torch does; x must not be below `low`. Written
 * to `out`, which may be `data`.
 */
export function gammaCurve(
  data: Float32Array,
  { low, divisor, gamma, range }: { low: number; divisor: number; gamma: number; range: number },
  out: Float32Array = unclearedFloats(data.length),
): Float32Array {
  return inThreads('gammaCurve', data, out, [low, divisor, gamma, range])
}

/** x + ln(1 + e^(-s (x - low)))/s - ln(1 + e^(s (x - high)))/s, computed in float64; written to `out`, which may be `data`. */
export function softClip(
  data: Float32Array,
  sharpness: number,
  low: number,
  high: number,
  out: Float32Array = unclearedFloats(data.length),
): Float32Array {
  return inThreads('softClip', data, out, [sharpness, low, high])
}

/** Elements of a round that takes long enough for threads to share it. */
const sharedChunk = 1 << 20

/** Runs a kernel that works in place on all of `data`, in rounds that threads share; the results go to `out`. */
function inThreads(name: RowKernel, data: Float32Array, out: Float32Array, args: readonly number[]): Float32Array {
  return inRounds(name, withScratch, [data, out], { round: sharedChunk }, ({ overRows }) => (place, length) => {
    overRows(name, [place, ...args], 0, length)
  })
}
