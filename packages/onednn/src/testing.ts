import { MissingError, type Tensor } from 'volvox/core'
import { loadLibrary } from './ffi.ts'

// For tests only.

/** Whether this machine has a library to test with. */
export const available: boolean = (() => {
  try {
    loadLibrary()
    return true
  } catch (error) {
    if (error instanceof MissingError) return false
    throw error
  }
})()

/** The largest difference between two tensors, measured against the largest expected number (1 at least). */
export function difference(found: Tensor, expected: Tensor): number {
  if (found.shape.join() !== expected.shape.join() || found.data.length !== expected.data.length) return Infinity
  let largest = 0
  let scale = 1
  expected.data.forEach((value: number | bigint, i: number) => {
    const [a, b] = [Number(found.data[i]), Number(value)]
    scale = Math.max(scale, Number.isFinite(b) ? Math.abs(b) : 1)
    const gap = Object.is(a, b) || a === b ? 0 : Math.abs(a - b)
    largest = Math.max(largest, Number.isNaN(gap) ? Infinity : gap)
  })
  return largest / scale
}
