/** A value of the forward pass. */
export interface Produced {
  /** Place of the node that computes it. */
  readonly at: number
  /** Place of the last node of the forward pass that reads it; Infinity when it is a result. */
  readonly lastUse: number
  readonly bytes: number
  /** Whether the backward pass reads it. */
  readonly needed: boolean
}

/**
 * After which nodes to cut a forward pass of `count` nodes, in order: so that what is kept, the values that are alive at
 * a cut, and what the largest segment holds beside them are together least. `values` are in order of their places.
 */
export function chooseCuts(values: readonly Produced[], count: number): readonly number[] {
  const all = values.reduce((sum, { bytes, needed }) => sum + (needed ? bytes : 0), 0)
  let best: Cuts = { kept: 0, largest: all, cuts: [] }
  // Budgets for a segment, each 1/√2 of the one before.
  for (let budget = all; budget > all / 4096; budget *= Math.SQRT1_2) {
    const found = cheapest(values, count, budget)
    if (!found) break
    if (found.kept + found.largest < best.kept + best.largest) best = found
  }
  return best.cuts
}

interface Cuts {
  /** Bytes of the values that are alive at a cut. */
  readonly kept: number
  /** Bytes that the backward pass needs of the largest segment beside them. */
  readonly largest: number
  readonly cuts: readonly number[]
}

/** The cuts that keep least while no segment holds more than `budget`; null where a node alone does. */
function cheapest(values: readonly Produced[], count: number, budget: number): Cuts | null {
  const kept = new Float64Array(count).fill(Infinity) // by the place of the last cut
  const largest = new Float64Array(count)
  const before = new Int32Array(count).fill(-1)
  const ends = new Int32Array(count) // how many values there are up to each place
  for (const { at } of values) ends[at]++
  for (let place = 1; place < count; place++) ends[place] += ends[place - 1]

  for (let cut = 0; cut < count; cut++) {
    const isEnd = cut === count - 1 // at the end nothing is kept on: all that is needed belongs to the last segment
    let [fresh, inside] = [0, 0]
    let index = ends[cut] - 1
    // A segment from behind each earlier cut, longer and longer.
    for (let start = cut; start >= 0 && inside <= budget; start--) {
      for (; index >= 0 && values[index].at === start; index--) {
        const { lastUse, bytes, needed } = values[index]
        if (lastUse > cut && !isEnd) fresh += bytes
        else if (needed) inside += bytes
      }
      if (inside > budget) break
      const total = fresh + (start > 0 ? kept[start - 1] : 0)
      if (total < kept[cut]) {
        kept[cut] = total
        largest[cut] = Math.max(inside, start > 0 ? largest[start - 1] : 0)
        before[cut] = start - 1
      }
    }
  }
  if (!Number.isFinite(kept[count - 1])) return null
  const cuts: number[] = []
  for (let cut = before[count - 1]; cut >= 0; cut = before[cut]) cuts.unshift(cut)
  return { kept: kept[count - 1], largest: largest[count - 1], cuts }
}
