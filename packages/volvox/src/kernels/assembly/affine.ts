// Resampling through an affine map: output voxel o takes its value at input position m·o. Positions are float64, values
// and weights float32. A row is one run of output voxels along the last axis; along it every position moves by a
// constant step, so the part of the row whose neighbours all exist is known in advance and takes a path without checks.
import { interiorBegin, interiorEnd, restrict, startRow } from './interior'
import { cubicTaps, padded, paddedTwo, tapBytes, tapPlace, tapWeight } from './outside'
import { position, positions, startLine, axisBytes } from './positions'

// Modes; 0 is nearest.
const LINEAR = 1
const CUBIC = 2

/** The padding that is no other position. */
const ZEROS = 0

// Elements from one row of the source to the next, and from one slice to the next; negative where an axis is read backwards.
let rowStep: i32 = 0
let sliceStep: i32 = 0

// Positions differ by rounding errors from the matrix product that says which part of a row is inside.
const margin: f64 = 1e-6

/**
 * `source` is where the first voxel of [channels, d0, d1, d2] lies, whose rows, slices and channels are `row`, `slice` and
 * `channel` elements apart; `target` holds `rows` rows of [channels, o0, o1, o2] from row `top` on, of which begin..end are written; `matrix` is 3 rows of 4,
 * `norms` the same map between normalised coordinates, `bases` the normalised coordinates along o0, o1 and o2 (see
 * positions.ts), `taps` 216 bytes of scratch.
 * Images of two axes have d0 = o0 = 1 and a first matrix row of zeros.
 */
export function sampleAffine(
  source: usize, row: i32, slice: i32, channel: i32, target: usize, channels: i32, d0: i32, d1: i32, d2: i32, o0: i32, o1: i32, o2: i32,
  matrix: usize, norms: usize, bases: usize, taps: usize, mode: i32, padding: i32, alignCorners: i32,
  top: i32, rows: i32, begin: i32, end: i32,
): void {
  rowStep = row
  sliceStep = slice
  const sourceStep = <usize>channel << 2
  const targetStep = (<usize>rows * <usize>o2) << 2
  const sz = load<f64>(matrix, 16), sy = load<f64>(matrix, 48), sx = load<f64>(matrix, 80)
  const flat = d0 == 1 && sz == 0.0
  const line = taps + 3 * tapBytes
  const alongZ = line, alongY = line + axisBytes, alongX = line + 2 * axisBytes
  const bases1 = bases + (<usize>o0 << 3)
  const bases2 = bases1 + (<usize>o1 << 3)
  for (let at = begin; at < end; at++) {
    const a = <f64>(at / o1), b = <f64>(at % o1)
    const z = load<f64>(matrix, 0) * a + load<f64>(matrix, 8) * b + load<f64>(matrix, 24)
    const y = load<f64>(matrix, 32) * a + load<f64>(matrix, 40) * b + load<f64>(matrix, 56)
    const x = load<f64>(matrix, 64) * a + load<f64>(matrix, 72) * b + load<f64>(matrix, 88)
    startLine(line, norms, load<f64>(bases + (<usize>(at / o1) << 3)), load<f64>(bases1 + (<usize>(at % o1) << 3)), d0, d1, d2)
    const out = target + ((<usize>(at - top) * <usize>o2) << 2)
    if (mode == CUBIC) {
      for (let o = 0; o < o2; o++) {
        const base = load<f64>(bases2 + (<usize>o << 3))
        cubic(source, out + (<usize>o << 2), channels, sourceStep, targetStep, d0, d1, d2, position(alongZ, base), position(alongY, base), position(alongX, base), padding, alignCorners, taps)
      }
      continue
    }
    const below: f64 = mode == LINEAR ? margin : margin - 0.5
    const above: f64 = mode == LINEAR ? -1.0 - margin : -0.5 - margin
    const flatRow = flat && z == 0.0
    startRow(o2)
    if (!flatRow) restrict(z, sz, below, <f64>d0 + above)
    restrict(y, sy, below, <f64>d1 + above)
    restrict(x, sx, below, <f64>d2 + above)
    const first = interiorBegin
    let last = interiorEnd
    last = first + ((last - first) & ~3)
    if (mode == LINEAR) {
      if (flatRow) linearRowFlat(source, out, channels, sourceStep, targetStep, line, bases2, first, last)
      else linearRow(source, out, channels, sourceStep, targetStep, line, bases2, first, last)
    } else nearestRow(source, out, channels, sourceStep, targetStep, line, bases2, first, last)
    for (let o = 0; o < o2;) {
      if (o == first && last > first) {
        o = last
        continue
      }
      const four = min(o + 4, o < first && last > first ? first : o2)
      if (four == o + 4) {
        const from = bases2 + (<usize>o << 3)
        const low = v128.load(from), high = v128.load(from, 16)
        if (
          outsideFour(
            source, out + (<usize>o << 2), channels, sourceStep, targetStep, d0, d1, d2, mode, padding, alignCorners,
            positions(alongZ, low), positions(alongZ, high), positions(alongY, low), positions(alongY, high), positions(alongX, low), positions(alongX, high),
          )
        ) {
          o = four
          continue
        }
      }
      for (; o < four; o++) {
        const to = out + (<usize>o << 2)
        const base = load<f64>(bases2 + (<usize>o << 3))
        const pz = padded(position(alongZ, base), d0, padding, alignCorners)
        const py = padded(position(alongY, base), d1, padding, alignCorners)
        const px = padded(position(alongX, base), d2, padding, alignCorners)
        if (mode == LINEAR) linear(source, to, channels, sourceStep, targetStep, d0, d1, d2, pz, py, px)
        else nearestOne(source, to, channels, sourceStep, targetStep, d0, d1, d2, pz, py, px)
      }
    }
  }
}

