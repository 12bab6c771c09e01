import { logarithm } from './logarithm'

/** Sums of ln(|z| + 1e-10) of rows begin..end of complex numbers of 4 or 8 bytes a part, `length` each, to `sums`, as float64. */
export function logMagnitudes(bytes: i32, real: usize, imaginary: usize, sums: usize, length: i32, begin: i32, end: i32): void {
  for (let row = begin; row < end; row++) {
    let total = f64x2.splat(0)
    const shift = <usize>(bytes == 4 ? 2 : 3)
    let x = real + ((<usize>row * <usize>length) << shift), y = imaginary + ((<usize>row * <usize>length) << shift)
    let i = 0
    for (; i + 2 <= length; i += 2, x += 2 << shift, y += 2 << shift)
      total = f64x2.add(
        total,
        bytes == 4
          ? ofTwo(f64x2.promote_low_f32x4(v128.load64_zero(x)), f64x2.promote_low_f32x4(v128.load64_zero(y)))
          : ofTwo(v128.load(x), v128.load(y)),
      )
    let sum = f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1)
    if (i < length) {
      const re = bytes == 4 ? <f64>load<f32>(x) : load<f64>(x), im = bytes == 4 ? <f64>load<f32>(y) : load<f64>(y)
      sum += f64x2.extract_lane(ofTwo(f64x2.splat(re), f64x2.splat(im)), 0)
    }
    store<f64>(sums + (<usize>row << 3), sum)
  }
}

// @ts-ignore: decorator
@inline
function ofTwo(x: v128, y: v128): v128 {
  const size = f64x2.sqrt(f64x2.add(f64x2.mul(x, x), f64x2.mul(y, y)))
  return logarithm(f64x2.add(size, f64x2.splat(1e-10)))
}
