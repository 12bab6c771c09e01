/** A stretch of the arena that is needed from step `first` to step `last`. */
export interface Lifetime {
  readonly bytes: number
  first: number
  last: number
  /** Where it was put. */
  offset: number
}

const ALIGNMENT = 64 // a cache line, and an AVX-512 register

/**
 * Puts blocks whose lives overlap beside each other and lets the others share memory: largest first, each into the
 * tightest gap that holds it. Returns the bytes of the whole.
 */
export function placeBlocks(blocks: readonly Lifetime[]): number {
  const placed: Lifetime[] = [] // by offset
  let total = 0
  for (const block of [...blocks].sort((a, b) => b.bytes - a.bytes)) {
    const size = aligned(block.bytes)
    let end = 0
    let best = -1
    let bestGap = Infinity
    for (const other of placed) {
      if (other.first > block.last || other.last < block.first) continue
      const gap = other.offset - end
      if (gap >= size && gap < bestGap) [best, bestGap] = [end, gap]
      end = Math.max(end, other.offset + aligned(other.bytes))
    }
    block.offset = best < 0 ? end : best
    total = Math.max(total, block.offset + size)
    let at = placed.length
    while (at > 0 && placed[at - 1].offset > block.offset) at--
    placed.splice(at, 0, block)
  }
  return total
}

export function aligned(bytes: number): number {
  return Math.ceil(Math.max(1, bytes) / ALIGNMENT) * ALIGNMENT
}
