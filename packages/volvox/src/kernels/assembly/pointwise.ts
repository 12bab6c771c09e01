// Reductions and pointwise arithmetic on float32 elements; sums are float64.

/** The sum of elements begin..end. */
export function sum(source: usize, begin: i32, end: i32): f64 {
  let at = source + (<usize>begin << 2)
  const stop = source + (<usize>end << 2)
  let a = f64x2.splat(0), b = a, c = a, d = a // so that no addition waits for the one before
  for (; at + 32 <= stop; at += 32) {
    a = f64x2.add(a, f64x2.promote_low_f32x4(v128.load64_zero(at)))
    b = f64x2.add(b, f64x2.promote_low_f32x4(v128.load64_zero(at, 8)))
    c = f64x2.add(c, f64x2.promote_low_f32x4(v128.load64_zero(at, 16)))
    d = f64x2.add(d, f64x2.promote_low_f32x4(v128.load64_zero(at, 24)))
  }
  let total = lanes(f64x2.add(f64x2.add(a, b), f64x2.add(c, d)))
  for (; at < stop; at += 4) total += <f64>load<f32>(at)
  return total
}

/** Writes the sum of elements begin..end and that of (x - centre)² to `out`, two float64. */
export function moments(source: usize, centre: f64, out: usize, begin: i32, end: i32): void {
  let at = source + (<usize>begin << 2)
  const stop = source + (<usize>end << 2)
  const middle = f64x2.splat(centre)
  let a = f64x2.splat(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a
  for (; at + 32 <= stop; at += 32) {
    const w = f64x2.promote_low_f32x4(v128.load64_zero(at)), x = f64x2.promote_low_f32x4(v128.load64_zero(at, 8))
    const y = f64x2.promote_low_f32x4(v128.load64_zero(at, 16)), z = f64x2.promote_low_f32x4(v128.load64_zero(at, 24))
    a = f64x2.add(a, w)
    b = f64x2.add(b, x)
    c = f64x2.add(c, y)
    d = f64x2.add(d, z)
    const p = f64x2.sub(w, middle), q = f64x2.sub(x, middle), r = f64x2.sub(y, middle), s = f64x2.sub(z, middle)
    e = f64x2.add(e, f64x2.mul(p, p))
    f = f64x2.add(f, f64x2.mul(q, q))
    g = f64x2.add(g, f64x2.mul(r, r))
    h = f64x2.add(h, f64x2.mul(s, s))
  }
  let total = lanes(f64x2.add(f64x2.add(a, b), f64x2.add(c, d))), squares = lanes(f64x2.add(f64x2.add(e, f), f64x2.add(g, h)))
  for (; at < stop; at += 4) {
    const x = <f64>load<f32>(at)
    total += x
    squares += (x - centre) * (x - centre)
  }
  store<f64>(out, total)
  store<f64>(out, squares, 8)
}

// @ts-ignore: decorator
@inline
function lanes(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1)
}

/** Writes minimum and maximum of elements begin..end to `out`, two float32; NaN wins over everything. */
export function extent(source: usize, out: usize, begin: i32, end: i32): void {
  let at = source + (<usize>begin << 2)
  const stop = source + (<usize>end << 2)
  let low0 = f32x4.splat(Infinity), high0 = f32x4.splat(-Infinity), low1 = low0, high1 = high0, unknown = i32x4.splat(0)
  for (; at + 32 <= stop; at += 32) {
    const x = v128.load(at), y = v128.load(at, 16)
    low0 = f32x4.pmin(low0, x)
    high0 = f32x4.pmax(high0, x)
    low1 = f32x4.pmin(low1, y)
    high1 = f32x4.pmax(high1, y)
    unknown = v128.or(unknown, v128.or(f32x4.ne(x, x), f32x4.ne(y, y)))
  }
  for (; at < stop; at += 4) {
    const x = v128.load32_splat(at)
    low0 = f32x4.pmin(low0, x)
    high0 = f32x4.pmax(high0, x)
    unknown = v128.or(unknown, f32x4.ne(x, x))
  }
  const low = f32x4.pmin(low0, low1), high = f32x4.pmax(high0, high1)
  const least = min(min(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1)), min(f32x4.extract_lane(low, 2), f32x4.extract_lane(low, 3)))
  const most = max(max(f32x4.extract_lane(high, 0), f32x4.extract_lane(high, 1)), max(f32x4.extract_lane(high, 2), f32x4.extract_lane(high, 3)))
  store<f32>(out, v128.any_true(unknown) ? NaN : least)
  store<f32>(out, v128.any_true(unknown) ? NaN : most, 4)
}

// What follows works in place on elements begin..end, sixteen at a time: a check of the loop costs as much as an operation.

/** (x - base)·scale + shift, kept within [low, high], rounded after every step. */
export function scaleShift(data: usize, base: f32, scale: f32, shift: f32, low: f32, high: f32, begin: i32, end: i32): void {
  const from = f32x4.splat(base), a = f32x4.splat(scale), b = f32x4.splat(shift), least = f32x4.splat(low), most = f32x4.splat(high)
  let at = data + (<usize>begin << 2)
  const stop = data + (<usize>end << 2)
  for (; at + 64 <= stop; at += 64) {
    v128.store(at, onLine(v128.load(at), from, a, b, least, most))
    v128.store(at, onLine(v128.load(at, 16), from, a, b, least, most), 16)
    v128.store(at, onLine(v128.load(at, 32), from, a, b, least, most), 32)
    v128.store(at, onLine(v128.load(at, 48), from, a, b, least, most), 48)
  }
  for (; at < stop; at += 4) v128.store32_lane(at, onLine(v128.load32_zero(at), from, a, b, least, most), 0)
}

