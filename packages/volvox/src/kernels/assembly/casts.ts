// float32 to other types, as NumPy's astype: to whole numbers cut off towards zero, the low bits of what is left.

/**
 * Elements begin..end of `source` as whole numbers of 1, 2, 4 or 8 bytes in `target`. False, with nothing of use written, where one
 * does not fit into 32 bits.
 */
export function wholeNumbersOf(source: usize, target: usize, bytes: i32, begin: i32, end: i32): i32 {
  const limit = f32x4.splat(2147483648.0)
  let fits = i32x4.splat(-1)
  let i = begin
  for (; i + 16 <= end; i += 16) {
    const at = source + (<usize>i << 2), to = target + <usize>(i * bytes)
    const v = v128.load(at), w = v128.load(at, 16), x = v128.load(at, 32), y = v128.load(at, 48)
    const near = v128.and(v128.and(f32x4.lt(f32x4.abs(v), limit), f32x4.lt(f32x4.abs(w), limit)), v128.and(f32x4.lt(f32x4.abs(x), limit), f32x4.lt(f32x4.abs(y), limit)))
    fits = v128.and(fits, near)
    const a = i32x4.trunc_sat_f32x4_s(v), b = i32x4.trunc_sat_f32x4_s(w), c = i32x4.trunc_sat_f32x4_s(x), d = i32x4.trunc_sat_f32x4_s(y)
    if (bytes == 4) {
      v128.store(to, a)
      v128.store(to, b, 16)
      v128.store(to, c, 32)
      v128.store(to, d, 48)
    } else if (bytes == 8) {
      storeLong(to, a)
      storeLong(to + 32, b)
      storeLong(to + 64, c)
      storeLong(to + 96, d)
    } else {
      const ab = i8x16.shuffle(a, b, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29)
      const cd = i8x16.shuffle(c, d, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29)
      if (bytes == 2) {
        v128.store(to, ab)
        v128.store(to, cd, 16)
      } else v128.store(to, i8x16.shuffle(ab, cd, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30))
    }
  }
  for (; i < end; i++) {
    const x = load<f32>(source + (<usize>i << 2)), to = target + <usize>(i * bytes)
    if (!(abs(x) < 2147483648.0)) return 0
    const whole = <i32>x
    if (bytes == 1) store<u8>(to, <u8>whole)
    else if (bytes == 2) store<u16>(to, <u16>whole)
    else if (bytes == 4) store<i32>(to, whole)
    else store<i64>(to, <i64>whole)
  }
  return i32x4.all_true(fits) ? 1 : 0
}

// @ts-ignore: decorator
@inline
function storeLong(to: usize, x: v128): void {
  v128.store(to, i64x2.extend_low_i32x4_s(x))
  v128.store(to, i64x2.extend_high_i32x4_s(x), 16)
}

/** 1 where an element is not 0, else 0, as bytes. */
export function notZero(source: usize, target: usize, begin: i32, end: i32): void {
  const zero = f32x4.splat(0), one = i8x16.splat(1)
  let i = begin
  for (; i + 16 <= end; i += 16) {
    const at = source + (<usize>i << 2)
    const a = f32x4.ne(v128.load(at), zero), b = f32x4.ne(v128.load(at, 16), zero)
    const c = f32x4.ne(v128.load(at, 32), zero), d = f32x4.ne(v128.load(at, 48), zero)
    const all = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d))
    v128.store(target + <usize>i, v128.and(all, one))
  }
  for (; i < end; i++) store<u8>(target + <usize>i, load<f32>(source + (<usize>i << 2)) != 0 ? 1 : 0)
}

/**
 * Elements begin..end as half-precision bits, the nearest ones, ties to even. False, with nothing of use written, where one is too
 * large or not a number.
 */
export function halvesOf(source: usize, target: usize, begin: i32, end: i32): i32 {
  let usual = i32x4.splat(-1)
  let i = begin
  for (; i + 8 <= end; i += 8) {
    const at = source + (<usize>i << 2)
    const x = v128.load(at), y = v128.load(at, 16)
    usual = v128.and(usual, v128.and(hasHalf(x), hasHalf(y)))
    v128.store(target + (<usize>i << 1), i8x16.shuffle(half(x), half(y), 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29))
  }
  for (; i < end; i++) {
    const x = v128.load32_splat(source + (<usize>i << 2))
    usual = v128.and(usual, hasHalf(x))
    v128.store16_lane(target + (<usize>i << 1), half(x), 0)
  }
  return i32x4.all_true(usual) ? 1 : 0
}

/** Whether numbers are below 65520, which rounds to infinity. */
// @ts-ignore: decorator
@inline
function hasHalf(x: v128): v128 {
  return i32x4.lt_u(v128.and(x, i32x4.splat(0x7fffffff)), i32x4.splat(0x477ff000))
}

// @ts-ignore: decorator
@inline
function half(x: v128): v128 {
  const size = v128.and(x, i32x4.splat(0x7fffffff))
  const sign = v128.and(i32x4.shr_u(x, 16), i32x4.splat(0x8000))
  const odd = v128.and(i32x4.shr_u(size, 13), i32x4.splat(1))
  const usual = i32x4.shr_u(i32x4.add(i32x4.sub(size, i32x4.splat(0x38000000 - 0xfff)), odd), 13)
  const tiny = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(size, f32x4.splat(16777216.0)))) // in steps of 2^-24
  return v128.or(sign, v128.bitselect(tiny, usual, i32x4.lt_u(size, i32x4.splat(0x38800000))))
}
