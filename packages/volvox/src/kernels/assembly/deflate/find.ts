import { atBegin, atEnd, fine, seek, take } from './bits'
import { sentTables } from './tables'

/** How far a beginning is looked for, bits: blocks are mostly shorter than this. */
const farthest: u64 = 8 << 20

/**
 * The first bit from `bit` on where a block that sends its codes, not the last one, may begin; the largest u64 where there is none.
 * Few other places have a complete code of code lengths and two complete codes after it.
 */
export function findBlock(stream: usize, bit: u64): u64 {
  const begin = <usize>load<u32>(stream + atBegin)
  const stop = min(bit + farthest, <u64>(load<u32>(stream + atEnd) - <u32>begin) << 3)
  for (; bit < stop; bit++) {
    const bits = load<u64>(begin + <usize>(bit >> 3)) >> (bit & 7)
    if ((bits & 7) != 4 || ((bits >> 3) & 31) > 29 || ((bits >> 8) & 31) > 29) continue
    if (!complete(begin, bit + 17, <i32>((bits >> 13) & 15) + 4)) continue
    seek(stream, bit)
    take(stream, 3)
    if (sentTables(stream) == fine) return bit
  }
  return u64.MAX_VALUE
}

/** Whether so many code lengths of three bits are those of a complete code. */
function complete(begin: usize, bit: u64, lengths: i32): bool {
  let bits = load<u64>(begin + <usize>(bit >> 3)) >> (bit & 7)
  let sum: u32 = 0
  for (; lengths > 0; lengths--, bits >>= 3) sum += <u32>(<u64>0x0102040810204000 >> ((bits & 7) << 3)) & 0xff
  return sum == 128
}
