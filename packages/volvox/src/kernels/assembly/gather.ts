// Voxels of any stored type and order as float32 in C order. Stored voxels mostly run along the first axis, results along the
// last one: such are turned in blocks, by vectors, so that whole cache lines of both sides are used.
import { high16, high32, high64, low16, low32, low64 } from './shuffles'

/** Rows and columns of a tile: a cache line of stored int16, and one of float32. */
const tileRows = 32
const tileColumns = 16

/**
 * Lines begin..end of the second axis, of all `n0` voxels along the first one, of an image of n0 x n1 x n2 voxels, whose voxel
 * (a, b, c) is stored as element a·s0 + b·s1 + c·s2 of `source`. Types: 0 int8, 1 uint8, 2 int16, 3 uint16, 4 int32, 5 uint32,
 * 6 float32, 7 float64. Values are scaled in float64 where `scaled`.
 */
export function gatherFloats(
  source: usize, type: i32, target: usize, n0: i32, n1: i32, n2: i32, s0: i32, s1: i32, s2: i32,
  scaled: i32, slope: f64, intercept: f64, begin: i32, end: i32,
): void {
  if (type == 0) gather<i8>(source, target, n0, n1, n2, s0, s1, s2, scaled, slope, intercept, begin, end)
  else if (type == 1) gather<u8>(source, target, n0, n1, n2, s0, s1, s2, scaled, slope, intercept, begin, end)
  else if (type == 2) gather<i16>(source, target, n0, n1, n2, s0, s1, s2, scaled, slope, intercept, begin, end)
  else if (type == 3) gather<u16>(source, target, n0, n1, n2, s0, s1, s2, scaled, slope, intercept, begin, end)
  else if (type == 4) gather<i32>(source, target, n0, n1, n2, s0, s1, s2, scaled, slope, intercept, begin, end)
  else if (type == 5) gather<u32>(source, target, n0, n1, n2, s0, s1, s2, scaled, slope, intercept, begin, end)
  else if (type == 6) gather<f32>(source, target, n0, n1, n2, s0, s1, s2, scaled, slope, intercept, begin, end)
  else gather<f64>(source, target, n0, n1, n2, s0, s1, s2, scaled, slope, intercept, begin, end)
}

function gather<T>(
  source: usize, target: usize, n0: i32, n1: i32, n2: i32, s0: i32, s1: i32, s2: i32,
  scaled: i32, slope: f64, intercept: f64, begin: i32, end: i32,
): void {
  const size = <i32>sizeof<T>()
  const step0 = <isize>(s0 * size), step1 = <isize>(s1 * size), step2 = <isize>(s2 * size)
  const line = <usize>n2 << 2
  const slice = <usize>n1 * line
  const turned = sizeof<T>() < 8 && step0 == size
  const block = sizeof<T>() < 4 ? 8 : 4
  for (let b = begin; b < end; b++)
    for (let a0 = 0; a0 < n0; a0 += tileRows) {
      const a1 = min(n0, a0 + tileRows)
      for (let c0 = 0; c0 < n2; c0 += tileColumns) {
        const c1 = min(n2, c0 + tileColumns)
        let a = a0
        if (turned && c1 - c0 == tileColumns)
          for (; a + block <= a1; a += block) {
            const from = source + a * step0 + b * step1 + c0 * step2
            const to = target + <usize>a * slice + <usize>b * line + (<usize>c0 << 2)
            for (let c = 0; c < tileColumns; c += block)
              if (sizeof<T>() < 4) turnEight<T>(from + c * step2, step2, to + (c << 2), slice, scaled, slope, intercept)
              else turnFour<T>(from + c * step2, step2, to + (c << 2), slice, scaled, slope, intercept)
          }
        for (; a < a1; a++) {
          let from = source + a * step0 + b * step1 + c0 * step2
          let to = target + <usize>a * slice + <usize>b * line + (<usize>c0 << 2)
          for (let c = c0; c < c1; c++) {
            store<f32>(to, scaled ? <f32>(<f64>load<T>(from) * slope + intercept) : <f32>load<T>(from))
            from += step2
            to += 4
          }
        }
      }
    }
}

