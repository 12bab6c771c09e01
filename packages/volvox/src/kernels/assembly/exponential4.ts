// In memory: a load that repeats a number costs one instruction, a number in the code three.
/**
 * 0 the range of exponents, 8 1/log 2, 12 1.5·2^23, which rounds to whole numbers, 16 log 2 in two parts, the first of which times
 * any exponent is exact, then (e^r - 1 - r) / r² near 0, the highest power first (S. L. Moshier's Cephes, expf), 48 one.
 */
const numbers = memory.data<f32>([
  -87.3, 88.0, 1.44269504, 12582912.0, 0.693359375, -2.12194440e-4,
  1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1.0,
])

/** e^x of four float32 to about one unit in the last place: 2^n times the series of what is left; e^-87.3 below, e^88 above. */
// @ts-ignore: decorator
@inline
export function exponential4(x: v128): v128 {
  const rounder = v128.load32_splat(numbers + 12)
  const within = f32x4.pmin(f32x4.pmax(x, v128.load32_splat(numbers)), v128.load32_splat(numbers + 4)) // which keep NaN
  const shifted = f32x4.add(f32x4.mul(within, v128.load32_splat(numbers + 8)), rounder) // n in its low bits
  const n = f32x4.sub(shifted, rounder)
  const near = f32x4.sub(within, f32x4.mul(n, v128.load32_splat(numbers + 16)))
  const r = f32x4.sub(near, f32x4.mul(n, v128.load32_splat(numbers + 20)))
  let sum = f32x4.add(f32x4.mul(v128.load32_splat(numbers + 24), r), v128.load32_splat(numbers + 28))
  sum = f32x4.add(f32x4.mul(sum, r), v128.load32_splat(numbers + 32))
  sum = f32x4.add(f32x4.mul(sum, r), v128.load32_splat(numbers + 36))
  sum = f32x4.add(f32x4.mul(sum, r), v128.load32_splat(numbers + 40))
  sum = f32x4.add(f32x4.mul(sum, r), v128.load32_splat(numbers + 44))
  const power = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(r, r), sum), r), v128.load32_splat(numbers + 48))
  return i32x4.add(power, i32x4.shl(shifted, 23)) // of NaN no bit is changed
}
