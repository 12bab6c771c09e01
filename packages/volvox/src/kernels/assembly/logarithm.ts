// Logarithm and exponential of two float64 at a time, to about 1e-12: ample for results in float32, and the same bits on
// every machine and in every browser, which Math.pow and Math.log are not.

const one: i64 = 0x3ff0000000000000
const fraction: i64 = 0x000fffffffffffff
/** 2^52: added to a whole number in its low bits, a float64 that much larger. */
const big: i64 = 0x4330000000000000
/** 1.5·2^52: adding and subtracting it rounds to whole numbers. */
const rounder: f64 = 6755399441055744.0

/** The natural logarithm of normal numbers above 0: of m·2^e as e·log 2 + 2·artanh((m - 1) / (m + 1)), m near 1. */
// @ts-ignore: decorator
@inline
export function logarithm(x: v128): v128 {
  let mantissa = v128.or(v128.and(x, i64x2.splat(fraction)), i64x2.splat(one))
  let exponent = f64x2.sub(v128.or(i64x2.shr_u(x, 52), i64x2.splat(big)), f64x2.splat(4503599627370496.0 + 1023.0))
  const high = f64x2.gt(mantissa, f64x2.splat(1.4142135623730951))
  mantissa = v128.bitselect(f64x2.mul(mantissa, f64x2.splat(0.5)), mantissa, high)
  exponent = f64x2.add(exponent, v128.and(high, f64x2.splat(1.0)))
  const f = f64x2.sub(mantissa, f64x2.splat(1.0))
  const s = f64x2.div(f, f64x2.add(f, f64x2.splat(2.0)))
  const z = f64x2.mul(s, s)
  let sum = f64x2.splat(2.0 / 17.0)
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2.0 / 15.0))
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2.0 / 13.0))
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2.0 / 11.0))
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2.0 / 9.0))
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2.0 / 7.0))
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2.0 / 5.0))
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2.0 / 3.0))
  sum = f64x2.add(f64x2.mul(sum, z), f64x2.splat(2.0))
  return f64x2.add(f64x2.mul(sum, s), f64x2.mul(exponent, f64x2.splat(0.6931471805599453)))
}

/** e^y: 2^k times the power series of what is left; 0 and infinity beyond the range of float64. */
// @ts-ignore: decorator
@inline
export function exponential(y: v128): v128 {
  const within = f64x2.max(f64x2.min(f64x2.mul(y, f64x2.splat(1.4426950408889634)), f64x2.splat(1024.0)), f64x2.splat(-1023.0))
  const shifted = f64x2.add(within, f64x2.splat(rounder))
  const rest = f64x2.mul(f64x2.sub(within, f64x2.sub(shifted, f64x2.splat(rounder))), f64x2.splat(0.6931471805599453))
  let sum = f64x2.splat(1.0 / 3628800.0)
  sum = f64x2.add(f64x2.mul(sum, rest), f64x2.splat(1.0 / 362880.0))
  sum = f64x2.add(f64x2.mul(sum, rest), f64x2.splat(1.0 / 40320.0))
  sum = f64x2.add(f64x2.mul(sum, rest), f64x2.splat(1.0 / 5040.0))
  sum = f64x2.add(f64x2.mul(sum, rest), f64x2.splat(1.0 / 720.0))
  sum = f64x2.add(f64x2.mul(sum, rest), f64x2.splat(1.0 / 120.0))
  sum = f64x2.add(f64x2.mul(sum, rest), f64x2.splat(1.0 / 24.0))
  sum = f64x2.add(f64x2.mul(sum, rest), f64x2.splat(1.0 / 6.0))
  sum = f64x2.add(f64x2.mul(sum, rest), f64x2.splat(0.5))
  sum = f64x2.add(f64x2.mul(sum, rest), f64x2.splat(1.0))
  sum = f64x2.add(f64x2.mul(sum, rest), f64x2.splat(1.0))
  return f64x2.mul(sum, i64x2.add(i64x2.shl(shifted, 52), i64x2.splat(one)))
}
