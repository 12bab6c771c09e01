// One voxel anywhere.
import { cubicTaps, tapBytes, tapPlace, tapWeight } from './outside'
import { almostHalf, rowStep, sliceStep } from './sampling'

// @ts-ignore: decorator
@inline
function rounded(position: f64): f64 {
  return trunc(position + copysign(almostHalf, position))
}

/** One voxel anywhere: what lies outside counts as zero, which padding has already excluded unless it is "zeros". */
export function nearestOne(
  source: usize, to: usize, channels: i32, sourceStep: usize, targetStep: usize, d0: i32, d1: i32, d2: i32, z: f64, y: f64, x: f64,
): void {
  const rz = rounded(z), ry = rounded(y), rx = rounded(x)
  const inside = rz >= 0.0 && rz < <f64>d0 && ry >= 0.0 && ry < <f64>d1 && rx >= 0.0 && rx < <f64>d2
  let from = source + (inside ? <usize>(<i32>rz * sliceStep + <i32>ry * rowStep + <i32>rx) << 2 : 0)
  for (let c = 0; c < channels; c++) {
    store<f32>(to, inside ? load<f32>(from) : 0.0)
    from += sourceStep
    to += targetStep
  }
}

// @ts-ignore: decorator
@inline
function corner(at: usize, exists: bool): f32 {
  return exists ? load<f32>(at) : 0.0
}

// @ts-ignore: decorator
@inline
export function mix(a: f32, b: f32, t: f32): f32 {
  return a + t * (b - a)
}

export function linear(
  source: usize, to: usize, channels: i32, sourceStep: usize, targetStep: usize, d0: i32, d1: i32, d2: i32, z: f64, y: f64, x: f64,
): void {
  const near = z > -1.0 && z < <f64>d0 && y > -1.0 && y < <f64>d1 && x > -1.0 && x < <f64>d2
  const fz = near ? floor(z) : 0.0, fy = near ? floor(y) : 0.0, fx = near ? floor(x) : 0.0
  const tz = <f32>(z - fz), ty = <f32>(y - fy), tx = <f32>(x - fx)
  const iz = <i32>fz, iy = <i32>fy, ix = <i32>fx
  const z0 = iz >= 0, z1 = iz + 1 < d0, y0 = iy >= 0, y1 = iy + 1 < d1, x0 = ix >= 0, x1 = ix + 1 < d2
  const rowBytes = rowStep << 2
  const sliceBytes = sliceStep << 2
  let p = <i32>source + iz * sliceBytes + iy * rowBytes + (ix << 2)
  for (let c = 0; c < channels; c++) {
    let value: f32 = 0.0
    if (near) {
      const q = p + sliceBytes
      const a = mix(mix(corner(p, z0 && y0 && x0), corner(p + 4, z0 && y0 && x1), tx), mix(corner(p + rowBytes, z0 && y1 && x0), corner(p + rowBytes + 4, z0 && y1 && x1), tx), ty)
      const b = mix(mix(corner(q, z1 && y0 && x0), corner(q + 4, z1 && y0 && x1), tx), mix(corner(q + rowBytes, z1 && y1 && x0), corner(q + rowBytes + 4, z1 && y1 && x1), tx), ty)
      value = mix(a, b, tz)
    }
    store<f32>(to, value)
    p += <i32>sourceStep
    to += targetStep
  }
}

export function cubic(
  source: usize, to: usize, channels: i32, sourceStep: usize, targetStep: usize, d0: i32, d1: i32, d2: i32,
  z: f64, y: f64, x: f64, padding: i32, alignCorners: i32, taps: usize,
): void {
  const tapsZ = taps, tapsY = taps + tapBytes, tapsX = taps + 2 * tapBytes
  const countZ = cubicTaps(tapsZ, z, d0, padding, alignCorners)
  const countY = cubicTaps(tapsY, y, d1, padding, alignCorners)
  const countX = cubicTaps(tapsX, x, d2, padding, alignCorners)
  for (let c = 0; c < channels; c++) {
    let sum: f32 = 0.0
    for (let i = 0; i < countZ; i++) {
      const iz = tapPlace(tapsZ, i)
      if (iz < 0) continue
      let plane: f32 = 0.0
      for (let j = 0; j < countY; j++) {
        const iy = tapPlace(tapsY, j)
        if (iy < 0) continue
        let line: f32 = 0.0
        for (let k = 0; k < countX; k++) {
          const ix = tapPlace(tapsX, k)
          if (ix >= 0) line += tapWeight(tapsX, k) * load<f32>(source + (<usize>(iz * sliceStep + iy * rowStep + ix) << 2))
        }
        plane += tapWeight(tapsY, j) * line
      }
      sum += tapWeight(tapsZ, i) * plane
    }
    store<f32>(to, sum)
    source += sourceStep
    to += targetStep
  }
}
