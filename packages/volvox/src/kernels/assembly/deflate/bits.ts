// A DEFLATE stream while it is read: a record in memory, of which the decoders keep the first fields in locals.
// Bits come in from the low end of `buffer`, 56 to 63 of them after each refill. Reading past the end gives what lies there
// (at least 16 bytes have to), and is noticed by `position`.

/** Where things are in a stream's record, bytes. */
export const atBuffer: usize = 0
export const atCount: usize = 8
export const atNext: usize = 16
export const atOut: usize = 20
/** The first address that a distance may reach back to. */
export const atFirst: usize = 24
export const atOutEnd: usize = 28
export const atBegin: usize = 32
export const atEnd: usize = 36
export const atTables: usize = 40

/** How a block, or a part of a stream, ended. */
export const fine: i32 = 0
export const last: i32 = 1
export const damaged: i32 = 2
export const cutShort: i32 = 3
export const full: i32 = 4
export const notFound: i32 = 5

/** Sets the stream to a bit, counted from its first byte. */
export function seek(stream: usize, bit: u64): void {
  store<u64>(stream + atBuffer, 0)
  store<i64>(stream + atCount, 0)
  store<u32>(stream + atNext, load<u32>(stream + atBegin) + <u32>(bit >> 3))
  if (bit & 7) take(stream, <i32>(bit & 7))
}

/** The bit that comes next. */
export function position(stream: usize): u64 {
  return (<u64>(load<u32>(stream + atNext) - load<u32>(stream + atBegin)) << 3) - load<u64>(stream + atCount)
}

/** Whether more bits were taken than there are. */
export function overrun(stream: usize): bool {
  return position(stream) > <u64>(load<u32>(stream + atEnd) - load<u32>(stream + atBegin)) << 3
}

/** The next 32 bits, which stay. */
export function look(stream: usize): u32 {
  let buffer = load<u64>(stream + atBuffer)
  const count = load<u64>(stream + atCount)
  if (count < 32) {
    const next = load<u32>(stream + atNext)
    if (next > load<u32>(stream + atEnd) + 8) return 0 // far enough for `overrun`
    buffer |= load<u64>(<usize>next) << count
    store<u32>(stream + atNext, next + <u32>((63 - count) >> 3))
    store<u64>(stream + atBuffer, buffer)
    store<u64>(stream + atCount, count | 56)
  }
  return <u32>buffer
}

/** Takes so many of the bits that `look` gave. */
export function drop(stream: usize, bits: i32): void {
  store<u64>(stream + atBuffer, load<u64>(stream + atBuffer) >> bits)
  store<u64>(stream + atCount, load<u64>(stream + atCount) - bits)
}

/** The next bits, fewer than 32. */
export function take(stream: usize, bits: i32): i32 {
  const value = look(stream) & ((1 << bits) - 1)
  drop(stream, bits)
  return <i32>value
}
