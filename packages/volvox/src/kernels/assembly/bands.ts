// Products with a banded matrix along one axis: interpolation, averaging and convolution alike. Output element o of the
// axis is the sum of weights[o][k] · input[starts[o] + k] over k < counts[o].
import { evens32, odds32 } from './shuffles'

/** `source` holds [outer, length, inner], `target` [outer, size, inner]; rows count outer · size, or outer when inner is 1. */
export function applyBands(
  source: usize, target: usize, length: i32, size: i32, inner: i32,
  starts: usize, counts: usize, weights: usize, width: i32, begin: i32, end: i32,
): void {
  if (inner == 1) {
    for (let row = begin; row < end; row++)
      line(source + ((<usize>row * <usize>length) << 2), target + ((<usize>row * <usize>size) << 2), size, starts, counts, weights, width)
    return
  }
  const rowBytes = <usize>inner << 2
  // Tiles of columns: the input rows of an output, which the next output mostly takes too, stay in the cache.
  for (let tile: usize = 0; tile < rowBytes; tile += tileBytes) {
    const tileEnd = min(rowBytes, tile + tileBytes)
    for (let row = begin; row < end;) {
      const outer = row / size, o = row % size
      const rows = source + <usize>outer * <usize>length * rowBytes
      const out = target + <usize>row * rowBytes
      const four = row + 4 <= end && o + 4 <= size && overlapping(starts, counts, o)
      const done = four ? combineFour(rows, out, rowBytes, starts, counts, weights, width, o, tile, tileEnd) : tile
      const last = four ? 4 : 1
      for (let i = 0; i < last; i++) {
        const at = <usize>(o + i)
        const first = rows + <usize>load<i32>(starts + (at << 2)) * rowBytes
        combine(first, out + <usize>i * rowBytes, rowBytes, load<i32>(counts + (at << 2)), weights + ((at * <usize>width) << 2), done, tileEnd)
      }
      row += last
    }
  }
}

const tileBytes: usize = 2048

/** Whether four outputs from o on take some inputs in common, and begin and end one after the other. */
function overlapping(starts: usize, counts: usize, o: i32): bool {
  const s = starts + (<usize>o << 2), c = counts + (<usize>o << 2)
  const s0 = load<i32>(s), s1 = load<i32>(s, 4), s2 = load<i32>(s, 8), s3 = load<i32>(s, 12)
  const e0 = s0 + load<i32>(c), e1 = s1 + load<i32>(c, 4), e2 = s2 + load<i32>(c, 8), e3 = s3 + load<i32>(c, 12)
  return s0 <= s1 && s1 <= s2 && s2 <= s3 && s3 < e0 && e0 <= e1 && e1 <= e2 && e2 <= e3
}

/**
 * Four outputs side by side, so that an input is loaded once for all of them: columns at..end, eight at a time. Every sum is
 * taken in the order of the inputs, as in `combine`. Returns where it stopped.
 */
function combineFour(
  rows: usize, out: usize, rowBytes: usize, starts: usize, counts: usize, weights: usize, width: i32, o: i32, at: usize, end: usize,
): usize {
  const s = starts + (<usize>o << 2), c = counts + (<usize>o << 2)
  const s0 = load<i32>(s), s1 = load<i32>(s, 4), s2 = load<i32>(s, 8), s3 = load<i32>(s, 12)
  const e0 = s0 + load<i32>(c), e1 = s1 + load<i32>(c, 4), e2 = s2 + load<i32>(c, 8), e3 = s3 + load<i32>(c, 12)
  // Where the weight for input 0 would be.
  const w0 = weights + ((o * width - s0) << 2), w1 = weights + (((o + 1) * width - s1) << 2)
  const w2 = weights + (((o + 2) * width - s2) << 2), w3 = weights + (((o + 3) * width - s3) << 2)
  for (; at + 32 <= end; at += 32) {
    let a0 = f32x4.splat(0), a1 = f32x4.splat(0), b0 = f32x4.splat(0), b1 = f32x4.splat(0)
    let c0 = f32x4.splat(0), c1 = f32x4.splat(0), d0 = f32x4.splat(0), d1 = f32x4.splat(0)
    let from = rows + <usize>s0 * rowBytes + at
    let r = s0
    for (; r < s3; r++) {
      const x = v128.load(from), y = v128.load(from, 16)
      const v = v128.load32_splat(w0 + (r << 2))
      a0 = f32x4.add(a0, f32x4.mul(x, v))
      a1 = f32x4.add(a1, f32x4.mul(y, v))
      if (r >= s1) {
        const w = v128.load32_splat(w1 + (r << 2))
        b0 = f32x4.add(b0, f32x4.mul(x, w))
        b1 = f32x4.add(b1, f32x4.mul(y, w))
      }
      if (r >= s2) {
        const w = v128.load32_splat(w2 + (r << 2))
        c0 = f32x4.add(c0, f32x4.mul(x, w))
        c1 = f32x4.add(c1, f32x4.mul(y, w))
      }
      from += rowBytes
    }
    for (; r < e0; r++) {
      const x = v128.load(from), y = v128.load(from, 16)
      const p = v128.load32_splat(w0 + (r << 2)), q = v128.load32_splat(w1 + (r << 2))
      const u = v128.load32_splat(w2 + (r << 2)), v = v128.load32_splat(w3 + (r << 2))
      a0 = f32x4.add(a0, f32x4.mul(x, p))
      a1 = f32x4.add(a1, f32x4.mul(y, p))
      b0 = f32x4.add(b0, f32x4.mul(x, q))
      b1 = f32x4.add(b1, f32x4.mul(y, q))
      c0 = f32x4.add(c0, f32x4.mul(x, u))
      c1 = f32x4.add(c1, f32x4.mul(y, u))
      d0 = f32x4.add(d0, f32x4.mul(x, v))
      d1 = f32x4.add(d1, f32x4.mul(y, v))
      from += rowBytes
    }
    for (; r < e3; r++) {
      const x = v128.load(from), y = v128.load(from, 16)
      const v = v128.load32_splat(w3 + (r << 2))
      d0 = f32x4.add(d0, f32x4.mul(x, v))
      d1 = f32x4.add(d1, f32x4.mul(y, v))
      if (r < e1) {
        const w = v128.load32_splat(w1 + (r << 2))
        b0 = f32x4.add(b0, f32x4.mul(x, w))
        b1 = f32x4.add(b1, f32x4.mul(y, w))
      }
      if (r < e2) {
        const w = v128.load32_splat(w2 + (r << 2))
        c0 = f32x4.add(c0, f32x4.mul(x, w))
        c1 = f32x4.add(c1, f32x4.mul(y, w))
      }
      from += rowBytes
    }
    let to = out + at
    v128.store(to, a0)
    v128.store(to, a1, 16)
    to += rowBytes
    v128.store(to, b0)
    v128.store(to, b1, 16)
    to += rowBytes
    v128.store(to, c0)
    v128.store(to, c1, 16)
    to += rowBytes
    v128.store(to, d0)
    v128.store(to, d1, 16)
  }
  return at
}

