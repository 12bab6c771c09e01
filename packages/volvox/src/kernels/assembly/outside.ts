// Positions outside of an image, by torch's grid_sample: "zeros" leaves them alone, "border" moves them to the nearest
// voxel centre, "reflection" mirrors them at voxel centres (alignCorners) or at the outer faces of the border voxels.

const BORDER = 1
export const REFLECTION = 2

export function padded(position: f64, size: i32, padding: i32, alignCorners: i32): f64 {
  if (padding == BORDER) return clamped(position, size)
  if (padding == REFLECTION) return clamped(reflected(position, size, alignCorners), size)
  return position
}

// @ts-ignore: decorator
@inline
function clamped(position: f64, size: i32): f64 {
  return min(max(position, 0.0), <f64>(size - 1))
}

function reflected(position: f64, size: i32, alignCorners: i32): f64 {
  const low: f64 = alignCorners ? 0.0 : -0.5
  const span: f64 = alignCorners ? <f64>(size - 1) : <f64>size
  if (span <= 0.0) return 0.0
  const distance = abs(position - low)
  const turns = floor(distance / span)
  const rest = distance - turns * span
  return (turns - 2.0 * floor(turns / 2.0) == 0.0 ? rest : span - rest) + low
}

/** The same for two positions. */
export function paddedTwo(position: v128, size: i32, padding: i32, alignCorners: i32): v128 {
  return padding == BORDER || padding == REFLECTION ? paddedBy(position, size, padding, alignCorners) : position
}

/** The same where padding is "border" or "reflection". */
// @ts-ignore: decorator
@inline
export function paddedBy(position: v128, size: i32, padding: i32, alignCorners: i32): v128 {
  const low = f64x2.splat(alignCorners ? 0.0 : -0.5), span = f64x2.splat(<f64>size - <f64>alignCorners)
  let moved = position
  if (padding == REFLECTION) {
    const distance = f64x2.abs(f64x2.sub(position, low))
    // Mostly another axis is left, and this one gets the rounding of the same steps.
    moved = i64x2.all_true(f64x2.lt(distance, span)) ? f64x2.add(distance, low) : turned(distance, span, low)
  }
  return f64x2.pmin(f64x2.pmax(moved, f64x2.splat(0.0)), f64x2.splat(<f64>(size - 1)))
}

/** Positions so far from the lower mirror, which is `span` from the upper one, as seen in both. */
function turned(distance: v128, span: v128, low: v128): v128 {
  if (f64x2.extract_lane(span, 0) <= 0.0) return f64x2.splat(0.0)
  const turns = f64x2.floor(f64x2.div(distance, span))
  const rest = f64x2.sub(distance, f64x2.mul(turns, span))
  const half = f64x2.floor(f64x2.div(turns, f64x2.splat(2.0)))
  const even = f64x2.eq(f64x2.sub(turns, f64x2.mul(f64x2.splat(2.0), half)), f64x2.splat(0.0))
  return f64x2.add(v128.bitselect(rest, f64x2.sub(span, rest), even), low)
}

// Bytes of the table of neighbours that `cubicTaps` fills for one axis: four indices (int32), four weights (float32).
export const tapBytes: usize = 32

/** The neighbours of a position for cubic convolution with a = -0.75, as torch; an axis of one voxel needs one. */
export function cubicTaps(table: usize, position: f64, size: i32, padding: i32, alignCorners: i32): i32 {
  if (size == 1 && position == 0.0) {
    store<i32>(table, 0)
    store<f32>(table, 1.0, 16)
    return 1
  }
  const base = floor(position)
  const t = <f32>(position - base)
  for (let k: usize = 0; k < 4; k++) store<i32>(table + (k << 2), place(base + <f64>k - 1.0, size, padding, alignCorners))
  store<f32>(table, far(t + 1.0), 16)
  store<f32>(table, near(t), 20)
  store<f32>(table, near(1.0 - t), 24)
  store<f32>(table, far(2.0 - t), 28)
  return 4
}

/** Index of a neighbour along its axis; -1 for one that does not exist. */
// @ts-ignore: decorator
@inline
export function tapPlace(table: usize, tap: i32): i32 {
  return load<i32>(table + (<usize>tap << 2))
}

// @ts-ignore: decorator
@inline
export function tapWeight(table: usize, tap: i32): f32 {
  return load<f32>(table + (<usize>tap << 2), 16)
}

function place(position: f64, size: i32, padding: i32, alignCorners: i32): i32 {
  const moved = padded(position, size, padding, alignCorners)
  return moved >= 0.0 && moved < <f64>size ? <i32>moved : -1
}

// |t| <= 1: ((a + 2)t - (a + 3))t² + 1;  1 < |t| < 2: ((at - 5a)t + 8a)t - 4a
// @ts-ignore: decorator
@inline
function near(t: f32): f32 {
  return (<f32>1.25 * t - <f32>2.25) * t * t + <f32>1.0
}

// @ts-ignore: decorator
@inline
function far(t: f32): f32 {
  return ((<f32>-0.75 * t + <f32>3.75) * t - <f32>6.0) * t + <f32>3.0
}
