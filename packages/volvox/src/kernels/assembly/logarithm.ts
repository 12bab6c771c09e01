// Logarithm and exponential of two float64 at a time, to about 1e-12: ample for results in float32, and the same bits on
// every machine and in every browser, which Math.pow and Math.log are not.

const one: i64 = 0x3ff0000000000000
const fraction: i64 = 0x000fffffffffffff
/** 2^52: added to a whole number in its low bits, a float64 that much larger. */
const big: i64 = 0x4330000000000000
/** 1.5·2^52: adding and subtracting it rounds to whole numbers. */
const rounder: f64 = 6755399441055744.0

// In memory: a load that repeats a number costs one instruction, a number in the code three.
/** 2/1, 2/3, ... 2/17. */
const odd = memory.data<f64>([
  2.0, 0.6666666666666666, 0.4, 0.2857142857142857, 0.2222222222222222,
  0.18181818181818182, 0.15384615384615385, 0.13333333333333333, 0.11764705882352941,
])
/** 1/0!, 1/1!, ... 1/10!. */
const factorials = memory.data<f64>([
  1.0, 1.0, 0.5, 0.16666666666666666, 0.041666666666666664, 0.008333333333333333,
  0.001388888888888889, 0.0001984126984126984, 2.48015873015873e-05, 2.7557319223985893e-06, 2.755731922398589e-07,
])
const ln2 = memory.data<f64>([0.6931471805599453])

/** c[i] + c[i + 1]·x. Polynomials are added up in pairs, and pairs of pairs, so that few sums wait for others. */
// @ts-ignore: decorator
@inline
function pair(c: usize, i: usize, x: v128): v128 {
  return f64x2.add(v128.load64_splat(c + 8 * i), f64x2.mul(v128.load64_splat(c + 8 * i + 8), x))
}

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
  const z2 = f64x2.mul(z, z), z4 = f64x2.mul(z2, z2)
  const low = f64x2.add(pair(odd, 0, z), f64x2.mul(pair(odd, 2, z), z2))
  const middle = f64x2.add(pair(odd, 4, z), f64x2.mul(pair(odd, 6, z), z2))
  const top = f64x2.mul(v128.load64_splat(odd + 64), f64x2.mul(z4, z4))
  const sum = f64x2.add(f64x2.add(low, f64x2.mul(middle, z4)), top)
  return f64x2.add(f64x2.mul(sum, s), f64x2.mul(exponent, v128.load64_splat(ln2)))
}

/** e^y: 2^k times the power series of what is left; 0 and infinity beyond the range of float64. */
// @ts-ignore: decorator
@inline
export function exponential(y: v128): v128 {
  const within = f64x2.pmax(f64x2.pmin(f64x2.mul(y, f64x2.splat(1.4426950408889634)), f64x2.splat(1024.0)), f64x2.splat(-1023.0))
  const shifted = f64x2.add(within, f64x2.splat(rounder))
  const rest = f64x2.mul(f64x2.sub(within, f64x2.sub(shifted, f64x2.splat(rounder))), v128.load64_splat(ln2))
  const r2 = f64x2.mul(rest, rest), r4 = f64x2.mul(r2, r2)
  const low = f64x2.add(pair(factorials, 0, rest), f64x2.mul(pair(factorials, 2, rest), r2))
  const middle = f64x2.add(pair(factorials, 4, rest), f64x2.mul(pair(factorials, 6, rest), r2))
  const top = f64x2.add(pair(factorials, 8, rest), f64x2.mul(v128.load64_splat(factorials + 80), r2))
  const sum = f64x2.add(f64x2.add(low, f64x2.mul(middle, r4)), f64x2.mul(top, f64x2.mul(r4, r4)))
  return f64x2.mul(sum, i64x2.add(i64x2.shl(shifted, 52), i64x2.splat(one)))
}
