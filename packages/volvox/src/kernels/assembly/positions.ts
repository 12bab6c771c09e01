// Where output voxels lie in the input, with the arithmetic of torch: affine_grid gives the outer faces of a lattice the
// coordinates -1 and 1 and maps them by a matrix, term by term; grid_sample turns the result into voxel units. Doing
// the same in the same order decides as torch which neighbour is nearest to a position that should be half-way.

/** Bytes that `startLine` writes for each of the three axes of the input. */
export const axisBytes: usize = 40

/** Sets out for a row: what does not change along it. `norms` holds 3 rows of 4, (z, y, x, 1) to each input axis. */
export function startLine(line: usize, norms: usize, z: f64, y: f64, d0: i32, d1: i32, d2: i32): void {
  startAxis(line, norms, z, y, d0)
  startAxis(line + axisBytes, norms + 32, z, y, d1)
  startAxis(line + 2 * axisBytes, norms + 64, z, y, d2)
}

function startAxis(axis: usize, norm: usize, z: f64, y: f64, size: i32): void {
  store<f64>(axis, load<f64>(norm, 16))
  store<f64>(axis, load<f64>(norm, 8) * y, 8)
  store<f64>(axis, load<f64>(norm) * z, 16)
  store<f64>(axis, load<f64>(norm, 24), 24)
  store<f64>(axis, 0.5 * <f64>size, 32)
}

/** Position along an input axis of the voxel of the row with the normalised coordinate `x`. */
// @ts-ignore: decorator
@inline
export function position(axis: usize, x: f64): f64 {
  const normalised = x * load<f64>(axis) + load<f64>(axis, 8) + load<f64>(axis, 16) + load<f64>(axis, 24)
  return (normalised + 1.0) * load<f64>(axis, 32) - 0.5
}

/** The same for two voxels. */
// @ts-ignore: decorator
@inline
export function positions(axis: usize, x: v128): v128 {
  return positionsBy(x, v128.load64_splat(axis), v128.load64_splat(axis, 8), v128.load64_splat(axis, 16), v128.load64_splat(axis, 24), v128.load64_splat(axis, 32))
}

/** The same from what `startLine` wrote for the axis. */
// @ts-ignore: decorator
@inline
export function positionsBy(x: v128, a: v128, b: v128, c: v128, d: v128, half: v128): v128 {
  const normalised = f64x2.add(f64x2.add(f64x2.add(f64x2.mul(x, a), b), c), d)
  return f64x2.sub(f64x2.mul(f64x2.add(normalised, f64x2.splat(1.0)), half), f64x2.splat(0.5))
}