/** Eight columns of eight elements of at most 16 bits as eight rows of float32. */
// @ts-ignore: decorator
@inline
function turnEight<T>(from: usize, step: isize, to: usize, slice: usize, scaled: i32, slope: f64, intercept: f64): void {
  const r0 = eight<T>(from), r1 = eight<T>(from + step), r2 = eight<T>(from + 2 * step), r3 = eight<T>(from + 3 * step)
  const r4 = eight<T>(from + 4 * step), r5 = eight<T>(from + 5 * step), r6 = eight<T>(from + 6 * step), r7 = eight<T>(from + 7 * step)
  const s0 = low16(r0, r1), s1 = high16(r0, r1), s2 = low16(r2, r3), s3 = high16(r2, r3)
  const s4 = low16(r4, r5), s5 = high16(r4, r5), s6 = low16(r6, r7), s7 = high16(r6, r7)
  const t0 = low32(s0, s2), t1 = high32(s0, s2), t2 = low32(s1, s3), t3 = high32(s1, s3)
  const t4 = low32(s4, s6), t5 = high32(s4, s6), t6 = low32(s5, s7), t7 = high32(s5, s7)
  storeEight<T>(to, low64(t0, t4), scaled, slope, intercept)
  storeEight<T>(to + slice, high64(t0, t4), scaled, slope, intercept)
  storeEight<T>(to + 2 * slice, low64(t1, t5), scaled, slope, intercept)
  storeEight<T>(to + 3 * slice, high64(t1, t5), scaled, slope, intercept)
  storeEight<T>(to + 4 * slice, low64(t2, t6), scaled, slope, intercept)
  storeEight<T>(to + 5 * slice, high64(t2, t6), scaled, slope, intercept)
  storeEight<T>(to + 6 * slice, low64(t3, t7), scaled, slope, intercept)
  storeEight<T>(to + 7 * slice, high64(t3, t7), scaled, slope, intercept)
}

/** Four columns of four elements of 32 bits as four rows of float32. */
// @ts-ignore: decorator
@inline
function turnFour<T>(from: usize, step: isize, to: usize, slice: usize, scaled: i32, slope: f64, intercept: f64): void {
  const r0 = v128.load(from), r1 = v128.load(from + step), r2 = v128.load(from + 2 * step), r3 = v128.load(from + 3 * step)
  const s0 = low32(r0, r1), s1 = high32(r0, r1), s2 = low32(r2, r3), s3 = high32(r2, r3)
  v128.store(to, floats<T>(low64(s0, s2), scaled, slope, intercept))
  v128.store(to + slice, floats<T>(high64(s0, s2), scaled, slope, intercept))
  v128.store(to + 2 * slice, floats<T>(low64(s1, s3), scaled, slope, intercept))
  v128.store(to + 3 * slice, floats<T>(high64(s1, s3), scaled, slope, intercept))
}

/** Eight elements as 16 bits each. */
// @ts-ignore: decorator
@inline
function eight<T>(from: usize): v128 {
  if (sizeof<T>() == 2) return v128.load(from)
  return isSigned<T>() ? v128.load8x8_s(from) : v128.load8x8_u(from)
}

// @ts-ignore: decorator
@inline
function storeEight<T>(to: usize, values: v128, scaled: i32, slope: f64, intercept: f64): void {
  const low = isSigned<T>() ? i32x4.extend_low_i16x8_s(values) : i32x4.extend_low_i16x8_u(values)
  const high = isSigned<T>() ? i32x4.extend_high_i16x8_s(values) : i32x4.extend_high_i16x8_u(values)
  v128.store(to, floats<i32>(low, scaled, slope, intercept))
  v128.store(to, floats<i32>(high, scaled, slope, intercept), 16)
}

/** Four elements of 32 bits as float32. */
// @ts-ignore: decorator
@inline
function floats<T>(four: v128, scaled: i32, slope: f64, intercept: f64): v128 {
  if (!scaled) return isFloat<T>() ? four : isSigned<T>() ? f32x4.convert_i32x4_s(four) : f32x4.convert_i32x4_u(four)
  const a = f64x2.splat(slope), b = f64x2.splat(intercept)
  const low = f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(two<T>(four), a), b))
  const high = f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(two<T>(high64(four, four)), a), b))
  return low64(low, high)
}

// @ts-ignore: decorator
@inline
function two<T>(four: v128): v128 {
  if (isFloat<T>()) return f64x2.promote_low_f32x4(four)
  return isSigned<T>() ? f64x2.convert_low_i32x4_s(four) : f64x2.convert_low_i32x4_u(four)
}
