// Where the neighbours of the positions along a stretch of a row are, noted axis by axis, so that what does not change along the
// row stays in registers.
import { fractions, wholes } from './fourVoxels'
import { paddedBy, REFLECTION } from './outside'
import { axisBytes, position, positionsBy } from './positions'
import { almostHalf, LINEAR, rowStep, sliceStep } from './sampling'
import { evens32, odds32 } from './shuffles'

/** Voxels of a stretch. */
export const stretch: i32 = 256
const part: usize = stretch << 2
/** Elements from the first voxel to the lower (or nearest) neighbour: along z, along z and y, and along all axes. */
const sumZ: usize = 0
const sumY: usize = part
export const places: usize = 2 * part
/** How far the position is beyond the lower neighbour, along each axis. */
export const weightsZ: usize = 3 * part
export const weightsY: usize = 4 * part
export const weightsX: usize = 5 * part
/** Axes along which the upper neighbour does not exist; its weight is then 0. */
export const missing: usize = 6 * part
export const missingZ = 1
export const missingY = 2
export const missingX = 4

/**
 * Notes `count` voxels, a multiple of four, whose neighbours all exist, from the coordinate at `bases` on; `line` is that of
 * `startLine`. In a `flat` image nothing lies before or behind.
 */
export function noteInner(mode: i32, line: usize, bases: usize, count: i32, flat: bool, notes: usize): void {
  const lineY = line + axisBytes, lineX = line + 2 * axisBytes
  if (mode == LINEAR) {
    if (!flat) lower(line, bases, count, sliceStep, notes, true, sumZ, weightsZ)
    lower(lineY, bases, count, rowStep, notes, flat, sumY, weightsY)
    lower(lineX, bases, count, 1, notes, false, places, weightsX)
  } else {
    closest(line, bases, count, sliceStep, notes, true, sumZ)
    closest(lineY, bases, count, rowStep, notes, false, sumY)
    closest(lineX, bases, count, 1, notes, false, places)
  }
}

/** The same for voxels anywhere, where padding leads to positions within the image. */
export function notePadded(
  mode: i32, line: usize, bases: usize, count: i32, flat: bool, notes: usize, d0: i32, d1: i32, d2: i32, padding: i32, alignCorners: i32,
): void {
  const lineY = line + axisBytes, lineX = line + 2 * axisBytes
  if (mode == LINEAR) {
    if (!flat) lowerPadded(line, bases, count, sliceStep, notes, true, sumZ, weightsZ, missingZ, d0, padding, alignCorners)
    lowerPadded(lineY, bases, count, rowStep, notes, flat, sumY, weightsY, missingY, d1, padding, alignCorners)
    lowerPadded(lineX, bases, count, 1, notes, false, places, weightsX, missingX, d2, padding, alignCorners)
  } else {
    closestPadded(line, bases, count, sliceStep, notes, true, sumZ, d0, padding, alignCorners)
    closestPadded(lineY, bases, count, rowStep, notes, false, sumY, d1, padding, alignCorners)
    closestPadded(lineX, bases, count, 1, notes, false, places, d2, padding, alignCorners)
  }
}

// Along one axis, whose voxels are `step` elements apart; the `first` one begins the sums.

function lower(axis: usize, bases: usize, count: i32, step: i32, notes: usize, first: bool, sums: usize, weights: usize): void {
  between(axis, bases, count, step, notes, first, sums, weights, 0, false, 0, 0, 0)
}

function lowerPadded(
  axis: usize, bases: usize, count: i32, step: i32, notes: usize, first: bool, sums: usize, weights: usize, bit: i32, size: i32, padding: i32, alignCorners: i32,
): void {
  between(axis, bases, count, step, notes, first, sums, weights, bit, true, size, padding, alignCorners)
}

function closest(axis: usize, bases: usize, count: i32, step: i32, notes: usize, first: bool, sums: usize): void {
  if (!counted(axis, bases, count, step, notes, first, sums, false, 0, 0)) exact(axis, bases, count, step, notes, first, sums, false, 0, 0, 0)
}

function closestPadded(
  axis: usize, bases: usize, count: i32, step: i32, notes: usize, first: bool, sums: usize, size: i32, padding: i32, alignCorners: i32,
): void {
  const simple = padding != REFLECTION || alignCorners == 0
  if (!simple || !counted(axis, bases, count, step, notes, first, sums, true, size, padding))
    exact(axis, bases, count, step, notes, first, sums, true, size, padding, alignCorners)
}

/** 1.5·2^52: added to a whole number, it leaves that in the lowest bits. */
const wholeBits: f64 = 6755399441055744.0

