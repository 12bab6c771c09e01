import type { Scratch, withScratch } from './runtime.ts'

/** Float32 elements that come into kernel memory so many at a time. */
export interface Rounds {
  /** Where those of a round are. */
  readonly place: number
  /** Brings in round after round: `length` elements, those of the array from `at` on. */
  each(visit: (length: number, at: number) => void): void
}

/** Rounds of `most` elements of an array, in that much of the kernel's memory. */
export function roundsOf(scratch: Scratch, data: Float32Array, most: number): Rounds {
  const place = scratch.take(4 * most)
  const window = scratch.floats(place, most)
  return {
    place,
    each(visit) {
      for (let at = 0; at < data.length; at += most) {
        const part = data.subarray(at, at + most)
        window.set(part)
        visit(part.length, at)
      }
    },
  }
}

/**
 * Changes float32 elements in kernel memory, so many at a time: they come in, are changed at one place, and go to `out`, which may
 * be `data`. `memory` is `withScratch` or `withOwnScratch`; `prepare` takes `further` bytes of it, and gives what changes
 * `length` elements at `place`, which are those of `data` from `at` on.
 */
export function inRounds(
  where: string,
  memory: typeof withScratch,
  [data, out]: readonly [data: Float32Array, out: Float32Array],
  { round, further = 0 }: { readonly round: number; readonly further?: number },
  prepare: (scratch: Scratch) => (place: number, length: number, at: number) => void,
): Float32Array {
  if (data.length === 0) return out
  const most = Math.min(round, data.length)
  memory(where, 4 * most + further + 64, (scratch) => {
    const { place, each } = roundsOf(scratch, data, most)
    const change = prepare(scratch)
    each((length, at) => {
      change(place, length, at)
      out.set(scratch.floats(place, length), at)
    })
  })
  return out
}
