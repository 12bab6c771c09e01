import { scaleShift, statistics, type Line, type Statistics } from '../../kernels/index.ts'

/**
 * (x - base)·scale + shift within [low, high], in place. Subtracting comes first, as its own rounding, so that a small
 * spread on a large base (CT numbers, counts) keeps its digits.
 */
export function linear(part: Float32Array, line: Line): void {
  scaleShift(part, line, part)
}

/**
 * ((x - base) / width)·scale + shift within [low, high], in place, each step with MONAI's rounding: for results that are
 * cut to whole numbers, where the last bit counts.
 */
export function linearInSteps(
  part: Float32Array,
  { base = 0, width = 1, scale = 1, shift = 0, low = -Infinity, high = Infinity },
): void {
  linear(part, { base })
  const divisor = Math.fround(width)
  for (let i = 0; i < part.length; i++) part[i] /= divisor
  linear(part, { scale, shift, low, high })
}

/** Statistics of the values that are not 0; null when there are none. */
export function nonzeroStatistics(part: Float32Array): Statistics | null {
  const rest = part.filter((x) => x !== 0)
  return rest.length === 0 ? null : statistics(rest)
}
