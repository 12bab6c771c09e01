import type { Image } from '../../core/image.ts'
import { divide, scaleShift, statistics, type Line, type Statistics } from '../../kernels/index.ts'
import { resultArray } from '../handover.ts'
import { eachChannel, floatsOf } from '../shared.ts'

/** Writes what becomes of `from` to all of `to`; both may be the same memory. */
export type Change = (from: Float32Array, to: Float32Array, channel: number) => void

/** The float32 result for an image, written channel by channel, or all of it at once; see `resultArray`. */
export function changed(img: Image, channelWise: boolean, change: Change): Float32Array {
  const values = floatsOf(img)
  const out = resultArray(img)
  eachChannel(out, img, channelWise, (to, channel) => {
    const start = channel * to.length
    change(values.subarray(start, start + to.length), to, channel)
  })
  return out
}

/** All channels, each moved along its own line. */
export function linearChannels(img: Image, lineOf: (channel: number) => Line): Float32Array {
  return changed(img, true, (from, to, channel) => scaleShift(from, lineOf(channel), to))
}

/**
 * ((x - base) / width)·scale + shift within [low, high], each step with MONAI's rounding: for results that are cut to whole
 * numbers, where the last bit counts.
 */
export function linearInSteps(
  from: Float32Array,
  { base = 0, width = 1, scale = 1, shift = 0, low = -Infinity, high = Infinity },
  to: Float32Array,
): void {
  scaleShift(from, { base }, to)
  divide(to, width, to)
  scaleShift(to, { scale, shift, low, high }, to)
}

/** Statistics of the values that are not 0; null when there are none. */
export function nonzeroStatistics(part: Float32Array): Statistics | null {
  const rest = new Float32Array(part.length)
  let count = 0
  for (let i = 0; i < part.length; i++) if (part[i] !== 0) rest[count++] = part[i]
  return count === 0 ? null : statistics(rest.subarray(0, count))
}
