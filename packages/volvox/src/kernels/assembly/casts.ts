// float32 to other types, as NumPy's astype: to whole numbers cut off towards zero, the low bits of what is left.

// Constants are loaded where they are used: in the code each takes four instructions.
/**
 * 0 as float32 2^22, below which the sum with 4, 1.5·2^23, holds a whole number in its low bits, which takes a fifth of a conversion
 * of any number; 8 all but the sign, 12 half's sign, 16 one, 20 what half's exponents are less, and half a step, 24 2^24, 28 2^23,
 * 32 2^-14, 36 65520.
 */
const numbers = memory.data<u32>([
  0x4a800000, 0x4b400000, 0x7fffffff, 0x8000, 1, 0x38000000 - 0xfff, 0x4b800000, 0x4b000000, 0x38800000, 0x477ff000,
])
// @ts-ignore: decorator
@inline
function number(at: usize): v128 {
  return v128.load32_splat(numbers + at)
}

/**
 * Elements begin..end of `source` as whole numbers of 1, 2, 4 or 8 bytes in `target`. False, with nothing of use written, where one
 * does not fit into 32 bits.
 */
export function wholeNumbersOf(source: usize, target: usize, bytes: i32, begin: i32, end: i32): i32 {
  return wholeNumbers(source, target, bytes, begin, end, true) || wholeNumbers(source, target, bytes, begin, end, false)
}

// @ts-ignore: decorator
@inline
function wholeNumbers(source: usize, target: usize, bytes: i32, begin: i32, end: i32, onlySmall: bool): i32 {
  let fits = i32x4.splat(-1)
  let i = begin
  for (; i + 16 <= end; i += 16) {
    const at = source + (<usize>i << 2), to = target + <usize>(i * bytes)
    const limit = onlySmall ? number(0) : f32x4.splat(2147483648.0)
    const v = v128.load(at), w = v128.load(at, 16), x = v128.load(at, 32), y = v128.load(at, 48)
    const near = v128.and(v128.and(f32x4.lt(f32x4.abs(v), limit), f32x4.lt(f32x4.abs(w), limit)), v128.and(f32x4.lt(f32x4.abs(x), limit), f32x4.lt(f32x4.abs(y), limit)))
    fits = v128.and(fits, near)
    const a = whole(v, onlySmall), b = whole(w, onlySmall), c = whole(x, onlySmall), d = whole(y, onlySmall)
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
      // Only the low bits are left, so that narrowing cuts nothing off.
      const low = i32x4.splat(bytes == 2 ? 0xffff : 0xff)
      const ab = i16x8.narrow_i32x4_u(v128.and(a, low), v128.and(b, low)), cd = i16x8.narrow_i32x4_u(v128.and(c, low), v128.and(d, low))
      if (bytes == 2) {
        v128.store(to, ab)
        v128.store(to, cd, 16)
      } else v128.store(to, i8x16.narrow_i16x8_u(ab, cd))
    }
  }
  for (; i < end; i++) {
    const x = load<f32>(source + (<usize>i << 2)), to = target + <usize>(i * bytes)
    if (!(abs(x) < 2147483648.0)) return 0
    const cut = <i32>x
    if (bytes == 1) store<u8>(to, <u8>cut)
    else if (bytes == 2) store<u16>(to, <u16>cut)
    else if (bytes == 4) store<i32>(to, cut)
    else store<i64>(to, <i64>cut)
  }
  return i32x4.all_true(fits) ? 1 : 0
}

// @ts-ignore: decorator
@inline
function whole(x: v128, isSmall: bool): v128 {
  if (!isSmall) return i32x4.trunc_sat_f32x4_s(x)
  const middle = number(4)
  return i32x4.sub(f32x4.add(f32x4.trunc(x), middle), middle)
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
    v128.store(target + (<usize>i << 1), i16x8.narrow_i32x4_u(half(x), half(y)))
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
  return i32x4.lt_u(v128.and(x, number(8)), number(36))
}

// @ts-ignore: decorator
@inline
function half(x: v128): v128 {
  const size = v128.and(x, number(8))
  const sign = v128.and(i32x4.shr_u(x, 16), number(12))
  const odd = v128.and(i32x4.shr_u(size, 13), number(16))
  const usual = i32x4.shr_u(i32x4.add(i32x4.sub(size, number(20)), odd), 13)
  // In steps of 2^-24: the sum with 2^23 is rounded to whole numbers, ties to even, which are its low bits.
  const tiny = i32x4.sub(f32x4.add(f32x4.mul(size, number(24)), number(28)), number(28))
  return v128.or(sign, v128.bitselect(tiny, usual, i32x4.lt_u(size, number(32))))
}
