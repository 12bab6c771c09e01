// Voxels of any stored type and order as float32 in C order. Axes are taken in tiles: stored voxels mostly run along
// another axis than the result's, and a tile uses whole cache lines of both.

const tileRows = 32
const tileColumns = 8

/**
 * Rows begin..end of the first axis, into `target` that holds those from `top` on, of an image of n0 x n1 x n2 voxels, whose voxel (a, b, c) is stored as element
 * a·s0 + b·s1 + c·s2 of `source`. Types: 0 int8, 1 uint8, 2 int16, 3 uint16, 4 int32, 5 uint32, 6 float32, 7 float64.
 * Values are scaled in float64 where `scaled`.
 */
export function gatherFloats(
  source: usize, type: i32, target: usize, n1: i32, n2: i32, s0: i32, s1: i32, s2: i32,
  scaled: i32, slope: f64, intercept: f64, top: i32, begin: i32, end: i32,
): void {
  if (type == 0) gather<i8>(source, target, n1, n2, s0, s1, s2, scaled, slope, intercept, top, begin, end)
  else if (type == 1) gather<u8>(source, target, n1, n2, s0, s1, s2, scaled, slope, intercept, top, begin, end)
  else if (type == 2) gather<i16>(source, target, n1, n2, s0, s1, s2, scaled, slope, intercept, top, begin, end)
  else if (type == 3) gather<u16>(source, target, n1, n2, s0, s1, s2, scaled, slope, intercept, top, begin, end)
  else if (type == 4) gather<i32>(source, target, n1, n2, s0, s1, s2, scaled, slope, intercept, top, begin, end)
  else if (type == 5) gather<u32>(source, target, n1, n2, s0, s1, s2, scaled, slope, intercept, top, begin, end)
  else if (type == 6) gather<f32>(source, target, n1, n2, s0, s1, s2, scaled, slope, intercept, top, begin, end)
  else gather<f64>(source, target, n1, n2, s0, s1, s2, scaled, slope, intercept, top, begin, end)
}

function gather<T>(
  source: usize, target: usize, n1: i32, n2: i32, s0: i32, s1: i32, s2: i32,
  scaled: i32, slope: f64, intercept: f64, top: i32, begin: i32, end: i32,
): void {
  const step0 = s0 * <i32>sizeof<T>(), step1 = s1 * <i32>sizeof<T>(), step2 = s2 * <i32>sizeof<T>()
  const rowBytes = n2 << 2
  const sliceBytes = n1 * rowBytes
  for (let a0 = begin; a0 < end; a0 += tileRows) {
    const a1 = min(end, a0 + tileRows)
    for (let b = 0; b < n1; b++)
      for (let c0 = 0; c0 < n2; c0 += tileColumns) {
        const c1 = min(n2, c0 + tileColumns)
        for (let a = a0; a < a1; a++) {
          let from = source + a * step0 + b * step1 + c0 * step2
          let to = target + (a - top) * sliceBytes + b * rowBytes + (c0 << 2)
          if (scaled)
            for (let c = c0; c < c1; c++) {
              store<f32>(to, <f32>(<f64>load<T>(from) * slope + intercept))
              from += step2
              to += 4
            }
          else if (c1 - c0 == tileColumns) {
            store<f32>(to, <f32>load<T>(from))
            store<f32>(to, <f32>load<T>(from + step2), 4)
            store<f32>(to, <f32>load<T>(from + 2 * step2), 8)
            store<f32>(to, <f32>load<T>(from + 3 * step2), 12)
            store<f32>(to, <f32>load<T>(from + 4 * step2), 16)
            store<f32>(to, <f32>load<T>(from + 5 * step2), 20)
            store<f32>(to, <f32>load<T>(from + 6 * step2), 24)
            store<f32>(to, <f32>load<T>(from + 7 * step2), 28)
          } else
            for (let c = c0; c < c1; c++) {
              store<f32>(to, <f32>load<T>(from))
              from += step2
              to += 4
            }
        }
      }
  }
}
