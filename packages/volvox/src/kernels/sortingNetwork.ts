/** A step that puts two of many values in order; which of the two are looked at later. */
export interface SortingStep {
  readonly low: number
  readonly high: number
  readonly least: boolean
  readonly most: boolean
}

/** The steps, one after the other, that bring the median of an odd number of values to the middle place. */
export function medianSteps(count: number): SortingStep[] {
  const needed = new Set([(count - 1) / 2])
  return sortingNetwork(count)
    .reverse()
    .flatMap(([low, high]) => {
      const step = { low, high, least: needed.has(low), most: needed.has(high) }
      if (!step.least && !step.most) return []
      needed.add(low).add(high)
      return [step]
    })
    .reverse()
}

/** Pairs to be put in order, one after the other, until `count` values are sorted (Batcher 1968). */
function sortingNetwork(count: number): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = []
  for (let size = 1; size < count; size *= 2)
    for (let step = size; step >= 1; step /= 2)
      for (let start = step % size; start + step < count; start += 2 * step)
        for (let i = start; i < Math.min(start + step, count - step); i++)
          if (Math.floor(i / (2 * size)) === Math.floor((i + step) / (2 * size))) pairs.push([i, i + step])
  return pairs
}
