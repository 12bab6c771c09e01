import { exponential, logarithm } from './logarithm'

/**
 * Rows begin..end of `length` float32 values each, times e^f in place: f is the sum over k of factors[row][k] · curves[k][column], in
 * float64.
 */
export function timesExponentials(data: usize, factors: usize, curves: usize, orders: i32, length: i32, begin: i32, end: i32): void {
  for (let row = begin; row < end; row++) {
    const first = factors + (<usize>(row * orders) << 3)
    let at = data + (<usize>(row * length) << 2)
    for (let c = 0; c < length; c += 2, at += 8) {
      const two = c + 2 <= length
      let sum = f64x2.splat(0)
      for (let k = 0; k < orders; k++) {
        const curve = curves + (<usize>(k * length + c) << 3)
        const values = two ? v128.load(curve) : v128.load64_splat(curve)
        sum = f64x2.add(sum, f64x2.mul(v128.load64_splat(first + (<usize>k << 3)), values))
      }
      const x = f64x2.promote_low_f32x4(two ? v128.load64_zero(at) : v128.load32_zero(at))
      const product = f32x4.demote_f64x2_zero(f64x2.mul(x, exponential(sum)))
      if (two) v128.store64_lane(at, product, 0)
      else v128.store32_lane(at, product, 0)
    }
  }
}

/** ((x - low) / divisor)^exponents · range + low in place, for elements begin..end; as `gammaCurve`. */
export function gammaField(data: usize, exponents: usize, low: f64, divisor: f64, range: f64, begin: i32, end: i32): void {
  for (let i = begin; i < end; i += 2) {
    const at = data + (<usize>i << 2), power = exponents + (<usize>i << 2)
    const two = i + 2 <= end
    const x = f64x2.promote_low_f32x4(two ? v128.load64_zero(at) : v128.load32_zero(at))
    const exponent = f64x2.promote_low_f32x4(two ? v128.load64_zero(power) : v128.load32_zero(power))
    const base = f64x2.div(f64x2.sub(x, f64x2.splat(low)), f64x2.splat(divisor))
    const raised = exponential(f64x2.mul(logarithm(base), exponent))
    const none = f64x2.splat(0.0)
    const atZero = v128.bitselect(none, v128.bitselect(f64x2.splat(1.0), f64x2.splat(Infinity), f64x2.eq(exponent, none)), f64x2.gt(exponent, none))
    const known = v128.bitselect(atZero, raised, f64x2.eq(base, none))
    const curved = v128.bitselect(base, known, f64x2.ne(base, base))
    const out = f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(curved, f64x2.splat(range)), f64x2.splat(low)))
    if (two) v128.store64_lane(at, out, 0)
    else v128.store32_lane(at, out, 0)
  }
}
