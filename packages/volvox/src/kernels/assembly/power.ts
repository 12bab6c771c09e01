// Powers of four float32 at a time, to a few units in the last place of a result near 1; smaller results are as exact beside 1.
// The same bits on every machine and in every browser, which Math.pow is not.

// In memory: a load that repeats a number costs one instruction, a number in the code three.
/** 2·log2(e) times 1, 1/3, ... 1/9. */
const odd = memory.data<f32>([2.885390081777927, 0.9617966939259757, 0.5770780163555854, 0.41219858311113244, 0.32059889797532524])
/** (ln 2)^n / n!. */
const series = memory.data<f32>([
  1.0, 0.6931471805599453, 0.2402265069591007, 0.05550410866482158, 0.009618129107628477, 0.0013333558146428443, 0.00015403530393381608,
  0.000015252733804059841,
])
const least: f32 = 1.1754943508222875e-38
/** 1.5·2^23: adding it rounds to whole numbers, which stand in the lowest bits. */
const rounder: f32 = 12582912.0
/** The bits of the square root of a half. */
const root: i32 = 0x3f3504f3

// @ts-ignore: decorator
@inline
function term(table: usize, i: usize): v128 {
  return v128.load32_splat(table + (i << 2))
}

/** x^gamma of x above 0, `high` the upper 12 bits of gamma; what is too small for a normal number becomes 0. */
// @ts-ignore: decorator
@inline
export function power(x: v128, gamma: v128, high: v128): v128 {
  // x = 2^e·m with m from √½ to √2; tiny numbers are made normal first.
  const tiny = f32x4.lt(x, f32x4.splat(least))
  const bits = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608.0)), x, tiny)
  const exponent = i32x4.shr_s(i32x4.sub(bits, i32x4.splat(root)), 23)
  const mantissa = i32x4.sub(bits, i32x4.shl(exponent, 23))
  const e = f32x4.convert_i32x4_s(i32x4.sub(exponent, v128.and(tiny, i32x4.splat(23))))
  // log2 m = 2·log2(e)·artanh(s), s = (m - 1) / (m + 1).
  const f = f32x4.sub(mantissa, f32x4.splat(1.0))
  const s = f32x4.div(f, f32x4.add(f, f32x4.splat(2.0)))
  const z = f32x4.mul(s, s)
  const z2 = f32x4.mul(z, z)
  const low = f32x4.add(f32x4.mul(term(odd, 1), z), f32x4.mul(f32x4.add(term(odd, 2), f32x4.mul(term(odd, 3), z)), z2))
  const sum = f32x4.add(f32x4.add(low, f32x4.mul(term(odd, 4), f32x4.mul(z2, z2))), term(odd, 0))
  const log = f32x4.mul(sum, s)
  // 2^(gamma·(e + log)): the whole part is an exponent, the rest goes through the power series.
  const wanted = f32x4.mul(f32x4.add(e, log), gamma)
  const shifted = f32x4.add(f32x4.pmax(f32x4.pmin(wanted, f32x4.splat(128.0)), f32x4.splat(-127.0)), f32x4.splat(rounder))
  const whole = f32x4.sub(shifted, f32x4.splat(rounder))
  const exact = f32x4.sub(f32x4.mul(e, high), whole)
  const rest = f32x4.add(exact, f32x4.add(f32x4.mul(e, f32x4.sub(gamma, high)), f32x4.mul(log, gamma)))
  const r2 = f32x4.mul(rest, rest), r4 = f32x4.mul(r2, r2)
  const first = f32x4.add(f32x4.add(term(series, 0), f32x4.mul(term(series, 1), rest)), f32x4.mul(f32x4.add(term(series, 2), f32x4.mul(term(series, 3), rest)), r2))
  const second = f32x4.add(f32x4.add(term(series, 4), f32x4.mul(term(series, 5), rest)), f32x4.mul(f32x4.add(term(series, 6), f32x4.mul(term(series, 7), rest)), r2))
  const part = f32x4.add(first, f32x4.mul(second, r4))
  return f32x4.mul(part, i32x4.shl(i32x4.add(shifted, i32x4.splat(127)), 23))
}
