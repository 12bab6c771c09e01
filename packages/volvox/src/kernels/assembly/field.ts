// Resampling at positions that need not follow a pattern, each of them given.
import { between, linearFour, nearestFour, outsideFour } from './fourVoxels'
import { cubic, linear, nearestOne } from './oneVoxel'
import { padded } from './outside'
import { CUBIC, LINEAR, rowStep, sliceStep, startSource } from './sampling'

/**
 * `source` holds [channels, d0, d1, d2]; `positions` three planes (z, y, x) of float64 (or float32, unless `doubles`), `apart`
 * elements apart, counted from the origin (z0, y0, x0); `target` [channels, count], of which the voxels begin..end are written; `taps` is 216
 * bytes of scratch.
 */
export function sampleField(
  source: usize, target: usize, channels: i32, d0: i32, d1: i32, d2: i32, positions: usize, apart: i32, count: i32, doubles: i32,
  z0: f64, y0: f64, x0: f64, taps: usize, mode: i32, padding: i32, alignCorners: i32, begin: i32, end: i32,
): void {
  startSource(d2, d1 * d2)
  const sourceStep = (<usize>d0 * <usize>sliceStep) << 2
  const targetStep = <usize>count << 2
  const shift = doubles ? 3 : 2
  const plane = <usize>apart << shift
  const originZ = f64x2.splat(z0), originY = f64x2.splat(y0), originX = f64x2.splat(x0)
  // Where four at a time go: all neighbours exist, or the nearest voxel does.
  const least = f64x2.splat(mode == LINEAR ? 0.0 : -0.25)
  const spare = mode == LINEAR ? 1.0 : 0.75
  const mostZ = f64x2.splat(<f64>d0 - spare), mostY = f64x2.splat(<f64>d1 - spare), mostX = f64x2.splat(<f64>d2 - spare)
  for (let i = begin; i < end; i++) {
    let from = positions + (<usize>i << shift)
    let to = target + (<usize>i << 2)
    if (mode != CUBIC && i + 4 <= end) {
      const zl = f64x2.add(two(from, doubles, 0), originZ), zh = f64x2.add(two(from, doubles, 1), originZ)
      const yl = f64x2.add(two(from + plane, doubles, 0), originY), yh = f64x2.add(two(from + plane, doubles, 1), originY)
      const xl = f64x2.add(two(from + 2 * plane, doubles, 0), originX), xh = f64x2.add(two(from + 2 * plane, doubles, 1), originX)
      const inside = v128.and(
        v128.and(v128.and(between(zl, least, mostZ), between(zh, least, mostZ)), v128.and(between(yl, least, mostY), between(yh, least, mostY))),
        v128.and(between(xl, least, mostX), between(xh, least, mostX)),
      )
      if (i64x2.all_true(inside)) {
        if (mode == LINEAR) linearFour(source, to, channels, sourceStep, targetStep, rowStep, sliceStep, zl, zh, yl, yh, xl, xh)
        else nearestFour(source, to, channels, sourceStep, targetStep, rowStep, sliceStep, zl, zh, yl, yh, xl, xh)
        i += 3
        continue
      }
      if (outsideFour(source, to, channels, sourceStep, targetStep, d0, d1, d2, mode, padding, alignCorners, zl, zh, yl, yh, xl, xh)) {
        i += 3
        continue
      }
    }
    const z = one(from, doubles) + z0, y = one(from + plane, doubles) + y0, x = one(from + 2 * plane, doubles) + x0
    if (mode == CUBIC) {
      cubic(source, to, channels, sourceStep, targetStep, d0, d1, d2, z, y, x, padding, alignCorners, taps)
      continue
    }
    const pz = padded(z, d0, padding, alignCorners)
    const py = padded(y, d1, padding, alignCorners)
    const px = padded(x, d2, padding, alignCorners)
    if (mode == LINEAR) linear(source, to, channels, sourceStep, targetStep, d0, d1, d2, pz, py, px)
    else nearestOne(source, to, channels, sourceStep, targetStep, d0, d1, d2, pz, py, px)
  }
}

// @ts-ignore: decorator
@inline
function one(from: usize, doubles: i32): f64 {
  return doubles ? load<f64>(from) : <f64>load<f32>(from)
}

/** The first or second two of four coordinates. */
// @ts-ignore: decorator
@inline
function two(from: usize, doubles: i32, second: usize): v128 {
  return doubles ? v128.load(from + 16 * second) : f64x2.promote_low_f32x4(v128.load64_zero(from + 8 * second))
}