/**
 * Four voxels at positions of which some lie outside, where what is taken for them has all its neighbours, or where all lie
 * so far outside that they are zero; false, and nothing is written, where neither is the case.
 */
function outsideFour(
  source: usize, to: usize, channels: i32, sourceStep: usize, targetStep: usize, d0: i32, d1: i32, d2: i32, mode: i32, padding: i32, alignCorners: i32,
  zl: v128, zh: v128, yl: v128, yh: v128, xl: v128, xh: v128,
): bool {
  if (padding == ZEROS) {
    const least = f64x2.splat(-1.0)
    const most0 = f64x2.splat(<f64>d0), most1 = f64x2.splat(<f64>d1), most2 = f64x2.splat(<f64>d2)
    const near = v128.or(
      v128.and(v128.and(within(zl, least, most0), within(yl, least, most1)), within(xl, least, most2)),
      v128.and(v128.and(within(zh, least, most0), within(yh, least, most1)), within(xh, least, most2)),
    )
    if (v128.any_true(near)) return false
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

// @ts-ignore: decorator
@inline
function within(x: v128, least: v128, most: v128): v128 {
  return v128.and(f64x2.gt(x, least), f64x2.lt(x, most))
}

/**
 * The same at positions that need not follow a pattern: `positions` holds three planes (z, y, x) of `count` float64 (or
 * float32, unless `doubles`), counted from the origin (z0, y0, x0); `target` [channels, count], of which the voxels begin..end are written.
 */
export function sampleField(
  source: usize, target: usize, channels: i32, d0: i32, d1: i32, d2: i32, positions: usize, count: i32, doubles: i32,
  z0: f64, y0: f64, x0: f64, taps: usize, mode: i32, padding: i32, alignCorners: i32, begin: i32, end: i32,
): void {
  rowStep = d2
  sliceStep = d1 * d2
  const sourceStep = (<usize>d0 * <usize>sliceStep) << 2
  const targetStep = <usize>count << 2
  const shift = doubles ? 3 : 2
  const plane = <usize>count << shift
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

// @ts-ignore: decorator
@inline
function between(x: v128, least: v128, most: v128): v128 {
  return v128.and(f64x2.ge(x, least), f64x2.lt(x, most))
}

// The largest number below 0.5: added and cut, it rounds half away from zero, and what is just below half down.
const almostHalf: f64 = 0.49999999999999994

// @ts-ignore: decorator
@inline
function rounded(position: f64): f64 {
  return trunc(position + copysign(almostHalf, position))
}

// @ts-ignore: decorator
@inline
function fractions(low: v128, high: v128): v128 {
  return i8x16.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
}

/** Positions that are not negative, cut to whole numbers. */
// @ts-ignore: decorator
@inline
function wholes(low: v128, high: v128): v128 {
  return i8x16.shuffle(i32x4.trunc_sat_f64x2_s_zero(low), i32x4.trunc_sat_f64x2_s_zero(high), 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
}

// @ts-ignore: decorator
@inline
function lerp(a: v128, b: v128, t: v128): v128 {
  return f32x4.add(a, f32x4.mul(t, f32x4.sub(b, a)))
}

/** Linear along x for four voxels whose left neighbours are at p0..p3: each load takes both neighbours. */
// @ts-ignore: decorator
@inline
function pairsAlongX(p0: usize, p1: usize, p2: usize, p3: usize, t: v128): v128 {
  const pairs01 = v128.load64_lane(p1, v128.load64_zero(p0), 1)
  const pairs23 = v128.load64_lane(p3, v128.load64_zero(p2), 1)
  const left = i8x16.shuffle(pairs01, pairs23, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
  const right = i8x16.shuffle(pairs01, pairs23, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
  return lerp(left, right, t)
}

/**
 * Linear in three dimensions for four voxels at positions whose eight neighbours all exist, as two halves for each axis;
 * written to `to` in every channel.
 */
// @ts-ignore: decorator
@inline
function linearFour(
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
    const near = lerp(pairsAlongX(p0, p1, p2, p3, tx), pairsAlongX(p0 + rowBytes, p1 + rowBytes, p2 + rowBytes, p3 + rowBytes, tx), ty)
    const q0 = p0 + sliceBytes, q1 = p1 + sliceBytes, q2 = p2 + sliceBytes, q3 = p3 + sliceBytes
    const far = lerp(pairsAlongX(q0, q1, q2, q3, tx), pairsAlongX(q0 + rowBytes, q1 + rowBytes, q2 + rowBytes, q3 + rowBytes, tx), ty)
    v128.store(to, lerp(near, far, tz))
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
function nearestFour(
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
    v128.store(to, v128.load32_lane(p3, v128.load32_lane(p2, v128.load32_lane(p1, v128.load32_zero(p0), 1), 2), 3))
    p0 += sourceStep
    p1 += sourceStep
    p2 += sourceStep
    p3 += sourceStep
    to += targetStep
  }
}

function linearRow(
  source: usize, out: usize, channels: i32, sourceStep: usize, targetStep: usize,
  line: usize, bases: usize, first: i32, last: i32,
): void {
  const row = rowStep, slice = sliceStep
  const alongZ = line, alongY = line + axisBytes, alongX = line + 2 * axisBytes
  for (let o = first; o < last; o += 4) {
    const from = bases + (<usize>o << 3)
    const low = v128.load(from), high = v128.load(from, 16)
    linearFour(
      source, out + (<usize>o << 2), channels, sourceStep, targetStep, row, slice,
      positions(alongZ, low), positions(alongZ, high), positions(alongY, low), positions(alongY, high), positions(alongX, low), positions(alongX, high),
    )
  }
}

function linearRowFlat(
  source: usize, out: usize, channels: i32, sourceStep: usize, targetStep: usize,
  line: usize, bases: usize, first: i32, last: i32,
): void {
  const row = i32x4.splat(rowStep)
  const rowBytes = <usize>rowStep << 2
  const alongY = line + axisBytes, alongX = line + 2 * axisBytes
  for (let o = first; o < last; o += 4) {
    const from = bases + (<usize>o << 3)
    const low = v128.load(from), high = v128.load(from, 16)
    const yl = positions(alongY, low), yh = positions(alongY, high)
    const xl = positions(alongX, low), xh = positions(alongX, high)
    const fyl = f64x2.floor(yl), fyh = f64x2.floor(yh)
    const fxl = f64x2.floor(xl), fxh = f64x2.floor(xh)
    const ty = fractions(f64x2.sub(yl, fyl), f64x2.sub(yh, fyh))
    const tx = fractions(f64x2.sub(xl, fxl), f64x2.sub(xh, fxh))
    const places = i32x4.add(i32x4.mul(wholes(fyl, fyh), row), wholes(fxl, fxh))
    let p0 = source + (<usize>i32x4.extract_lane(places, 0) << 2)
    let p1 = source + (<usize>i32x4.extract_lane(places, 1) << 2)
    let p2 = source + (<usize>i32x4.extract_lane(places, 2) << 2)
    let p3 = source + (<usize>i32x4.extract_lane(places, 3) << 2)
    let to = out + (<usize>o << 2)
    for (let c = 0; c < channels; c++) {
      v128.store(to, lerp(pairsAlongX(p0, p1, p2, p3, tx), pairsAlongX(p0 + rowBytes, p1 + rowBytes, p2 + rowBytes, p3 + rowBytes, tx), ty))
      p0 += sourceStep
      p1 += sourceStep
      p2 += sourceStep
      p3 += sourceStep
      to += targetStep
    }
  }
}

function nearestRow(
  source: usize, out: usize, channels: i32, sourceStep: usize, targetStep: usize,
  line: usize, bases: usize, first: i32, last: i32,
): void {
  const alongZ = line, alongY = line + axisBytes, alongX = line + 2 * axisBytes
  const row = rowStep, slice = sliceStep
  for (let o = first; o < last; o += 4) {
    const from = bases + (<usize>o << 3)
    const low = v128.load(from), high = v128.load(from, 16)
    nearestFour(
      source, out + (<usize>o << 2), channels, sourceStep, targetStep, row, slice,
      positions(alongZ, low), positions(alongZ, high), positions(alongY, low), positions(alongY, high), positions(alongX, low), positions(alongX, high),
    )
  }
}

/** One voxel anywhere: what lies outside counts as zero, which padding has already excluded unless it is "zeros". */
function nearestOne(
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
function mix(a: f32, b: f32, t: f32): f32 {
  return a + t * (b - a)
}

function linear(
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

function cubic(
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
