import { withOwnScratch, withScratch, type Scratch } from './runtime.ts'
import { kernelThreads } from './threads.ts'

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
    const place = scratch.take(4 * most)
    const change = prepare(scratch)
    for (let at = 0; at < data.length; at += most) {
      const part = data.subarray(at, at + most)
      const window = scratch.floats(place, part.length)
      window.set(part)
      change(place, part.length, at)
      out.set(window, at)
    }
  })
  return out
}

/** Parts of an array, from and to, that lie one after the other in kernel memory. */
export type Stretches = readonly (readonly [begin: number, end: number])[]

/**
 * The same in rounds that threads share: while they work on one, this thread takes out what the round before made, and brings in
 * the next. `work` must leave `meanwhile` to `overRows`.
 */
export function inSharedRounds(
  where: string,
  [data, out]: readonly [data: Float32Array, out: Float32Array],
  rounds: readonly Stretches[],
  work: (scratch: Scratch, place: number, length: number, meanwhile: () => void) => void,
): Float32Array {
  const lengths = rounds.map((parts) => parts.reduce((sum, [begin, end]) => sum + end - begin, 0))
  const most = Math.max(0, ...lengths)
  const memory = kernelThreads() > 1 ? withScratch : withOwnScratch
  memory(where, 8 * most + 64, (scratch) => {
    const places = [scratch.take(4 * most), scratch.take(4 * most)]
    const copy = (round: number, comesIn: boolean) => {
      if (round < 0 || round >= rounds.length) return
      const window = scratch.floats(places[round % 2], lengths[round])
      let next = 0
      for (const [begin, end] of rounds[round]) {
        const part = window.subarray(next, (next += end - begin))
        if (comesIn) part.set(data.subarray(begin, end))
        else out.set(part, begin)
      }
    }
    copy(0, true)
    rounds.forEach((_, round) =>
      work(scratch, places[round % 2], lengths[round], () => {
        copy(round - 1, false)
        copy(round + 1, true)
      }),
    )
    copy(rounds.length - 1, false)
  })
  return out
}
