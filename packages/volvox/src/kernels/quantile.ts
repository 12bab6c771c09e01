import { uncleared } from '../core/dtype.ts'

/** Up to so many values, torch's `quantile` does MONAI's percentiles, with places in float32; NumPy's does the others. */
const torchLimit = 1_000_000

/**
 * The values below which the given percentages of all values lie, interpolated linearly between neighbours, as MONAI's
 * `percentile` does: NaN where any value is NaN, or where there is none.
 */
export function percentiles(data: Float32Array, percentages: readonly number[]): number[] {
  const { fround } = Math
  const last = data.length - 1
  const places = percentages.map((q) => (data.length > torchLimit ? (q / 100) * last : fround(fround(q / 100) * last)))
  const keys = orderedBits(data)
  if (data.length === 0 || !keys) return percentages.map(() => NaN)
  const ranks = places.map((place) => Math.min(Math.floor(place), last))
  const values = valuesOfRank(keys, [...new Set([...ranks, ...ranks.map((rank) => Math.min(rank + 1, last))])])
  return places.map((place, i) => {
    const [low, high] = [values.get(ranks[i]), values.get(Math.min(ranks[i] + 1, last))] as [number, number] // asked for
    const weight = place - ranks[i]
    return weight === 0 ? low : fround(low + weight * (high - low))
  })
}

/** The values that `data` would have at the given places if they were sorted; all NaN when there is NaN. */
export function ofRank(data: Float32Array, ranks: readonly number[]): number[] {
  const keys = orderedBits(data)
  const values = keys && valuesOfRank(keys, ranks)
  return ranks.map((rank) => values?.get(rank) ?? NaN)
}

/** The bits of the numbers, changed so that they have the order of these; null when there is NaN. */
function orderedBits(data: Float32Array): Uint32Array | null {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length)
  const keys = uncleared('uint32', data.length) as Uint32Array
  for (let i = 0; i < keys.length; i++) {
    if (data[i] !== data[i]) return null
    keys[i] = bits[i] & 0x80000000 ? ~bits[i] : bits[i] | 0x80000000
  }
  return keys
}

/** The values that a sorted list would have at the given ranks, found by the halves of their keys. */
function valuesOfRank(keys: Uint32Array, ranks: readonly number[]): Map<number, number> {
  const upper = new Uint32Array(65536)
  for (let i = 0; i < keys.length; i++) upper[keys[i] >>> 16]++
  const lowerHalves = new Map<number, Uint32Array>()
  const found = new Map<number, number>()
  const scratch = new Uint32Array(1)
  for (const rank of ranks) {
    const [high, before] = binOf(upper, rank)
    let lower = lowerHalves.get(high)
    if (!lower) {
      lowerHalves.set(high, (lower = new Uint32Array(65536)))
      for (let i = 0; i < keys.length; i++) if (keys[i] >>> 16 === high) lower[keys[i] & 0xffff]++
    }
    const [low] = binOf(lower, rank - before)
    const key = high * 65536 + low
    scratch[0] = key >= 2 ** 31 ? key - 2 ** 31 : ~key
    found.set(rank, new Float32Array(scratch.buffer)[0])
  }
  return found
}

/** The bin that holds the element of a rank, and how many elements are in the bins before. */
function binOf(counts: Uint32Array, rank: number): readonly [bin: number, before: number] {
  let before = 0
  for (let bin = 0; ; before += counts[bin++]) if (rank < before + counts[bin]) return [bin, before]
}
