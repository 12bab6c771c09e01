import { roundedDown } from './pointwise'

// Bytes that say of each voxel on which side it is.

const ABOVE = 0
const UP_TO = 1
const OTHERS = 2

/** Sets marks begin..end to `mark` where a float32 is above the threshold. */
export function markAbove(values: usize, threshold: f64, mark: i32, marks: usize, begin: i32, end: i32): void {
  markWhere(values, roundedDown(threshold), ABOVE, mark, marks, begin, end)
}

/** The same where a float32 is at most the threshold. */
export function markUpTo(values: usize, threshold: f64, mark: i32, marks: usize, begin: i32, end: i32): void {
  markWhere(values, roundedDown(threshold), UP_TO, mark, marks, begin, end)
}

/** The same where a float32 is not 0. */
export function markOthers(values: usize, mark: i32, marks: usize, begin: i32, end: i32): void {
  markWhere(values, 0, OTHERS, mark, marks, begin, end)
}

// @ts-ignore: decorator
@inline
function markWhere(values: usize, limit: f32, side: i32, mark: i32, marks: usize, begin: i32, end: i32): void {
  const limits = f32x4.splat(limit), marked = i8x16.splat(<i8>mark)
  let i = begin
  for (; i + 16 <= end; i += 16) {
    const from = values + (<usize>i << 2), to = marks + i
    const low = i16x8.narrow_i32x4_s(hits(v128.load(from), limits, side), hits(v128.load(from, 16), limits, side))
    const high = i16x8.narrow_i32x4_s(hits(v128.load(from, 32), limits, side), hits(v128.load(from, 48), limits, side))
    v128.store(to, v128.bitselect(marked, v128.load(to), i8x16.narrow_i16x8_s(low, high)))
  }
  for (; i < end; i++)
    if (i32x4.extract_lane(hits(v128.load32_splat(values + (<usize>i << 2)), limits, side), 0)) store<u8>(marks + i, <u8>mark)
}

// @ts-ignore: decorator
@inline
function hits(x: v128, limits: v128, side: i32): v128 {
  return side == ABOVE ? f32x4.gt(x, limits) : side == UP_TO ? f32x4.le(x, limits) : f32x4.ne(x, limits)
}

/** How many of marks begin..end are `mark`. */
export function countMarks(marks: usize, mark: i32, begin: i32, end: i32): i32 {
  const wanted = i8x16.splat(<i8>mark)
  let count = 0, i = begin
  for (; i + 16 <= end; i += 16) count += popcnt(i8x16.bitmask(i8x16.eq(v128.load(marks + i), wanted)))
  for (; i < end; i++) count += <i32>(load<u8>(marks + i) == mark)
  return count
}

/** Of rows begin..end of `length` float32 the first element above the threshold and the one after the last, two int32; 0 and 0 for none. */
export function rowsAbove(values: usize, length: i32, threshold: f64, out: usize, begin: i32, end: i32): void {
  const below = roundedDown(threshold)
  const limit = f32x4.splat(below)
  for (let row = begin; row < end; row++) {
    const from = values + ((<usize>row * <usize>length) << 2)
    let first = 0, last = length
    while (first + 4 <= length && !v128.any_true(f32x4.gt(v128.load(from + (<usize>first << 2)), limit))) first += 4
    while (first < length && !(load<f32>(from + (<usize>first << 2)) > below)) first++
    while (last - 4 >= first && !v128.any_true(f32x4.gt(v128.load(from + (<usize>(last - 4) << 2)), limit))) last -= 4
    while (last > first && !(load<f32>(from + (<usize>(last - 1) << 2)) > below)) last--
    const to = out + (<usize>row << 3)
    store<i32>(to, first < last ? first : 0)
    store<i32>(to, first < last ? last : 0, 4)
  }
}
