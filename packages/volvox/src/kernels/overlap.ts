import { withOwnScratch } from './runtime.ts'

/** How many elements of two masks are 1. */
export interface Ones {
  readonly both: number
  readonly first: number
  readonly second: number
}

/** Elements of each mask that are in kernel memory at a time, a multiple of four: both stay in the cache. */
const roundLength = 2 ** 15

/** Counts the ones of two masks of the same length; null where there is anything but 0 and 1. */
export function countOnes(first: Float32Array, second: Float32Array): Ones | null {
  return withOwnScratch('countOnes', 8 * roundLength + 64, (scratch) => {
    const [a, b] = [scratch.take(4 * roundLength), scratch.take(4 * roundLength)]
    const sums = scratch.put(new Int32Array(4))
    const found = scratch.ints(sums, 4)
    for (let begin = 0; begin < first.length && found[3] === 0; begin += roundLength) {
      const end = Math.min(first.length, begin + roundLength)
      const count = 4 * Math.ceil((end - begin) / 4)
      for (const [place, mask] of [
        [a, first],
        [b, second],
      ] as const) {
        const round = scratch.floats(place, count)
        round.set(mask.subarray(begin, end))
        round.fill(0, end - begin)
      }
      scratch.kernels.countOnes(a, b, count, sums)
    }
    return found[3] === 0 ? { both: found[0], first: found[1], second: found[2] } : null
  })
}
