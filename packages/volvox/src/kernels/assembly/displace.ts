import { low64 } from './shuffles'

/**
 * Moves the points of a lattice: point (a, b, c) of n0 x n1 x n2 lies at start + index·step along each axis, is moved by
 * factor·offset and then by a 3x4 matrix of float32. `offsets` holds [3, n0, n1, n2] and takes the result; planes begin..end
 * of the first axis are worked on. Places are float64, what is computed with them float32, rounded after every step.
 */
export function displace(
  offsets: usize, n0: i32, n1: i32, n2: i32, matrix: usize,
  z0: f64, y0: f64, x0: f64, dz: f64, dy: f64, dx: f64, factor: f32, begin: i32, end: i32,
): void {
  const plane = (<usize>n0 * <usize>n1 * <usize>n2) << 2
  const scale = f32x4.splat(factor)
  for (let a = begin; a < end; a++) {
    const z = f64x2.splat(z0 + <f64>a * dz)
    for (let b = 0; b < n1; b++) {
      const y = f64x2.splat(y0 + <f64>b * dy)
      const row = offsets + ((<usize>(a * n1 + b) * <usize>n2) << 2)
      for (let c = 0; c < n2; c += 4) {
        const at = row + (<usize>c << 2)
        const left = n2 - c
        const first = x0 + <f64>c * dx
        const xl = f64x2.replace_lane(f64x2.splat(first), 1, x0 + <f64>(c + 1) * dx)
        const xh = f64x2.replace_lane(f64x2.splat(x0 + <f64>(c + 2) * dx), 1, x0 + <f64>(c + 3) * dx)
        const w = place(z, z, f32x4.mul(fetch(at, left), scale))
        const v = place(y, y, f32x4.mul(fetch(at + plane, left), scale))
        const u = place(xl, xh, f32x4.mul(fetch(at + 2 * plane, left), scale))
        put(at, combined(matrix, w, v, u), left)
        put(at + plane, combined(matrix + 16, w, v, u), left)
        put(at + 2 * plane, combined(matrix + 32, w, v, u), left)
      }
    }
  }
}

/** Places, in float64, plus offsets, rounded to float32. */
// @ts-ignore: decorator
@inline
function place(low: v128, high: v128, offset: v128): v128 {
  const a = f32x4.demote_f64x2_zero(f64x2.add(low, f64x2.promote_low_f32x4(offset)))
  const upper = i8x16.shuffle(offset, offset, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)
  const b = f32x4.demote_f64x2_zero(f64x2.add(high, f64x2.promote_low_f32x4(upper)))
  return low64(a, b)
}

// @ts-ignore: decorator
@inline
function combined(row: usize, w: v128, v: v128, u: v128): v128 {
  const sum = f32x4.add(f32x4.mul(v128.load32_splat(row), w), f32x4.mul(v128.load32_splat(row, 4), v))
  return f32x4.add(f32x4.add(sum, f32x4.mul(v128.load32_splat(row, 8), u)), v128.load32_splat(row, 12))
}

// @ts-ignore: decorator
@inline
function fetch(at: usize, left: i32): v128 {
  if (left >= 4) return v128.load(at)
  let four = v128.load32_zero(at)
  if (left > 1) four = v128.load32_lane(at + 4, four, 1)
  if (left > 2) four = v128.load32_lane(at + 8, four, 2)
  return four
}

// @ts-ignore: decorator
@inline
function put(at: usize, four: v128, left: i32): void {
  if (left >= 4) return v128.store(at, four)
  v128.store32_lane(at, four, 0)
  if (left > 1) v128.store32_lane(at + 4, four, 1)
  if (left > 2) v128.store32_lane(at + 8, four, 2)
}
