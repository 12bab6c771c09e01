/**
 * Of `count` elements, a multiple of four, of two masks, float32, what adds up to `sums`, four int32: how many are 1 in both, in the first and in the
 * second; the last one is not 0 when there is anything but 0 and 1.
 */
export function countOnes(a: usize, b: usize, count: i32, sums: usize): void {
  const one = i32x4.splat(0x3f800000)
  let both = i32x4.splat(0), first = i32x4.splat(0), second = i32x4.splat(0), other = i32x4.splat(0)
  for (let at: usize = 0; at < <usize>count << 2; at += 16) {
    const x = v128.load(a + at), y = v128.load(b + at)
    const u = i32x4.eq(x, one), v = i32x4.eq(y, one)
    // True is -1.
    both = i32x4.sub(both, v128.and(u, v))
    first = i32x4.sub(first, u)
    second = i32x4.sub(second, v)
    other = v128.or(other, v128.or(v128.andnot(x, u), v128.andnot(y, v)))
  }
  add(sums, both)
  add(sums + 4, first)
  add(sums + 8, second)
  if (v128.any_true(other)) store<i32>(sums, 1, 12)
}

/** Adds the four numbers of a vector to what is at an address. */
function add(place: usize, four: v128): void {
  const sum = i32x4.extract_lane(four, 0) + i32x4.extract_lane(four, 1) + i32x4.extract_lane(four, 2) + i32x4.extract_lane(four, 3)
  store<i32>(place, load<i32>(place) + sum)
}
