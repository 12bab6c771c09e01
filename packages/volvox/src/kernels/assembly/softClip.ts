import { exponential, logarithm } from './logarithm'

/**
 * x + ln(1 + e^(-s (x - low)))/s - ln(1 + e^(s (x - high)))/s in place, for elements begin..end: computed in float64, rounded
 * to float32. An end may be infinite.
 */
export function softClip(data: usize, sharpness: f64, low: f64, high: f64, begin: i32, end: i32): void {
  let at = data + (<usize>begin << 2)
  const stop = data + (<usize>end << 2)
  for (; at + 8 <= stop; at += 8) v128.store64_lane(at, bent(v128.load64_zero(at), sharpness, low, high), 0)
  if (at < stop) v128.store32_lane(at, bent(v128.load32_zero(at), sharpness, low, high), 0)
}

// @ts-ignore: decorator
@inline
function bent(values: v128, sharpness: f64, low: f64, high: f64): v128 {
  const x = f64x2.promote_low_f32x4(values), s = f64x2.splat(sharpness)
  const raised = softplus(f64x2.mul(s, f64x2.sub(f64x2.splat(low), x)))
  const lowered = softplus(f64x2.mul(s, f64x2.sub(x, f64x2.splat(high))))
  return f32x4.demote_f64x2_zero(f64x2.add(x, f64x2.div(f64x2.sub(raised, lowered), s)))
}

/** ln(1 + e^x). */
// @ts-ignore: decorator
@inline
function softplus(x: v128): v128 {
  const rest = logarithm(f64x2.add(f64x2.splat(1.0), exponential(f64x2.neg(f64x2.abs(x)))))
  return f64x2.add(f64x2.pmax(x, f64x2.splat(0.0)), rest)
}
