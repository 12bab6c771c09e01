import { unclearedFloats } from '../core/dtype.ts'
import type { RandomState } from '../rng/index.ts'
import { withScratch, type Scratch } from './runtime.ts'

const words = 624
/** What `Float32Array.from(rng.uniform(low, high, count))` gives, and leaves `rng` so, many times faster. */
export function uniformFloats(rng: RandomState, low: number, high: number, count: number): Float32Array<ArrayBuffer> {
  const out = unclearedFloats(count)
  withScratch('draws', drawingBytes(count) + roundBytes(count), (scratch) => {
    const part = scratch.take(roundBytes(count)) // half as many numbers as words, and 624 words from before at most
    uniformRounds(scratch, rng, low, high, count, () => part, (begin, end) => out.set(scratch.floats(part, end - begin), begin)) // prettier-ignore
  })
  return out
}

/** Blocks of 624 words that are drawn in one round while those of the round before are made into numbers, and their bytes. */
const mostBlocks = 1024

const roundBlocks = (count: number): number => Math.min(mostBlocks, Math.ceil((2 * count) / words) + 1)
const roundBytes = (count: number): number => 4 * words * roundBlocks(count)

/** The bytes of kernel memory that `uniformInside` needs beside so many numbers. */
export function drawingBytes(count: number): number {
  return 2 * (4 * words + roundBytes(count)) + 64
}

/** The same numbers in kernel memory, from an address on. */
export function uniformInside(
  scratch: Scratch,
  rng: RandomState,
  at: number,
  low: number,
  high: number,
  count: number,
): void {
  uniformRounds(scratch, rng, low, high, count, (begin) => at + 4 * begin)
}

/** Writes each round's numbers to where `place` says that number `begin` goes, and says so. */
function uniformRounds(
  scratch: Scratch,
  rng: RandomState,
  low: number,
  high: number,
  count: number,
  place: (begin: number) => number,
  done: (begin: number, end: number) => void = () => {},
): void {
  if (count === 0) return
  const state = rng.getState()
  // Words as the generator makes them: the last 624 of the round before, and those of this one.
  const buffers = [0, 0].map(() => scratch.take(4 * words + roundBytes(count)))
  scratch.ints(buffers[0], words).set(state.key)
  /** Blocks that follow for so many numbers that begin with word `first`. */
  const blocksFor = (first: number, numbers: number) =>
    Math.min(roundBlocks(count), Math.ceil(Math.max(0, first + 2 * numbers - words) / words))
  let first = state.position
  let blocks = blocksFor(first, count)
  scratch.kernels.twistWords(buffers[0], words * blocks)
  for (let begin = 0; begin < count;) {
    const [raw, next] = buffers
    const end = Math.min(count, begin + Math.floor((words * (1 + blocks) - first) / 2))
    const used = first + 2 * (end - begin)
    const following = blocksFor(used - words * blocks, count - end)
    const drawNext = () => {
      if (following === 0) return
      scratch.ints(next, words).set(scratch.ints(raw + 4 * words * blocks, words))
      scratch.kernels.twistWords(next, words * following)
    }
    scratch.overRows('uniformFloats', [raw + 4 * first, place(begin), low, high - low], 0, end - begin, drawNext)
    done(begin, end)
    begin = end
    if (begin === count) {
      const block = Math.ceil(used / words) - 1
      const key = Array.from(scratch.ints(raw + 4 * words * block, words), (word) => word >>> 0)
      rng.setState({ ...state, key, position: used - words * block })
    }
    first = used - words * blocks
    blocks = following
    buffers.reverse()
  }
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
  withScratch('draws', 8 * words + 2 * pointBytes + 8 * longest + 128, (scratch) => {
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
