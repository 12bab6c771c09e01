/** log 2, to more digits than float32 has: the first number times any exponent is exact. */
const ln2High: f32 = 0.693359375
const ln2Low: f32 = -2.12194440e-4

/** (e^r - 1 - r) / r² near 0, the highest power first (S. L. Moshier's Cephes, expf). */
const series = memory.data<f32>([1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1])

/** e^x of four float32 to about one unit in the last place: 2^n times the series of what is left; 0 below e^-87.3, e^88 above. */
// @ts-ignore: decorator
@inline
export function exponential4(x: v128): v128 {
  const within = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87.3)), f32x4.splat(88.0)) // which keep NaN
  const n = f32x4.nearest(f32x4.mul(within, f32x4.splat(1.44269504)))
  const r = f32x4.sub(f32x4.sub(within, f32x4.mul(n, f32x4.splat(ln2High))), f32x4.mul(n, f32x4.splat(ln2Low)))
  let sum = v128.load32_splat(series)
  sum = f32x4.add(f32x4.mul(sum, r), v128.load32_splat(series + 4))
  sum = f32x4.add(f32x4.mul(sum, r), v128.load32_splat(series + 8))
  sum = f32x4.add(f32x4.mul(sum, r), v128.load32_splat(series + 12))
  sum = f32x4.add(f32x4.mul(sum, r), v128.load32_splat(series + 16))
  sum = f32x4.add(f32x4.mul(sum, r), v128.load32_splat(series + 20))
  const power = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(r, r), sum), r), f32x4.splat(1))
  const scaled = i32x4.add(power, i32x4.shl(i32x4.trunc_sat_f32x4_s(n), 23))
  return v128.andnot(v128.bitselect(scaled, power, f32x4.eq(power, power)), f32x4.lt(x, f32x4.splat(-87.3)))
}
