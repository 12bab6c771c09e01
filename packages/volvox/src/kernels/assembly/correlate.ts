// Correlation along one axis with weights around every element; zeros lie beyond the ends. Every sum is taken in the order of
// the inputs, whatever is computed beside it, so that a value does not depend on who else is in its block.

/** Columns whose inputs, which the next block of rows mostly takes too, stay in the cache. */
const tileBytes: usize = 2048

/**
 * Along an axis that is not the last: `source` and `target` hold [outer, length, inner]; blocks of four rows, of which
 * ceil(length / 4) make one of `outer`, are counted from begin to end. `taps` is odd.
 */
export function correlateRows(
  source: usize, target: usize, length: i32, inner: i32, weights: usize, taps: i32, begin: i32, end: i32,
): void {
  const rowBytes = <usize>inner << 2
  const blocks = (length + 3) >> 2
  for (let tile: usize = 0; tile < rowBytes; tile += tileBytes) {
    const tileEnd = min(rowBytes, tile + tileBytes)
    for (let block = begin; block < end; block++) {
      const before = <usize>(block / blocks) * <usize>length * rowBytes
      const rows = source + before, out = target + before
      const first = (block % blocks) << 2
      if (length >= 4 && rowBytes >= 32) {
        // The last rows with those before them, which another block writes.
        const o = min(first, length - 4)
        fourRows(rows, out + <usize>o * rowBytes, rowBytes, weights, taps, length, o, first - o, tile, tileEnd)
      } else
        for (let o = first; o < min(first + 4, length); o++)
          oneRow(rows, out + <usize>o * rowBytes, rowBytes, weights, taps, length, o, tile, tileEnd)
    }
  }
}

// @ts-ignore: decorator
@inline
function plus(sum: v128, x: v128, weight: v128): v128 {
  return f32x4.add(sum, f32x4.mul(x, weight))
}

/** Rows o to o + 3, of which the first `skipped` are not written: columns at..end, eight at a time, the last ones once more where they do not fill eight. */
function fourRows(
  rows: usize, out: usize, rowBytes: usize, weights: usize, taps: i32, length: i32, o: i32, skipped: i32, at: usize, end: usize,
): void {
  const reach = taps >> 1
  // Inputs from `first` on are taken by the first row only, then by two, three and four, and likewise at the end.
  const first = o - reach
  const start = max(first, 0), whole = max(first + 3, 0)
  const less = max(min(first + taps, length), whole), stop = min(first + taps + 3, length)
  const from0 = rows + <usize>start * rowBytes
  const weight0 = weights + <usize>((start - first) << 2) - 12
  for (; at < end; at += 32) {
    const column = min(at, rowBytes - 32)
    let a0 = f32x4.splat(0), a1 = f32x4.splat(0), b0 = f32x4.splat(0), b1 = f32x4.splat(0)
    let c0 = f32x4.splat(0), c1 = f32x4.splat(0), d0 = f32x4.splat(0), d1 = f32x4.splat(0)
    let from = from0 + column
    let weight = weight0
    let r = start
    for (; r < min(whole, stop); r++) {
      const x = v128.load(from), y = v128.load(from, 16)
      if (r < first + taps) {
        const p = v128.load32_splat(weight, 12)
        a0 = plus(a0, x, p)
        a1 = plus(a1, y, p)
      }
      if (r >= first + 1 && r < first + taps + 1) {
        const q = v128.load32_splat(weight, 8)
        b0 = plus(b0, x, q)
        b1 = plus(b1, y, q)
      }
      if (r >= first + 2 && r < first + taps + 2) {
        const u = v128.load32_splat(weight, 4)
        c0 = plus(c0, x, u)
        c1 = plus(c1, y, u)
      }
      from += rowBytes
      weight += 4
    }
    for (const last = weight + <usize>(max(less - r, 0) << 2); weight < last; weight += 4) {
      const x = v128.load(from), y = v128.load(from, 16)
      const p = v128.load32_splat(weight, 12), q = v128.load32_splat(weight, 8)
      const u = v128.load32_splat(weight, 4), v = v128.load32_splat(weight)
      a0 = plus(a0, x, p)
      a1 = plus(a1, y, p)
      b0 = plus(b0, x, q)
      b1 = plus(b1, y, q)
      c0 = plus(c0, x, u)
      c1 = plus(c1, y, u)
      d0 = plus(d0, x, v)
      d1 = plus(d1, y, v)
      from += rowBytes
    }
    for (r = max(r, less); r < stop; r++) {
      const x = v128.load(from), y = v128.load(from, 16)
      const v = v128.load32_splat(weight)
      d0 = plus(d0, x, v)
      d1 = plus(d1, y, v)
      if (r < first + taps + 1) {
        const q = v128.load32_splat(weight, 8)
        b0 = plus(b0, x, q)
        b1 = plus(b1, y, q)
      }
      if (r < first + taps + 2) {
        const u = v128.load32_splat(weight, 4)
        c0 = plus(c0, x, u)
        c1 = plus(c1, y, u)
      }
      from += rowBytes
      weight += 4
    }
    let to = out + column
    if (skipped < 1) putTwo(to, a0, a1)
    to += rowBytes
    if (skipped < 2) putTwo(to, b0, b1)
    to += rowBytes
    if (skipped < 3) putTwo(to, c0, c1)
    to += rowBytes
    putTwo(to, d0, d1)
  }
}

