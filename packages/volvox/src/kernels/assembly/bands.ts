// Products with a banded matrix along one axis: interpolation, averaging and convolution alike. Output element o of the
// axis is the sum of weights[o][k] · input[starts[o] + k] over k < counts[o].

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
  for (let row = begin; row < end; row++) {
    const outer = row / size, o = row % size
    const first = source + (<usize>outer * <usize>length + <usize>load<i32>(starts + (<usize>o << 2))) * rowBytes
    combine(first, target + <usize>row * rowBytes, rowBytes, load<i32>(counts + (<usize>o << 2)), weights + ((<usize>o * <usize>width) << 2))
  }
}

function combine(first: usize, out: usize, rowBytes: usize, count: i32, weights: usize): void {
  let at: usize = 0
  // Four sums at a time, so that a weight is loaded once for all of them and no sum waits for the one before.
  for (; at + 64 <= rowBytes; at += 64) {
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
  for (; at + 16 <= rowBytes; at += 16) {
    let sum = f32x4.splat(0)
    let from = first + at
    for (let k: usize = 0; k < <usize>count << 2; k += 4) {
      sum = f32x4.add(sum, f32x4.mul(v128.load(from), v128.load32_splat(weights + k)))
      from += rowBytes
    }
    v128.store(out + at, sum)
  }
  for (; at < rowBytes; at += 4) {
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
  for (let o = 0; o < size; o++) {
    const count = load<i32>(counts + (<usize>o << 2))
    const from = source + (<usize>load<i32>(starts + (<usize>o << 2)) << 2)
    const scale = weights + ((<usize>o * <usize>width) << 2)
    let sum: f32 = 0.0
    for (let k: usize = 0; k < <usize>count << 2; k += 4) sum += load<f32>(from + k) * load<f32>(scale + k)
    store<f32>(out + (<usize>o << 2), sum)
  }
}

/**
 * Correlates lines begin..end of `length` elements each with `taps` weights around every element; zeros lie beyond the
 * ends. `line` is scratch for length + taps + 16 elements.
 */
export function correlateLines(
  source: usize, target: usize, length: i32, weights: usize, taps: i32, line: usize, begin: i32, end: i32,
): void {
  const bytes = <usize>length << 2
  const margin = (<usize>(taps >> 1)) << 2
  memory.fill(line, 0, bytes + ((<usize>taps + 16) << 2))
  for (let row = begin; row < end; row++) {
    memory.copy(line + margin, source + <usize>row * bytes, bytes)
    const out = target + <usize>row * bytes
    let at: usize = 0
    for (; at + 64 <= bytes; at += 64) {
      let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0)
      let from = line + at
      for (let k: usize = 0; k < <usize>taps << 2; k += 4) {
        const weight = v128.load32_splat(weights + k)
        a = f32x4.add(a, f32x4.mul(v128.load(from), weight))
        b = f32x4.add(b, f32x4.mul(v128.load(from, 16), weight))
        c = f32x4.add(c, f32x4.mul(v128.load(from, 32), weight))
        d = f32x4.add(d, f32x4.mul(v128.load(from, 48), weight))
        from += 4
      }
      v128.store(out + at, a)
      v128.store(out + at, b, 16)
      v128.store(out + at, c, 32)
      v128.store(out + at, d, 48)
    }
    for (; at < bytes; at += 4) {
      let sum: f32 = 0.0
      for (let k: usize = 0; k < <usize>taps << 2; k += 4) sum += load<f32>(line + at + k) * load<f32>(weights + k)
      store<f32>(out + at, sum)
    }
  }
}
