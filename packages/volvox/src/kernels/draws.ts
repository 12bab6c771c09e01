import { unclearedFloats } from '../core/dtype.ts'
import type { RandomState } from '../rng/index.ts'
import { withScratch, type Scratch } from './runtime.ts'

const words = 624
/** Numbers that are in kernel memory at a time; an even number. */
const roundLength = 2 ** 18

/** What `Float32Array.from(rng.uniform(low, high, count))` gives, and leaves `rng` so, many times faster. */
export function uniformFloats(rng: RandomState, low: number, high: number, count: number): Float32Array<ArrayBuffer> {
  const out = unclearedFloats(count)
  const longest = Math.min(roundLength, count)
  if (count > 0)
    withScratch('draws', drawingBytes + 4 * longest, (scratch) => {
      const part = scratch.take(4 * longest)
      withState(scratch, rng, (key, begin, tempered) => {
        let position = begin
        for (let at = 0; at < count; at += longest) {
          const n = Math.min(longest, count - at)
          position = scratch.kernels.uniformFloats(key, position, tempered, part, n, low, high - low)
          out.set(scratch.floats(part, n), at)
        }
        return position
      })
    })
  return out
}

/** The bytes of kernel memory that `uniformInside` needs beside its numbers. */
export const drawingBytes: number = 8 * words + 64

/** The same numbers in kernel memory, from an address on. */
export function uniformInside(
  scratch: Scratch,
  rng: RandomState,
  at: number,
  low: number,
  high: number,
  count: number,
): void {
  withState(scratch, rng, (key, position, tempered) =>
    scratch.kernels.uniformFloats(key, position, tempered, at, count, low, high - low),
  )
}

/** The same for `rng.normal(mean, deviation, count)`; numbers may differ by rounding in float32. Written to `out`. */
export function normalFloats(
  rng: RandomState,
  mean: number,
  deviation: number,
  count: number,
  out: Float32Array = unclearedFloats(count),
): Float32Array {
  const first = count > 0 && rng.getState().gauss !== null ? 1 : 0
  const pairs = Math.floor((count - first) / 2)
  if (first === 1) out[0] = rng.normal(mean, deviation)
  if (pairs > 0) normalPairs(rng, mean, deviation, out.subarray(first, first + 2 * pairs))
  if (first + 2 * pairs < count) out[count - 1] = rng.normal(mean, deviation)
  return out
}

/** Points of a circle that are made into numbers in one round, while those of the next are drawn. */
const roundPairs = 2 ** 15

function normalPairs(rng: RandomState, mean: number, deviation: number, out: Float32Array): void {
  const pairs = out.length / 2
  const longest = Math.min(roundPairs, pairs)
  const pointBytes = 24 * (longest + 1)
  withScratch('draws', drawingBytes + 2 * pointBytes + 8 * longest + 64, (scratch) => {
    const points = [scratch.take(pointBytes), scratch.take(pointBytes)]
    const numbers = scratch.take(8 * longest)
    withState(scratch, rng, (key, begin, tempered) => {
      let position = begin
      const draw = (at: number) => {
        const n = Math.min(longest, pairs - at)
        if (n > 0) position = scratch.kernels.circlePoints(key, position, tempered, points[1], n)
        points.reverse()
      }
      draw(0)
      for (let at = 0; at < pairs; at += longest) {
        const n = Math.min(longest, pairs - at)
        scratch.overRows('normalPairs', [points[0], numbers, mean, deviation], 0, n, () => draw(at + longest))
        out.set(scratch.floats(numbers, 2 * n), 2 * at)
      }
      return position
    })
  })
}

/** Lets `use` draw with the state of `rng` in kernel memory, where it leaves the new key; it returns the new position. */
function withState(
  scratch: Scratch,
  rng: RandomState,
  use: (key: number, position: number, tempered: number) => number,
): void {
  const { key, position, gauss } = rng.getState()
  const keyAt = scratch.put(Int32Array.from(key, (word) => word | 0))
  const after = use(keyAt, position, scratch.take(4 * words))
  rng.setState({ key: Array.from(scratch.ints(keyAt, words), (word) => word >>> 0), position: after, gauss })
}
