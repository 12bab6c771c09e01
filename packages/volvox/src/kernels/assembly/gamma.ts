import { exponential, logarithm } from './logarithm'

/**
 * ((x - low) / divisor)^gamma · range + low in place, for elements begin..end: computed in float64, rounded to float32.
 * What is raised must not be negative; 0 becomes 0, or 1 or infinity where gamma is 0 or negative.
 */
export function gammaCurve(data: usize, low: f64, divisor: f64, gamma: f64, range: f64, begin: i32, end: i32): void {
  const atZero: f64 = gamma > 0 ? 0 : gamma == 0 ? 1 : Infinity
  let at = data + (<usize>begin << 2)
  const stop = data + (<usize>end << 2)
  for (; at + 8 <= stop; at += 8)
    v128.store64_lane(at, curve(f64x2.promote_low_f32x4(v128.load64_zero(at)), low, divisor, gamma, range, atZero), 0)
  if (at < stop) {
    const last = curve(f64x2.splat(<f64>load<f32>(at)), low, divisor, gamma, range, atZero)
    v128.store32_lane(at, last, 0)
  }
}

// @ts-ignore: decorator
@inline
function curve(x: v128, low: f64, divisor: f64, gamma: f64, range: f64, atZero: f64): v128 {
  const base = f64x2.div(f64x2.sub(x, f64x2.splat(low)), f64x2.splat(divisor))
  const power = exponential(f64x2.mul(logarithm(base), f64x2.splat(gamma)))
  const zero = f64x2.eq(base, f64x2.splat(0.0))
  const unknown = f64x2.ne(base, base)
  const raised = v128.bitselect(base, v128.bitselect(f64x2.splat(atZero), power, zero), unknown)
  return f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(raised, f64x2.splat(range)), f64x2.splat(low)))
}
