import { power } from './power'

/**
 * ((x - low) / divisor)^gamma · range + low in place, in float32 as torch has it, for elements begin..end. What is raised must
 * not be negative; 0 becomes 0, or 1 or infinity where gamma is 0 or negative.
 */
export function gammaCurve(data: usize, low: f32, divisor: f32, gamma: f32, range: f32, begin: i32, end: i32): void {
  const high = reinterpret<f32>(reinterpret<i32>(gamma) & ~0xfff)
  const atZero: f32 = gamma > 0 ? 0 : gamma == 0 ? 1 : Infinity
  let at = data + (<usize>begin << 2)
  const stop = data + (<usize>end << 2)
  for (; at + 16 <= stop; at += 16) v128.store(at, curve(v128.load(at), low, divisor, gamma, high, range, atZero))
  for (; at < stop; at += 4) v128.store32_lane(at, curve(v128.load32_splat(at), low, divisor, gamma, high, range, atZero), 0)
}

// @ts-ignore: decorator
@inline
function curve(x: v128, low: f32, divisor: f32, gamma: f32, high: f32, range: f32, atZero: f32): v128 {
  const base = f32x4.div(f32x4.sub(x, f32x4.splat(low)), f32x4.splat(divisor))
  const zero = f32x4.eq(base, f32x4.splat(0.0))
  const unknown = f32x4.ne(base, base)
  const raised = v128.bitselect(base, v128.bitselect(f32x4.splat(atZero), power(base, f32x4.splat(gamma), f32x4.splat(high)), zero), unknown)
  return f32x4.add(f32x4.mul(raised, f32x4.splat(range)), f32x4.splat(low))
}