// @ts-ignore: decorator
@inline
function putTwo(to: usize, first: v128, second: v128): void {
  v128.store(to, first)
  v128.store(to, second, 16)
}

/** Row o: columns at..end. */
function oneRow(
  rows: usize, out: usize, rowBytes: usize, weights: usize, taps: i32, length: i32, o: i32, at: usize, end: usize,
): void {
  const first = o - (taps >> 1)
  const start = max(first, 0), stop = min(first + taps, length)
  const weight0 = weights + <usize>((start - first) << 2)
  for (; at + 16 <= end; at += 16) {
    let sum = f32x4.splat(0)
    let from = rows + <usize>start * rowBytes + at, weight = weight0
    for (let r = start; r < stop; r++) {
      sum = plus(sum, v128.load(from), v128.load32_splat(weight))
      from += rowBytes
      weight += 4
    }
    v128.store(out + at, sum)
  }
  for (; at < end; at += 4) {
    let sum: f32 = 0.0
    let from = rows + <usize>start * rowBytes + at, weight = weight0
    for (let r = start; r < stop; r++) {
      sum += load<f32>(from) * load<f32>(weight)
      from += rowBytes
      weight += 4
    }
    store<f32>(out + at, sum)
  }
}

/**
 * Along the last axis: lines begin..end of `length` elements each. `room` is scratch for `side` lines, 1 or 4, of
 * length + taps + 16 elements each.
 */
export function correlateLines(
  source: usize, target: usize, length: i32, weights: usize, taps: i32, side: i32, room: usize, begin: i32, end: i32,
): void {
  const bytes = <usize>length << 2
  const margin = <usize>(taps >> 1) << 2
  const step = bytes + (<usize>(taps + 16) << 2)
  memory.fill(room, 0, <usize>side * step)
  let row = begin
  if (side == 4 && taps >= 4 && bytes >= 32)
    for (; row + 4 <= end; row += 4) {
      const at = <usize>row * bytes
      for (let i: usize = 0; i < 4; i++) memory.copy(room + margin + i * step, source + at + i * bytes, bytes)
      fourLines(room, step, target + at, bytes, weights, <usize>taps << 2)
    }
  for (; row < end; row++) {
    memory.copy(room + margin, source + <usize>row * bytes, bytes)
    oneLine(room, target + <usize>row * bytes, bytes, weights, <usize>taps << 2)
  }
}

/** Four lines, `step` bytes apart; eight elements of each at a time, the last ones once more where they do not fill eight. */
function fourLines(lines: usize, step: usize, out: usize, bytes: usize, weights: usize, tapBytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 32) {
    const place = min(at, bytes - 32)
    let a0 = f32x4.splat(0), a1 = f32x4.splat(0), b0 = f32x4.splat(0), b1 = f32x4.splat(0)
    let c0 = f32x4.splat(0), c1 = f32x4.splat(0), d0 = f32x4.splat(0), d1 = f32x4.splat(0)
    let a = lines + place, b = a + step, c = b + step, d = c + step
    let weight = weights
    // Four inputs that only the first four outputs take, then those of all, then four of the last four outputs.
    for (const last = weight + 16; weight < last; weight += 4) {
      const p = v128.load32_splat(weight)
      a0 = plus(a0, v128.load(a), p)
      b0 = plus(b0, v128.load(b), p)
      c0 = plus(c0, v128.load(c), p)
      d0 = plus(d0, v128.load(d), p)
      a += 4
      b += 4
      c += 4
      d += 4
    }
    weight -= 16
    for (const last = weights + tapBytes - 16; weight < last; weight += 4) {
      const p = v128.load32_splat(weight, 16), q = v128.load32_splat(weight)
      const x = v128.load(a), y = v128.load(b), z = v128.load(c), t = v128.load(d)
      a0 = plus(a0, x, p)
      a1 = plus(a1, x, q)
      b0 = plus(b0, y, p)
      b1 = plus(b1, y, q)
      c0 = plus(c0, z, p)
      c1 = plus(c1, z, q)
      d0 = plus(d0, t, p)
      d1 = plus(d1, t, q)
      a += 4
      b += 4
      c += 4
      d += 4
    }
    for (const last = weights + tapBytes; weight < last; weight += 4) {
      const q = v128.load32_splat(weight)
      a1 = plus(a1, v128.load(a), q)
      b1 = plus(b1, v128.load(b), q)
      c1 = plus(c1, v128.load(c), q)
      d1 = plus(d1, v128.load(d), q)
      a += 4
      b += 4
      c += 4
      d += 4
    }
    let to = out + place
    putTwo(to, a0, a1)
    to += bytes
    putTwo(to, b0, b1)
    to += bytes
    putTwo(to, c0, c1)
    to += bytes
    putTwo(to, d0, d1)
  }
}

/** One line. */
function oneLine(line: usize, out: usize, bytes: usize, weights: usize, tapBytes: usize): void {
  let at: usize = 0
  for (; at < bytes && bytes >= 16; at += 16) {
    const place = min(at, bytes - 16)
    let sum = f32x4.splat(0)
    for (let k: usize = 0; k < tapBytes; k += 4) sum = plus(sum, v128.load(line + place + k), v128.load32_splat(weights + k))
    v128.store(out + place, sum)
  }
  for (; at < bytes; at += 4) {
    let sum: f32 = 0.0
    for (let k: usize = 0; k < tapBytes; k += 4) sum += load<f32>(line + at + k) * load<f32>(weights + k)
    store<f32>(out + at, sum)
  }
}
