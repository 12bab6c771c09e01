import { uncleared } from '../core/dtype.ts'
import { inRounds, roundsOf } from './rounds.ts'
import { withOwnScratch } from './runtime.ts'

/** Elements of one round: little enough to stay in the processor's cache. */
const chunk = 1 << 15

/** For each set of float32 values 1 where an element is one of them, else 0: [sets, elements]. */
export function anyOf(data: Float32Array, sets: readonly (readonly number[])[]): Uint8Array {
  const found = uncleared('bool', sets.length * data.length) as Uint8Array // as the type says
  const bytes = 5 * chunk + sets.reduce((sum, set) => sum + 4 * set.length + 16, 64)
  withOwnScratch('anyOf', bytes, (scratch) => {
    const { place, each } = roundsOf(scratch, data, chunk)
    const lists = sets.map((set) => [scratch.put(Float32Array.from(set)), set.length] as const)
    const target = scratch.take(chunk)
    each((length, at) =>
      lists.forEach(([values, count], k) => {
        scratch.kernels.markAnyOf(place, target, values, count, 0, length)
        found.set(scratch.bytes(target, length), k * data.length + at)
      }),
    )
  })
  return found
}

/** Elements that are one of some float32 values, and 0 in place of the others. */
export function keepAnyOf(data: Float32Array, values: readonly number[], out: Float32Array): Float32Array {
  const bytes = { round: chunk, further: 4 * values.length + 16 }
  return inRounds('keepAnyOf', withOwnScratch, [data, out], bytes, (scratch) => {
    const list = scratch.put(Float32Array.from(values))
    return (place, length) => scratch.kernels.keepAnyOf(place, list, values.length, 0, length)
  })
}
