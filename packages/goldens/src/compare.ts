import { numbersOf } from './numbers.ts'
import { sameShape, type Tensor } from 'volvox'

/** How a result differs from the recording. */
export interface Difference {
  readonly key: string
  /** Largest absolute difference; infinite where shapes differ or a result is missing. */
  readonly largest: number
  readonly allowed: number
  readonly detail: string
}

/**
 * The difference between a result and the recording, or null when it is within bounds: no element further off than
 * `allowed`, but for a share `mismatches` of them. NaN equals NaN, infinity equals infinity.
 */
export function compare(
  key: string,
  got: Tensor | undefined,
  want: Tensor,
  allowed: number,
  mismatches = 0,
): Difference | null {
  const fail = (largest: number, detail: string): Difference => ({ key, largest, allowed, detail })
  if (!got) return fail(Infinity, 'no such result')
  if (!sameShape(got.shape, want.shape))
    return fail(Infinity, `shape [${got.shape.join(', ')}] instead of [${want.shape.join(', ')}]`)
  const a = numbersOf(got)
  const b = numbersOf(want)
  let largest = 0
  let outside = 0
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i] || (Number.isNaN(a[i]) && Number.isNaN(b[i]))) continue
    const distance = Math.abs(a[i] - b[i])
    const difference = Number.isNaN(distance) ? Infinity : distance
    largest = Math.max(largest, difference)
    if (!(difference <= allowed)) outside++
  }
  return outside <= mismatches * a.length ? null : fail(largest, `${outside} of ${a.length} elements differ`)
}