/** The quotient with a number. */
export function divide(data: usize, divisor: f32, begin: i32, end: i32): void {
  const d = f32x4.splat(divisor)
  let at = data + (<usize>begin << 2)
  const stop = data + (<usize>end << 2)
  for (; at + 32 <= stop; at += 32) {
    v128.store(at, f32x4.div(v128.load(at), d))
    v128.store(at, f32x4.div(v128.load(at, 16), d), 16)
  }
  for (; at < stop; at += 4) store<f32>(at, load<f32>(at) / divisor)
}

/** pmin and pmax are one instruction each; the value first, they keep NaN. */
// @ts-ignore: decorator
@inline
function onLine(x: v128, from: v128, a: v128, b: v128, least: v128, most: v128): v128 {
  return f32x4.pmin(f32x4.pmax(f32x4.add(f32x4.mul(f32x4.sub(x, from), a), b), least), most)
}

/** Adds others. */
export function addFloats(data: usize, other: usize, begin: i32, end: i32): void {
  let at = <usize>begin << 2
  const stop = <usize>end << 2
  for (; at + 16 <= stop; at += 16) v128.store(data + at, f32x4.add(v128.load(data + at), v128.load(other + at)))
  for (; at < stop; at += 4) store<f32>(data + at, load<f32>(data + at) + load<f32>(other + at))
}

/** Keeps what is above (or below) a threshold and makes the rest `other`. */
export function keepBeyond(data: usize, threshold: f64, above: i32, other: f32, begin: i32, end: i32): void {
  const sign: f32 = above ? 1 : -1 // below t is above -t with the signs changed
  const limit = f32x4.splat(roundedDown(above ? threshold : -threshold)), signs = f32x4.splat(sign), rest = f32x4.splat(other)
  let at = data + (<usize>begin << 2)
  const stop = data + (<usize>end << 2)
  for (; at + 64 <= stop; at += 64) {
    v128.store(at, beyond(v128.load(at), signs, limit, rest))
    v128.store(at, beyond(v128.load(at, 16), signs, limit, rest), 16)
    v128.store(at, beyond(v128.load(at, 32), signs, limit, rest), 32)
    v128.store(at, beyond(v128.load(at, 48), signs, limit, rest), 48)
  }
  for (; at < stop; at += 4) v128.store32_lane(at, beyond(v128.load32_zero(at), signs, limit, rest), 0)
}

// @ts-ignore: decorator
@inline
function beyond(x: v128, signs: v128, limit: v128, rest: v128): v128 {
  return v128.bitselect(x, rest, f32x4.gt(f32x4.mul(x, signs), limit))
}

/** 1 where an element is at least the threshold, else 0. */
export function reaching(data: usize, threshold: f64, begin: i32, end: i32): void {
  const limit = f32x4.splat(-roundedDown(-threshold)), one = f32x4.splat(1)
  let at = data + (<usize>begin << 2)
  const stop = data + (<usize>end << 2)
  for (; at + 64 <= stop; at += 64) {
    v128.store(at, v128.and(f32x4.ge(v128.load(at), limit), one))
    v128.store(at, v128.and(f32x4.ge(v128.load(at, 16), limit), one), 16)
    v128.store(at, v128.and(f32x4.ge(v128.load(at, 32), limit), one), 32)
    v128.store(at, v128.and(f32x4.ge(v128.load(at, 48), limit), one), 48)
  }
  for (; at < stop; at += 4) v128.store32_lane(at, v128.and(f32x4.ge(v128.load32_zero(at), limit), one), 0)
}

/** The largest float32 that is not above x: float32 values are above the one where they are above the other. */
export function roundedDown(x: f64): f32 {
  const near = <f32>x
  if (!(<f64>near > x)) return near
  const bits = reinterpret<i32>(near)
  return reinterpret<f32>(bits < 0 ? bits + 1 : bits - 1)
}

/** The nearest whole numbers, halves to even. */
export function roundEven(data: usize, begin: i32, end: i32): void {
  let at = data + (<usize>begin << 2)
  const stop = data + (<usize>end << 2)
  for (; at + 64 <= stop; at += 64) {
    v128.store(at, f32x4.nearest(v128.load(at)))
    v128.store(at, f32x4.nearest(v128.load(at, 16)), 16)
    v128.store(at, f32x4.nearest(v128.load(at, 32)), 32)
    v128.store(at, f32x4.nearest(v128.load(at, 48)), 48)
  }
  for (; at < stop; at += 4) store<f32>(at, nearest(load<f32>(at)))
}

/** 1 where an element is `label` once its fraction is cut off, else 0; into `target`. */
export function labelled(data: usize, target: usize, label: f32, begin: i32, end: i32): void {
  const wanted = f32x4.splat(label), one = f32x4.splat(1)
  let at = data + (<usize>begin << 2), to = target + (<usize>begin << 2)
  const stop = data + (<usize>end << 2)
  for (; at + 32 <= stop; at += 32, to += 32) {
    v128.store(to, v128.and(f32x4.eq(f32x4.trunc(v128.load(at)), wanted), one))
    v128.store(to, v128.and(f32x4.eq(f32x4.trunc(v128.load(at, 16)), wanted), one), 16)
  }
  for (; at < stop; at += 4, to += 4)
    v128.store32_lane(to, v128.and(f32x4.eq(f32x4.trunc(v128.load32_zero(at)), wanted), one), 0)
}
