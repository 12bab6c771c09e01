import { uncleared } from '../core/dtype.ts'
import { inRounds } from './rounds.ts'
import { withOwnScratch, type Scratch } from './runtime.ts'

/** Elements of one round: little enough to stay in the processor's cache. */
const chunk = 1 << 15

/** For each set of float32 values 1 where an element is one of them, else 0: [sets, elements]. */
export function anyOf(data: Float32Array, sets: readonly (readonly number[])[]): Uint8Array {
  const found = uncleared('bool', sets.length * data.length) as Uint8Array // as the type says
  const further = chunk + sets.reduce((sum, set) => sum + 4 * set.length + 16, 0)
  eachRound('anyOf', data, further, (scratch) => {
    const lists = sets.map((set) => [scratch.put(Float32Array.from(set)), set.length] as const)
    const target = scratch.take(chunk)
    return (source, length, at) =>
      lists.forEach(([values, count], k) => {
        scratch.kernels.markAnyOf(source, target, values, count, 0, length)
        found.set(scratch.bytes(target, length), k * data.length + at)
      })
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

/** Writes 1 to `found` where an element is above a limit, or where it is not; NaN is neither. */
export function markBeyond(data: Float32Array, limit: number, above: boolean, found: Uint8Array): void {
  eachRound('markBeyond', data, chunk, (scratch) => {
    const target = scratch.take(chunk)
    return (source, length, at) => {
      const part = scratch.bytes(target, length)
      part.set(found.subarray(at, at + length))
      scratch.kernels.markBeyond(source, target, limit, Number(above), 0, length)
      found.set(part, at)
    }
  })
}

/** Takes elements into kernel memory, so many at a time; `prepare` takes `further` bytes of it and gives what visits them. */
function eachRound(
  where: string,
  data: Float32Array,
  further: number,
  prepare: (scratch: Scratch) => (source: number, length: number, at: number) => void,
): void {
  withOwnScratch(where, 4 * chunk + further + 64, (scratch) => {
    const source = scratch.take(4 * chunk)
    const visit = prepare(scratch)
    for (let at = 0; at < data.length; at += chunk) {
      const part = data.subarray(at, at + chunk)
      scratch.floats(source, part.length).set(part)
      visit(source, part.length, at)
    }
  })
}
