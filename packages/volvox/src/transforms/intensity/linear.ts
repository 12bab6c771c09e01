import type { Image } from '../../core/image.ts'
import { scaleShift, statistics, type Line, type Statistics } from '../../kernels/index.ts'
import { resultArray } from '../handover.ts'
import { eachChannel, floatsOf } from '../shared.ts'

/**
 * (x - base)·scale + shift within [low, high], in place. Subtracting comes first, as its own rounding, so that a small
 * spread on a large base (CT numbers, counts) keeps its digits.
 */
export function linear(part: Float32Array, line: Line): void {
  scaleShift(part, line, part)
}

/** All channels, each moved along its own line; see `resultArray`. */
export function linearChannels(img: Image, lineOf: (channel: number) => Line): Float32Array {
  const values = floatsOf(img)
  const out = resultArray(img)
  eachChannel(out, img, true, (part, channel) => {
    const from = channel * part.length
    scaleShift(values.subarray(from, from + part.length), lineOf(channel), part)
  })
  return out
}

/**
 * ((x - base) / width)·scale + shift within [low, high], in place, each step with MONAI's rounding: for results that are
 * cut to whole numbers, where the last bit counts.
 */
export function linearInSteps(
  part: Float32Array,
  { base = 0, width = 1, scale = 1, shift = 0, low = -Infinity, high = Infinity },
): void {
  linear(part, { base })
  const divisor = Math.fround(width)
  for (let i = 0; i < part.length; i++) part[i] /= divisor
  linear(part, { scale, shift, low, high })
}

/** Statistics of the values that are not 0; null when there are none. */
export function nonzeroStatistics(part: Float32Array): Statistics | null {
  const rest = new Float32Array(part.length)
  let count = 0
  for (let i = 0; i < part.length; i++) if (part[i] !== 0) rest[count++] = part[i]
  return count === 0 ? null : statistics(rest.subarray(0, count))
}
