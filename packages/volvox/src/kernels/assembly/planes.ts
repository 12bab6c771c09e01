// Planes whose rows become columns, bit by bit, in tiles: the lines of the processor's cache are then used whole on both sides.
import { copyBytes } from './moves'
import { high32, high64, low32, low64 } from './shuffles'

const tile = 32
/** Of rows that lie at the same place in their pages of memory: only so many such lines are kept at a time. They go through `stage`. */
const stagedTile = 16
const page = 4096

/**
 * Planes begin..end. Row r, column c of plane p goes to element targets[p] + r·apart + c, from element sources[p] + first + r·step
 * + columns[c], where step is 1 or -1. Elements have 1, 2, 4 or 8 bytes; `stage` has room for 16 rows.
 */
export function turnPlanes(
  source: usize, target: usize, bytes: i32, sources: usize, targets: usize, first: i32, step: i32, columns: usize,
  rowCount: i32, columnCount: i32, apart: i32, stage: usize, begin: i32, end: i32,
): void {
  const staged = (apart * bytes) % page == 0 && rowCount >= stagedTile
  for (let p = begin; p < end; p++) {
    const from = load<i32>(sources + (<usize>p << 2)) + first, to = load<i32>(targets + (<usize>p << 2))
    for (let r = 0; r < rowCount; ) {
      const stop = min(rowCount, r + (staged ? stagedTile : tile))
      if (staged) {
        turnRows(source, stage, bytes, from, -r * columnCount, step, columns, columnCount, columnCount, r, stop)
        for (let row = r, at = stage, width = <usize>(columnCount * bytes); row < stop; row++, at += width)
          copyBytes(at, target + <usize>((to + row * apart) * bytes), width)
      } else turnRows(source, target, bytes, from, to, step, columns, columnCount, apart, r, stop)
      r = stop
    }
  }
}

// @ts-ignore: decorator
@inline
function turnRows(
  source: usize, target: usize, bytes: i32, from: i32, to: i32, step: i32, columns: usize,
  columnCount: i32, apart: i32, firstRow: i32, lastRow: i32,
): void {
  if (bytes == 4) turnWords(source, target, from, to, step, columns, columnCount, apart, firstRow, lastRow)
  else if (bytes == 1) turn<u8>(source, target, from, to, step, columns, 0, columnCount, apart, firstRow, lastRow)
  else if (bytes == 2) turn<u16>(source, target, from, to, step, columns, 0, columnCount, apart, firstRow, lastRow)
  else turn<u64>(source, target, from, to, step, columns, 0, columnCount, apart, firstRow, lastRow)
}

function turn<T>(
  source: usize, target: usize, from: i32, to: i32, step: i32, columns: usize,
  firstColumn: i32, lastColumn: i32, apart: i32, firstRow: i32, lastRow: i32,
): void {
  const stride = <usize>(step * <i32>sizeof<T>()), down = <usize>(apart * <i32>sizeof<T>())
  for (let c = firstColumn; c < lastColumn; c++) {
    let at = source + <usize>(from + load<i32>(columns + (<usize>c << 2)) + firstRow * step) * sizeof<T>()
    let place = target + <usize>(to + firstRow * apart + c) * sizeof<T>()
    for (let r = firstRow; r < lastRow; r++) {
      store<T>(place, load<T>(at))
      at += stride
      place += down
    }
  }
}

/** Four rows of four columns at a time. */
function turnWords(
  source: usize, target: usize, from: i32, to: i32, step: i32, columns: usize,
  columnCount: i32, apart: i32, firstRow: i32, lastRow: i32,
): void {
  const wholeColumns = columnCount & ~3, wholeRows = firstRow + ((lastRow - firstRow) & ~3)
  const back = step < 0 // then four rows lie in memory from the last to the first
  const down = <usize>apart << 2
  for (let c = 0; c < wholeColumns; c += 4) {
    const column = columns + (<usize>c << 2)
    const a = source + (<usize>(from + load<i32>(column)) << 2), b = source + (<usize>(from + load<i32>(column, 4)) << 2)
    const d = source + (<usize>(from + load<i32>(column, 8)) << 2), e = source + (<usize>(from + load<i32>(column, 12)) << 2)
    for (let r = firstRow; r < wholeRows; r += 4) {
      const along = <usize>((back ? -r - 3 : r) << 2)
      const w = v128.load(a + along), x = v128.load(b + along), y = v128.load(d + along), z = v128.load(e + along)
      const wx = low32(w, x)
      const yz = low32(y, z)
      const wx2 = high32(w, x)
      const yz2 = high32(y, z)
      const first = target + (<usize>(to + r * apart + c) << 2)
      const place = back ? first + 3 * down : first
      const stride: usize = back ? <usize>0 - down : down
      v128.store(place, low64(wx, yz))
      v128.store(place + stride, high64(wx, yz))
      v128.store(place + 2 * stride, low64(wx2, yz2))
      v128.store(place + 3 * stride, high64(wx2, yz2))
    }
  }
  turn<u32>(source, target, from, to, step, columns, wholeColumns, columnCount, apart, firstRow, lastRow)
  turn<u32>(source, target, from, to, step, columns, 0, wholeColumns, apart, wholeRows, lastRow)
}
