import type { Scratch, withScratch } from './runtime.ts'

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
