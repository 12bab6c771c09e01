// Marks (1 or 0, a byte each) and choices of float32 elements by their values. Elements begin..end.

/** Marks elements that are one of `count` float32 values. */
export function markAnyOf(source: usize, target: usize, values: usize, count: i32, begin: i32, end: i32): void {
  const one = i8x16.splat(1)
  let i = begin
  for (; i + 16 <= end; i += 16) {
    const at = source + (<usize>i << 2)
    const w = v128.load(at), x = v128.load(at, 16), y = v128.load(at, 32), z = v128.load(at, 48)
    let a = i32x4.splat(0), b = a, c = a, d = a
    for (let k = 0; k < count; k++) {
      const value = v128.load32_splat(values + (<usize>k << 2))
      a = v128.or(a, f32x4.eq(w, value))
      b = v128.or(b, f32x4.eq(x, value))
      c = v128.or(c, f32x4.eq(y, value))
      d = v128.or(d, f32x4.eq(z, value))
    }
    v128.store(target + <usize>i, v128.and(bytes(a, b, c, d), one))
  }
  for (; i < end; i++) {
    const x = load<f32>(source + (<usize>i << 2))
    let found = 0
    for (let k = 0; k < count; k++) found |= i32(x == load<f32>(values + (<usize>k << 2)))
    store<u8>(target + <usize>i, <u8>found)
  }
}

/** Makes elements 0, in place, that are none of `count` float32 values. */
export function keepAnyOf(data: usize, values: usize, count: i32, begin: i32, end: i32): void {
  let at = data + (<usize>begin << 2)
  const stop = data + (<usize>end << 2)
  for (; at + 32 <= stop; at += 32) {
    const x = v128.load(at), y = v128.load(at, 16)
    let a = i32x4.splat(0), b = a
    for (let k = 0; k < count; k++) {
      const value = v128.load32_splat(values + (<usize>k << 2))
      a = v128.or(a, f32x4.eq(x, value))
      b = v128.or(b, f32x4.eq(y, value))
    }
    v128.store(at, v128.and(x, a))
    v128.store(at, v128.and(y, b), 16)
  }
  for (; at < stop; at += 4) {
    const x = load<f32>(at)
    let found = 0
    for (let k = 0; k < count; k++) found |= i32(x == load<f32>(values + (<usize>k << 2)))
    if (!found) store<f32>(at, 0)
  }
}

/** The lowest byte of each lane of masks, in order. */
// @ts-ignore: decorator
@inline
function bytes(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d))
}
