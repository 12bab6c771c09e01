// Rows whose elements only change places, bit by bit.

/**
 * Element c of row r comes from element rows[r] + columns[c] of `source`; where either has no place (is below 0) the target stays
 * as it is. Columns first..last lie side by side in the source: from the first to the last (step 1) or the other way round (-1).
 * Elements have 2^size bytes.
 */
export function moveRows(
  source: usize, target: usize, size: i32, rows: usize, rowCount: i32, columns: usize, columnCount: i32,
  first: i32, last: i32, step: i32,
): void {
  const width = <usize>(columnCount << size)
  const run = first < last ? <usize>(load<i32>(columns + (<usize>first << 2)) << size) : 0
  let to = target
  for (let r = 0; r < rowCount; r++, to += width) {
    const row = load<i32>(rows + (<usize>r << 2))
    if (row < 0) continue
    const from = source + <usize>(row << size)
    pick(from, to, size, columns, 0, first)
    const place = to + <usize>(first << size), bytes = <usize>((last - first) << size)
    if (step > 0) copyBytes(from + run, place, bytes)
    else copyBack(from + run, place, bytes, size)
    pick(from, to, size, columns, last, columnCount)
  }
}

/** Columns begin..end of a row, one by one. */
// @ts-ignore: decorator
@inline
function pick(from: usize, to: usize, size: i32, columns: usize, begin: i32, end: i32): void {
  if (begin >= end) return
  if (size == 2) pickEach<u32>(from, to, columns, begin, end)
  else if (size == 0) pickEach<u8>(from, to, columns, begin, end)
  else if (size == 1) pickEach<u16>(from, to, columns, begin, end)
  else pickEach<u64>(from, to, columns, begin, end)
}

function pickEach<T>(from: usize, to: usize, columns: usize, begin: i32, end: i32): void {
  for (let c = begin; c < end; c++) {
    const column = load<i32>(columns + (<usize>c << 2))
    if (column >= 0) store<T>(to + <usize>c * sizeof<T>(), load<T>(from + <usize>column * sizeof<T>()))
  }
}

// @ts-ignore: decorator
@inline
export function copyBytes(from: usize, to: usize, bytes: usize): void {
  const stop = to + bytes
  for (; to + 64 <= stop; from += 64, to += 64) {
    const a = v128.load(from), b = v128.load(from, 16), c = v128.load(from, 32), d = v128.load(from, 48)
    v128.store(to, a)
    v128.store(to, b, 16)
    v128.store(to, c, 32)
    v128.store(to, d, 48)
  }
  for (; to + 16 <= stop; from += 16, to += 16) v128.store(to, v128.load(from))
  for (; to < stop; from++, to++) store<u8>(to, load<u8>(from))
}

/** Elements from `from` downwards. */
// @ts-ignore: decorator
@inline
function copyBack(from: usize, to: usize, bytes: usize, size: i32): void {
  const stop = to + bytes, element = <usize>1 << size
  let end = from + element
  if (size == 2)
    for (; to + 32 <= stop; end -= 32, to += 32) {
      const a = v128.load(end - 16), b = v128.load(end - 32)
      v128.store(to, i8x16.shuffle(a, a, 12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3))
      v128.store(to, i8x16.shuffle(b, b, 12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3), 16)
    }
  else if (size == 0)
    for (; to + 16 <= stop; end -= 16, to += 16) {
      const a = v128.load(end - 16)
      v128.store(to, i8x16.shuffle(a, a, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0))
    }
  else if (size == 1)
    for (; to + 16 <= stop; end -= 16, to += 16) {
      const a = v128.load(end - 16)
      v128.store(to, i8x16.shuffle(a, a, 14, 15, 12, 13, 10, 11, 8, 9, 6, 7, 4, 5, 2, 3, 0, 1))
    }
  for (; to < stop; end -= element, to += element) {
    if (size == 2) store<u32>(to, load<u32>(end - 4))
    else if (size == 0) store<u8>(to, load<u8>(end - 1))
    else if (size == 1) store<u16>(to, load<u16>(end - 2))
    else store<u64>(to, load<u64>(end - 8))
  }
}
