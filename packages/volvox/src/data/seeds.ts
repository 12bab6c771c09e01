/**
 * One 32-bit seed from several whole numbers, e.g. (seed, epoch, index in epoch). Every random state of a training run is derived
 * in this way and none is carried along, so the result depends neither on the number of workers nor on where a run was interrupted.
 * The mixing is MurmurHash3's.
 */
export function seedFrom(...parts: readonly number[]): number {
  let hash = 0x9747b28c
  for (const part of parts) {
    // Both halves, so that seeds beyond 32 bits differ too.
    for (const word of [part >>> 0, Math.floor(part / 0x100000000) >>> 0]) {
      let k = Math.imul(word, 0xcc9e2d51)
      k = Math.imul((k << 15) | (k >>> 17), 0x1b873593)
      hash ^= k
      hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
    }
  }
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
