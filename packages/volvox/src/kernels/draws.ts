import type { RandomState } from '../rng/index.ts'
import type { KernelExports } from './exports.ts'
import { withScratch, type Scratch } from './runtime.ts'

const words = 624
/** Numbers that are in kernel memory at a time; an even number. */
const roundLength = 2 ** 18

/** What `Float32Array.from(rng.uniform(low, high, count))` gives, and leaves `rng` so, many times faster. */
export function uniformFloats(rng: RandomState, low: number, high: number, count: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(count)
  drawInto(rng, out, (kernels, key, position, tempered, part, n) =>
    kernels.uniformFloats(key, position, tempered, part, n, low, high - low),
  )
  return out
}

/** The bytes of kernel memory that `uniformInside` needs beside its numbers. */
export const drawingBytes: number = 8 * words + 64

/** The same numbers in kernel memory, from an address on. */
export function uniformInside(scratch: Scratch, rng: RandomState, at: number, low: number, high: number, count: number): void {
  withState(scratch, rng, (key, position, tempered) =>
    scratch.kernels.uniformFloats(key, position, tempered, at, count, low, high - low),
  )
}

/** The same for `rng.normal(mean, deviation, count)`; numbers may differ by rounding in float32. */
export function normalFloats(
  rng: RandomState,
  mean: number,
  deviation: number,
  count: number,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(count)
  const first = count > 0 && rng.getState().gauss !== null ? 1 : 0
  const even = count - first - ((count - first) % 2)
  if (first === 1) out[0] = rng.normal(mean, deviation)
  drawInto(rng, out.subarray(first, first + even), (kernels, key, position, tempered, part, n) =>
    kernels.normalFloats(key, position, tempered, part, n / 2, mean, deviation),
  )
  if (first + even < count) out[count - 1] = rng.normal(mean, deviation)
  return out
}

type Draw = (kernels: KernelExports, key: number, position: number, tempered: number, part: number, n: number) => number

/** Fills `out` in parts, with the state of `rng`, which is taken over afterwards. */
function drawInto(rng: RandomState, out: Float32Array, draw: Draw): void {
  if (out.length === 0) return
  const longest = Math.min(roundLength, out.length)
  withScratch('draws', drawingBytes + 4 * longest, (scratch) => {
    const part = scratch.take(4 * longest)
    withState(scratch, rng, (key, position, tempered) => {
      for (let at = 0; at < out.length; at += longest) {
        const n = Math.min(longest, out.length - at)
        position = draw(scratch.kernels, key, position, tempered, part, n)
        out.set(scratch.floats(part, n), at)
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
