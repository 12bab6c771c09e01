// Reductions and pointwise arithmetic on float32 elements; sums are float64.

/** Writes minimum, maximum and sum of elements begin..end to `out`, three float64; NaN wins over everything. */
export function extentAndSum(source: usize, out: usize, begin: i32, end: i32): void {
  let at = source + (<usize>begin << 2)
  const stop = source + (<usize>end << 2)
  let low = f32x4.splat(Infinity), high = f32x4.splat(-Infinity)
  let evens = f64x2.splat(0), odds = f64x2.splat(0)
  for (; at + 16 <= stop; at += 16) {
    const x = v128.load(at)
    low = f32x4.min(low, x)
    high = f32x4.max(high, x)
    evens = f64x2.add(evens, f64x2.promote_low_f32x4(x))
    odds = f64x2.add(odds, f64x2.promote_low_f32x4(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)))
  }
  const sums = f64x2.add(evens, odds)
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)
  let least = min(min(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1)), min(f32x4.extract_lane(low, 2), f32x4.extract_lane(low, 3)))
  let most = max(max(f32x4.extract_lane(high, 0), f32x4.extract_lane(high, 1)), max(f32x4.extract_lane(high, 2), f32x4.extract_lane(high, 3)))
  for (; at < stop; at += 4) {
    const x = load<f32>(at)
    least = min(least, x)
    most = max(most, x)
    sum += <f64>x
  }
  store<f64>(out, <f64>least)
  store<f64>(out, <f64>most, 8)
  store<f64>(out, sum, 16)
}

/** The sum of (x - mean)² over elements begin..end. */
export function squaredDeviations(source: usize, mean: f64, begin: i32, end: i32): f64 {
  let at = source + (<usize>begin << 2)
  const stop = source + (<usize>end << 2)
  const centre = f64x2.splat(mean)
  let evens = f64x2.splat(0), odds = f64x2.splat(0)
  for (; at + 16 <= stop; at += 16) {
    const x = v128.load(at)
    const a = f64x2.sub(f64x2.promote_low_f32x4(x), centre)
    const b = f64x2.sub(f64x2.promote_low_f32x4(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)), centre)
    evens = f64x2.add(evens, f64x2.mul(a, a))
    odds = f64x2.add(odds, f64x2.mul(b, b))
  }
  const sums = f64x2.add(evens, odds)
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)
  for (; at < stop; at += 4) {
    const d = <f64>load<f32>(at) - mean
    sum += d * d
  }
  return sum
}

/** (x - base)·scale + shift, kept within [low, high], in place, rounded after every step, for elements begin..end. */
export function scaleShift(data: usize, base: f32, scale: f32, shift: f32, low: f32, high: f32, begin: i32, end: i32): void {
  let at = data + (<usize>begin << 2)
  const stop = data + (<usize>end << 2)
  const from = f32x4.splat(base), a = f32x4.splat(scale), b = f32x4.splat(shift), least = f32x4.splat(low), most = f32x4.splat(high)
  for (; at + 16 <= stop; at += 16)
    v128.store(at, f32x4.min(f32x4.max(f32x4.add(f32x4.mul(f32x4.sub(v128.load(at), from), a), b), least), most))
  for (; at < stop; at += 4) store<f32>(at, min(max((load<f32>(at) - base) * scale + shift, low), high))
}

/** Keeps what is above (or below) a threshold, in place, and makes the rest `other`, for elements begin..end. */
export function keepBeyond(data: usize, threshold: f64, above: i32, other: f32, begin: i32, end: i32): void {
  const sign: f32 = above ? 1 : -1 // below t is above -t with the signs changed
  const limit = f32x4.splat(roundedDown(above ? threshold : -threshold)), signs = f32x4.splat(sign), rest = f32x4.splat(other)
  let at = data + (<usize>begin << 2)
  const stop = data + (<usize>end << 2)
  for (; at + 16 <= stop; at += 16) {
    const x = v128.load(at)
    v128.store(at, v128.bitselect(x, rest, f32x4.gt(f32x4.mul(x, signs), limit)))
  }
  for (; at < stop; at += 4) {
    const x = v128.load32_zero(at)
    v128.store32_lane(at, v128.bitselect(x, rest, f32x4.gt(f32x4.mul(x, signs), limit)), 0)
  }
}

/** 1 where an element is at least the threshold, else 0, in place, for elements begin..end. */
export function reaching(data: usize, threshold: f64, begin: i32, end: i32): void {
  const limit = f32x4.splat(-roundedDown(-threshold)), one = f32x4.splat(1)
  let at = data + (<usize>begin << 2)
  const stop = data + (<usize>end << 2)
  for (; at + 16 <= stop; at += 16) v128.store(at, v128.and(f32x4.ge(v128.load(at), limit), one))
  for (; at < stop; at += 4) v128.store32_lane(at, v128.and(f32x4.ge(v128.load32_zero(at), limit), one), 0)
}

/** The largest float32 that is not above x: float32 values are above the one where they are above the other. */
function roundedDown(x: f64): f32 {
  const near = <f32>x
  if (!(<f64>near > x)) return near
  const bits = reinterpret<i32>(near)
  return reinterpret<f32>(bits < 0 ? bits + 1 : bits - 1)
}

/** The nearest whole numbers, halves to even, in place, for elements begin..end. */
export function roundEven(data: usize, begin: i32, end: i32): void {
  let at = data + (<usize>begin << 2)
  const stop = data + (<usize>end << 2)
  for (; at + 16 <= stop; at += 16) v128.store(at, f32x4.nearest(v128.load(at)))
  for (; at < stop; at += 4) store<f32>(at, nearest(load<f32>(at)))
}
