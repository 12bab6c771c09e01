// Four voxels at a time, at positions whose neighbours all exist.
import { paddedTwo } from './outside'
import { almostHalf, LINEAR, rowStep, sliceStep, ZEROS } from './sampling'
import { evens32, low64, odds32 } from './shuffles'

/**
 * Four voxels at positions of which some lie outside, where what is taken for them has all its neighbours, or where all lie
 * so far outside that they are zero; false, and nothing is written, where neither is the case.
 */
export function outsideFour(
  source: usize, to: usize, channels: i32, sourceStep: usize, targetStep: usize, d0: i32, d1: i32, d2: i32, mode: i32, padding: i32, alignCorners: i32,
  zl: v128, zh: v128, yl: v128, yh: v128, xl: v128, xh: v128,
): bool {
  if (padding == ZEROS) {
    if (!farOutside(d0, d1, d2, zl, zh, yl, yh, xl, xh)) return false
    for (let c = 0; c < channels; c++) v128.store(to + <usize>c * targetStep, f32x4.splat(0))
    return true
  }
  const pzl = paddedTwo(zl, d0, padding, alignCorners), pzh = paddedTwo(zh, d0, padding, alignCorners)
  const pyl = paddedTwo(yl, d1, padding, alignCorners), pyh = paddedTwo(yh, d1, padding, alignCorners)
  const pxl = paddedTwo(xl, d2, padding, alignCorners), pxh = paddedTwo(xh, d2, padding, alignCorners)
  const least = f64x2.splat(mode == LINEAR ? 0.0 : -0.25)
  const spare = mode == LINEAR ? 1.0 : 0.75
  const mostZ = f64x2.splat(<f64>d0 - spare), mostY = f64x2.splat(<f64>d1 - spare), mostX = f64x2.splat(<f64>d2 - spare)
  const inside = v128.and(
    v128.and(v128.and(between(pzl, least, mostZ), between(pzh, least, mostZ)), v128.and(between(pyl, least, mostY), between(pyh, least, mostY))),
    v128.and(between(pxl, least, mostX), between(pxh, least, mostX)),
  )
  if (!i64x2.all_true(inside)) return false
  if (mode == LINEAR) linearFour(source, to, channels, sourceStep, targetStep, rowStep, sliceStep, pzl, pzh, pyl, pyh, pxl, pxh)
  else nearestFour(source, to, channels, sourceStep, targetStep, rowStep, sliceStep, pzl, pzh, pyl, pyh, pxl, pxh)
  return true
}

/** Whether four positions all lie so far outside that none of their neighbours exists. */
export function farOutside(d0: i32, d1: i32, d2: i32, zl: v128, zh: v128, yl: v128, yh: v128, xl: v128, xh: v128): bool {
  const least = f64x2.splat(-1.0)
  const most0 = f64x2.splat(<f64>d0), most1 = f64x2.splat(<f64>d1), most2 = f64x2.splat(<f64>d2)
  const near = v128.or(
    v128.and(v128.and(within(zl, least, most0), within(yl, least, most1)), within(xl, least, most2)),
    v128.and(v128.and(within(zh, least, most0), within(yh, least, most1)), within(xh, least, most2)),
  )
  return !v128.any_true(near)
}

// @ts-ignore: decorator
@inline
function within(x: v128, least: v128, most: v128): v128 {
  return v128.and(f64x2.gt(x, least), f64x2.lt(x, most))
}

// @ts-ignore: decorator
@inline
export function between(x: v128, least: v128, most: v128): v128 {
  return v128.and(f64x2.ge(x, least), f64x2.lt(x, most))
}

// @ts-ignore: decorator
@inline
export function fractions(low: v128, high: v128): v128 {
  return low64(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high))
}

/** Positions that are not negative, cut to whole numbers. */
// @ts-ignore: decorator
@inline
export function wholes(low: v128, high: v128): v128 {
  return low64(i32x4.trunc_sat_f64x2_s_zero(low), i32x4.trunc_sat_f64x2_s_zero(high))
}

// @ts-ignore: decorator
@inline
export function lerp(a: v128, b: v128, t: v128): v128 {
  return f32x4.add(a, f32x4.mul(t, f32x4.sub(b, a)))
}

/** Linear along x for four voxels whose left neighbours are at p0..p3: each load takes both neighbours. */
// @ts-ignore: decorator
@inline
export function pairsAlongX(p0: usize, p1: usize, p2: usize, p3: usize, t: v128): v128 {
  const pairs01 = v128.load64_lane(p1, v128.load64_zero(p0), 1)
  const pairs23 = v128.load64_lane(p3, v128.load64_zero(p2), 1)
  const left = evens32(pairs01, pairs23)
  const right = odds32(pairs01, pairs23)
  return lerp(left, right, t)
}