/** One output: columns at..end. */
function combine(first: usize, out: usize, rowBytes: usize, count: i32, weights: usize, at: usize, end: usize): void {
  // Four sums at a time, so that a weight is loaded once for all of them and no sum waits for the one before.
  for (; at + 64 <= end; at += 64) {
    let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0)
    let from = first + at
    for (let k: usize = 0; k < <usize>count << 2; k += 4) {
      const weight = v128.load32_splat(weights + k)
      a = f32x4.add(a, f32x4.mul(v128.load(from), weight))
      b = f32x4.add(b, f32x4.mul(v128.load(from, 16), weight))
      c = f32x4.add(c, f32x4.mul(v128.load(from, 32), weight))
      d = f32x4.add(d, f32x4.mul(v128.load(from, 48), weight))
      from += rowBytes
    }
    v128.store(out + at, a)
    v128.store(out + at, b, 16)
    v128.store(out + at, c, 32)
    v128.store(out + at, d, 48)
  }
  for (; at + 16 <= end; at += 16) {
    let sum = f32x4.splat(0)
    let from = first + at
    for (let k: usize = 0; k < <usize>count << 2; k += 4) {
      sum = f32x4.add(sum, f32x4.mul(v128.load(from), v128.load32_splat(weights + k)))
      from += rowBytes
    }
    v128.store(out + at, sum)
  }
  for (; at < end; at += 4) {
    let sum: f32 = 0.0
    let from = first + at
    for (let k: usize = 0; k < <usize>count << 2; k += 4) {
      sum += load<f32>(from) * load<f32>(weights + k)
      from += rowBytes
    }
    store<f32>(out + at, sum)
  }
}

function line(source: usize, out: usize, size: i32, starts: usize, counts: usize, weights: usize, width: i32): void {
  const two = i32x4.splat(2)
  for (let o = 0; o < size; ) {
    const last = min(size, o + 4)
    if (width == 2 && o + 4 <= size && i32x4.all_true(i32x4.eq(v128.load(counts + (<usize>o << 2)), two)))
      fourOfTwo(source, out + (<usize>o << 2), starts + (<usize>o << 2), weights + (<usize>o << 3))
    else singly(source, out, o, last, starts, counts, weights, width)
    o = last
  }
}

/** Four outputs of two inputs each. */
// @ts-ignore: decorator
@inline
function fourOfTwo(source: usize, out: usize, starts: usize, weights: usize): void {
  const a = v128.load64_zero(source + (<usize>load<i32>(starts) << 2)), b = v128.load64_zero(source + (<usize>load<i32>(starts, 8) << 2))
  const x = f32x4.mul(v128.load64_lane(source + (<usize>load<i32>(starts, 4) << 2), a, 1), v128.load(weights))
  const y = f32x4.mul(v128.load64_lane(source + (<usize>load<i32>(starts, 12) << 2), b, 1), v128.load(weights, 16))
  const firsts = evens32(x, y)
  const seconds = odds32(x, y)
  v128.store(out, f32x4.add(firsts, seconds))
}

function singly(source: usize, out: usize, begin: i32, end: i32, starts: usize, counts: usize, weights: usize, width: i32): void {
  for (let o = begin; o < end; o++) {
    const count = load<i32>(counts + (<usize>o << 2))
    const from = source + (<usize>load<i32>(starts + (<usize>o << 2)) << 2)
    const scale = weights + ((<usize>o * <usize>width) << 2)
    let sum: f32 = 0.0
    for (let k: usize = 0; k < <usize>count << 2; k += 4) sum += load<f32>(from + k) * load<f32>(scale + k)
    store<f32>(out + (<usize>o << 2), sum)
  }
}
