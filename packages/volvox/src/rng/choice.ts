import { OptionError } from '../core/errors.ts'
import { randomInterval } from './integers.ts'
import type { MersenneTwister } from './mt19937.ts'

/** Fisher-Yates from the end, as NumPy does it. */
export function shuffleInPlace(bits: MersenneTwister, items: unknown[]): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = randomInterval(bits, i)
    ;[items[i], items[j]] = [items[j], items[i]]
  }
}

/** `size` indices, each drawn with the probabilities `p`. */
export function choiceByWeight(bits: MersenneTwister, p: readonly number[], size: number): number[] {
  const steps = cumulative(p)
  return Array.from({ length: size }, () => firstAbove(steps, bits.nextDouble()))
}

/**
 * `size` different indices. Rounds of draws: whatever is new is kept in the order drawn, then its probability is
 * set to zero for the next round.
 */
export function distinctByWeight(bits: MersenneTwister, p: readonly number[], size: number): number[] {
  if (p.filter((x) => x > 0).length < size)
    throw new OptionError('RandomState.choice', `fewer than ${size} items have a probability above 0`)
  const left = [...p]
  const found: number[] = []
  while (found.length < size) {
    const uniform = Array.from({ length: size - found.length }, () => bits.nextDouble())
    for (const index of found) left[index] = 0
    const steps = cumulative(left)
    found.push(...new Set(uniform.map((u) => firstAbove(steps, u))))
  }
  return found
}

function cumulative(p: readonly number[]): number[] {
  let sum = 0
  const sums = p.map((x) => (sum += x))
  return sums.map((x) => x / sum)
}

/** The first index whose cumulated probability is above `u` (searchsorted, side right). */
function firstAbove(steps: readonly number[], u: number): number {
  let low = 0
  let high = steps.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (steps[middle] <= u) low = middle + 1
    else high = middle
  }
  return low
}