/** Linear along x and y for four voxels whose first neighbours are at p0..p3. */
// @ts-ignore: decorator
@inline
export function bilinear(p0: usize, p1: usize, p2: usize, p3: usize, rowBytes: usize, tx: v128, ty: v128): v128 {
  return lerp(pairsAlongX(p0, p1, p2, p3, tx), pairsAlongX(p0 + rowBytes, p1 + rowBytes, p2 + rowBytes, p3 + rowBytes, tx), ty)
}

/** The same along x, y and z. */
// @ts-ignore: decorator
@inline
export function trilinear(
  p0: usize, p1: usize, p2: usize, p3: usize, rowBytes: usize, sliceBytes: usize, tx: v128, ty: v128, tz: v128,
): v128 {
  const near = bilinear(p0, p1, p2, p3, rowBytes, tx, ty)
  return lerp(near, bilinear(p0 + sliceBytes, p1 + sliceBytes, p2 + sliceBytes, p3 + sliceBytes, rowBytes, tx, ty), tz)
}

/** The voxels at p0..p3. */
// @ts-ignore: decorator
@inline
export function fourAt(p0: usize, p1: usize, p2: usize, p3: usize): v128 {
  return v128.load32_lane(p3, v128.load32_lane(p2, v128.load32_lane(p1, v128.load32_zero(p0), 1), 2), 3)
}

/**
 * Linear in three dimensions for four voxels at positions whose eight neighbours all exist, as two halves for each axis;
 * written to `to` in every channel.
 */
// @ts-ignore: decorator
@inline
export function linearFour(
  source: usize, to: usize, channels: i32, sourceStep: usize, targetStep: usize, row: i32, slice: i32,
  zl: v128, zh: v128, yl: v128, yh: v128, xl: v128, xh: v128,
): void {
  const fzl = f64x2.floor(zl), fzh = f64x2.floor(zh)
  const fyl = f64x2.floor(yl), fyh = f64x2.floor(yh)
  const fxl = f64x2.floor(xl), fxh = f64x2.floor(xh)
  const tz = fractions(f64x2.sub(zl, fzl), f64x2.sub(zh, fzh))
  const ty = fractions(f64x2.sub(yl, fyl), f64x2.sub(yh, fyh))
  const tx = fractions(f64x2.sub(xl, fxl), f64x2.sub(xh, fxh))
  const slices = i32x4.mul(wholes(fzl, fzh), i32x4.splat(slice))
  const places = i32x4.add(i32x4.add(slices, i32x4.mul(wholes(fyl, fyh), i32x4.splat(row))), wholes(fxl, fxh))
  const rowBytes = <usize>row << 2, sliceBytes = <usize>slice << 2
  let p0 = source + (<usize>i32x4.extract_lane(places, 0) << 2)
  let p1 = source + (<usize>i32x4.extract_lane(places, 1) << 2)
  let p2 = source + (<usize>i32x4.extract_lane(places, 2) << 2)
  let p3 = source + (<usize>i32x4.extract_lane(places, 3) << 2)
  for (let c = 0; c < channels; c++) {
    v128.store(to, trilinear(p0, p1, p2, p3, rowBytes, sliceBytes, tx, ty, tz))
    p0 += sourceStep
    p1 += sourceStep
    p2 += sourceStep
    p3 += sourceStep
    to += targetStep
  }
}

/** The same with the nearest voxel, at positions that are not negative once rounded. */
// @ts-ignore: decorator
@inline
export function nearestFour(
  source: usize, to: usize, channels: i32, sourceStep: usize, targetStep: usize, row: i32, slice: i32,
  zl: v128, zh: v128, yl: v128, yh: v128, xl: v128, xh: v128,
): void {
  const half = f64x2.splat(almostHalf)
  const iz = wholes(f64x2.add(zl, half), f64x2.add(zh, half))
  const iy = wholes(f64x2.add(yl, half), f64x2.add(yh, half))
  const ix = wholes(f64x2.add(xl, half), f64x2.add(xh, half))
  const places = i32x4.shl(i32x4.add(i32x4.add(i32x4.mul(iz, i32x4.splat(slice)), i32x4.mul(iy, i32x4.splat(row))), ix), 2)
  let p0 = source + <usize>i32x4.extract_lane(places, 0)
  let p1 = source + <usize>i32x4.extract_lane(places, 1)
  let p2 = source + <usize>i32x4.extract_lane(places, 2)
  let p3 = source + <usize>i32x4.extract_lane(places, 3)
  for (let c = 0; c < channels; c++) {
    v128.store(to, fourAt(p0, p1, p2, p3))
    p0 += sourceStep
    p1 += sourceStep
    p2 += sourceStep
    p3 += sourceStep
    to += targetStep
  }
}