/** Lower neighbours and weights, with the arithmetic of torch. */
// @ts-ignore: decorator
@inline
function between(
  axis: usize, bases: usize, count: i32, step: i32, notes: usize, first: bool, sums: usize, weights: usize, bit: i32,
  pads: bool, size: i32, padding: i32, alignCorners: i32,
): void {
  const a = v128.load64_splat(axis), b = v128.load64_splat(axis, 8), c = v128.load64_splat(axis, 16), d = v128.load64_splat(axis, 24), half = v128.load64_splat(axis, 32)
  const steps = i32x4.splat(step), add = f64x2.splat(wholeBits), last = i32x4.splat(size - 1), bits = i32x4.splat(bit)
  for (let at = notes, stop = notes + (<usize>count << 2); at < stop; at += 16, bases += 32) {
    let low = positionsBy(v128.load(bases), a, b, c, d, half), high = positionsBy(v128.load(bases, 16), a, b, c, d, half)
    if (pads) {
      low = paddedBy(low, size, padding, alignCorners)
      high = paddedBy(high, size, padding, alignCorners)
    }
    const below = f64x2.floor(low), belowHigh = f64x2.floor(high)
    const whole = evens32(f64x2.add(below, add), f64x2.add(belowHigh, add))
    v128.store(at + weights, fractions(f64x2.sub(low, below), f64x2.sub(high, belowHigh)))
    if (pads) noteMissing(at + missing, first, i32x4.eq(whole, last), bits)
    noteSum(at + sums, first, i32x4.mul(whole, steps))
  }
}

const unit: f64 = 4294967296.0
const farthest: f64 = 1073741824.0
/** So near to half-way, in 2^-32, the exact position decides: 255 steps are off by half as much as this at most. */
const doubt: i32 = 256

/**
 * Nearest voxels. Positions along a row are evenly spaced, so they are counted in 2^-32 of a voxel from that of the first one, and
 * mirrored at the outer faces. False where that does not decide: where one is about half-way, mirrored twice, or too far.
 */
// @ts-ignore: decorator
@inline
function counted(
  axis: usize, bases: usize, count: i32, step: i32, notes: usize, first: bool, sums: usize, pads: bool, size: i32, padding: i32,
): bool {
  const from = position(axis, load<f64>(bases)), to = position(axis, load<f64>(bases + (<usize>(count - 1) << 3)))
  if (!(abs(from) < farthest && abs(to) < farthest)) return false
  const each = <i64>nearest<f64>((to - from) / <f64>(count - 1) * unit)
  const start = <i64>floor(from * unit)
  let low = i64x2.replace_lane(i64x2.splat(start), 1, start + each)
  let high = i64x2.add(low, i64x2.splat(2 * each))
  const next = i64x2.splat(4 * each), steps = i32x4.splat(step), half = i32x4.splat(<i32>0x80000000), near = i32x4.splat(doubt)
  const last = i32x4.splat(size - 1), around = i32x4.splat(2 * size), mirrors = padding == REFLECTION
  let undecided = i32x4.splat(0)
  for (let at = notes, stop = notes + (<usize>count << 2); at < stop; at += 16) {
    const rest = evens32(low, high)
    let place = i32x4.sub(odds32(low, high), i32x4.shr_s(rest, 31))
    low = i64x2.add(low, next)
    high = i64x2.add(high, next)
    undecided = v128.or(undecided, i32x4.lt_u(i32x4.abs(v128.xor(rest, half)), near))
    if (pads) {
      if (mirrors) {
        // -1 - i before the first voxel, 2·size - 1 - i behind the last one.
        const above = i32x4.gt_s(place, last)
        place = i32x4.add(v128.xor(place, v128.or(i32x4.shr_s(place, 31), above)), v128.and(above, around))
        undecided = v128.or(undecided, i32x4.gt_u(place, last))
      }
      place = i32x4.min_s(i32x4.max_s(place, i32x4.splat(0)), last)
    }
    noteSum(at + sums, first, i32x4.mul(place, steps))
  }
  return !v128.any_true(undecided)
}

/** Nearest voxels with the arithmetic of torch. */
// @ts-ignore: decorator
@inline
function exact(
  axis: usize, bases: usize, count: i32, step: i32, notes: usize, first: bool, sums: usize, pads: bool, size: i32, padding: i32, alignCorners: i32,
): void {
  const a = v128.load64_splat(axis), b = v128.load64_splat(axis, 8), c = v128.load64_splat(axis, 16), d = v128.load64_splat(axis, 24), half = v128.load64_splat(axis, 32)
  const steps = i32x4.splat(step), rounding = f64x2.splat(almostHalf)
  for (let at = notes, stop = notes + (<usize>count << 2); at < stop; at += 16, bases += 32) {
    let low = positionsBy(v128.load(bases), a, b, c, d, half), high = positionsBy(v128.load(bases, 16), a, b, c, d, half)
    if (pads) {
      low = paddedBy(low, size, padding, alignCorners)
      high = paddedBy(high, size, padding, alignCorners)
    }
    noteSum(at + sums, first, i32x4.mul(wholes(f64x2.add(low, rounding), f64x2.add(high, rounding)), steps))
  }
}

/** Behind what was noted of the axis before. */
// @ts-ignore: decorator
@inline
function noteSum(at: usize, first: bool, elements: v128): void {
  v128.store(at, first ? elements : i32x4.add(v128.load(at - part), elements))
}

// @ts-ignore: decorator
@inline
function noteMissing(at: usize, first: bool, where: v128, bits: v128): void {
  const found = v128.and(where, bits)
  v128.store(at, first ? found : v128.or(v128.load(at), found))
}
