// Stretches of an output row. First it is noted where the neighbours of each position are, axis by axis, so that what does not
// change along the row stays in registers; then the voxels are read.
import { bilinear, fourAt, fractions, trilinear, wholes } from './fourVoxels'
import { linear, nearestOne } from './oneVoxel'
import { padded, paddedBy } from './outside'
import { axisBytes, position, positionsBy } from './positions'
import { almostHalf, LINEAR, rowStep, sliceStep } from './sampling'
import { evens32 } from './shuffles'

/** Voxels of a stretch. */
const stretch: i32 = 256
/** What is noted of each: its lower (or nearest) neighbour, how far the position is beyond it, and whether all neighbours exist. */
const alongZ: usize = stretch << 2
const alongY: usize = 2 * alongZ
const alongX: usize = 3 * alongZ
const exists: usize = 4 * alongZ

/**
 * Voxels first..last of a row, a multiple of four, whose neighbours all exist; `line` is that of `startLine`, `notes` 5 KiB of
 * scratch. In a `flat` image nothing lies before or behind.
 */
export function innerRow(
  source: usize, out: usize, channels: i32, sourceStep: usize, targetStep: usize, mode: i32, flat: bool,
  line: usize, bases: usize, first: i32, last: i32, notes: usize,
): void {
  for (let o = first; o < last; o += stretch) {
    const count = min(stretch, last - o)
    const from = bases + (<usize>o << 3)
    const stop = notes + (<usize>count << 2)
    let to = out + (<usize>o << 2)
    if (mode == LINEAR) {
      if (!flat) lower(line, from, count, sliceStep, notes, alongZ, true)
      lower(line + axisBytes, from, count, rowStep, notes, alongY, flat)
      lower(line + 2 * axisBytes, from, count, 1, notes, alongX, false)
      if (flat) for (let at = notes; at < stop; at += 16, to += 16) linearFlatFour(source, to, channels, sourceStep, targetStep, at)
      else for (let at = notes; at < stop; at += 16, to += 16) linearFour(source, to, channels, sourceStep, targetStep, at)
    } else {
      nearest(line, from, count, sliceStep, notes, true)
      nearest(line + axisBytes, from, count, rowStep, notes, false)
      nearest(line + 2 * axisBytes, from, count, 1, notes, false)
      for (let at = notes; at < stop; at += 16, to += 16) nearestFour(source, to, channels, sourceStep, targetStep, at)
    }
  }
}

/** Voxels first..last of a row anywhere, where padding leads to positions within the image. */
export function outerRow(
  source: usize, out: usize, channels: i32, sourceStep: usize, targetStep: usize, d0: i32, d1: i32, d2: i32,
  mode: i32, padding: i32, alignCorners: i32, line: usize, bases: usize, first: i32, last: i32, notes: usize,
): void {
  const flat = d0 == 1
  const lineY = line + axisBytes, lineX = line + 2 * axisBytes
  for (let o = first; o < last; o += stretch) {
    const end = min(o + stretch, last)
    const count = (end - o) & ~3
    const from = bases + (<usize>o << 3)
    if (mode == LINEAR) {
      if (!flat) lowerPadded(line, from, count, sliceStep, notes, alongZ, true, d0, padding, alignCorners)
      lowerPadded(lineY, from, count, rowStep, notes, alongY, flat, d1, padding, alignCorners)
      lowerPadded(lineX, from, count, 1, notes, alongX, false, d2, padding, alignCorners)
    } else {
      nearestPadded(line, from, count, sliceStep, notes, true, d0, padding, alignCorners)
      nearestPadded(lineY, from, count, rowStep, notes, false, d1, padding, alignCorners)
      nearestPadded(lineX, from, count, 1, notes, false, d2, padding, alignCorners)
    }
    for (let i = o; i < end; ) {
      const at = notes + (<usize>(i - o) << 2), to = out + (<usize>i << 2)
      if (i - o < count && i32x4.all_true(v128.load(at + exists))) {
        if (mode != LINEAR) nearestFour(source, to, channels, sourceStep, targetStep, at)
        else if (flat) linearFlatFour(source, to, channels, sourceStep, targetStep, at)
        else linearFour(source, to, channels, sourceStep, targetStep, at)
        i += 4
        continue
      }
      for (const next = min(i + 4, end); i < next; i++)
        anyVoxel(source, out + (<usize>i << 2), channels, sourceStep, targetStep, d0, d1, d2, mode, padding, alignCorners, line, load<f64>(bases + (<usize>i << 3)))
    }
  }
}

/** The voxel of a row with the normalised coordinate `base`. */
export function anyVoxel(
  source: usize, to: usize, channels: i32, sourceStep: usize, targetStep: usize, d0: i32, d1: i32, d2: i32,
  mode: i32, padding: i32, alignCorners: i32, line: usize, base: f64,
): void {
  const z = padded(position(line, base), d0, padding, alignCorners)
  const y = padded(position(line + axisBytes, base), d1, padding, alignCorners)
  const x = padded(position(line + 2 * axisBytes, base), d2, padding, alignCorners)
  if (mode == LINEAR) linear(source, to, channels, sourceStep, targetStep, d0, d1, d2, z, y, x)
  else nearestOne(source, to, channels, sourceStep, targetStep, d0, d1, d2, z, y, x)
}

// Four voxels by what is noted of them.

// @ts-ignore: decorator
@inline
function linearFour(source: usize, to: usize, channels: i32, sourceStep: usize, targetStep: usize, at: usize): void {
  const rowBytes = <usize>rowStep << 2, sliceBytes = <usize>sliceStep << 2
  const tz = v128.load(at + alongZ), ty = v128.load(at + alongY), tx = v128.load(at + alongX)
  for (let c = 0; c < channels; c++) {
    const base = source + <usize>c * sourceStep
    const p0 = base + (<usize>load<i32>(at) << 2), p1 = base + (<usize>load<i32>(at, 4) << 2)
    const p2 = base + (<usize>load<i32>(at, 8) << 2), p3 = base + (<usize>load<i32>(at, 12) << 2)
    v128.store(to + <usize>c * targetStep, trilinear(p0, p1, p2, p3, rowBytes, sliceBytes, tx, ty, tz))
  }
}

// @ts-ignore: decorator
@inline
function linearFlatFour(source: usize, to: usize, channels: i32, sourceStep: usize, targetStep: usize, at: usize): void {
  const rowBytes = <usize>rowStep << 2
  const ty = v128.load(at + alongY), tx = v128.load(at + alongX)
  for (let c = 0; c < channels; c++) {
    const base = source + <usize>c * sourceStep
    const p0 = base + (<usize>load<i32>(at) << 2), p1 = base + (<usize>load<i32>(at, 4) << 2)
    const p2 = base + (<usize>load<i32>(at, 8) << 2), p3 = base + (<usize>load<i32>(at, 12) << 2)
    v128.store(to + <usize>c * targetStep, bilinear(p0, p1, p2, p3, rowBytes, tx, ty))
  }
}

// @ts-ignore: decorator
@inline
function nearestFour(source: usize, to: usize, channels: i32, sourceStep: usize, targetStep: usize, at: usize): void {
  for (let c = 0; c < channels; c++) {
    const base = source + <usize>c * sourceStep
    const p0 = base + (<usize>load<i32>(at) << 2), p1 = base + (<usize>load<i32>(at, 4) << 2)
    const p2 = base + (<usize>load<i32>(at, 8) << 2), p3 = base + (<usize>load<i32>(at, 12) << 2)
    v128.store(to + <usize>c * targetStep, fourAt(p0, p1, p2, p3))
  }
}

// Notes of `count` voxels along one axis, whose voxels are `step` elements apart; the `first` axis sets what others add to.

function lower(axis: usize, bases: usize, count: i32, step: i32, notes: usize, part: usize, first: bool): void {
  note(axis, bases, count, step, notes, part, first, true, false, 0, 0, 0)
}

function lowerPadded(
  axis: usize, bases: usize, count: i32, step: i32, notes: usize, part: usize, first: bool, size: i32, padding: i32, alignCorners: i32,
): void {
  note(axis, bases, count, step, notes, part, first, true, true, size, padding, alignCorners)
}

function nearest(axis: usize, bases: usize, count: i32, step: i32, notes: usize, first: bool): void {
  note(axis, bases, count, step, notes, 0, first, false, false, 0, 0, 0)
}

function nearestPadded(
  axis: usize, bases: usize, count: i32, step: i32, notes: usize, first: bool, size: i32, padding: i32, alignCorners: i32,
): void {
  note(axis, bases, count, step, notes, 0, first, false, true, size, padding, alignCorners)
}

// @ts-ignore: decorator
@inline
function note(
  axis: usize, bases: usize, count: i32, step: i32, notes: usize, part: usize, first: bool, between: bool,
  pads: bool, size: i32, padding: i32, alignCorners: i32,
): void {
  const a = v128.load64_splat(axis), b = v128.load64_splat(axis, 8), c = v128.load64_splat(axis, 16), d = v128.load64_splat(axis, 24), half = v128.load64_splat(axis, 32)
  const steps = i32x4.splat(step), rounding = f64x2.splat(almostHalf)
  const least = f64x2.splat(between ? 0.0 : -0.25), most = f64x2.splat(<f64>size - (between ? 1.0 : 0.75))
  for (let at = notes, stop = notes + (<usize>count << 2); at < stop; at += 16, bases += 32) {
    let low = positionsBy(v128.load(bases), a, b, c, d, half), high = positionsBy(v128.load(bases, 16), a, b, c, d, half)
    if (pads) {
      low = paddedBy(low, size, padding, alignCorners)
      high = paddedBy(high, size, padding, alignCorners)
      const inside = evens32(inRange(low, least, most), inRange(high, least, most))
      v128.store(at + exists, first ? inside : v128.and(inside, v128.load(at + exists)))
    }
    let places: v128
    if (between) {
      const below = f64x2.floor(low), belowHigh = f64x2.floor(high)
      v128.store(at + part, fractions(f64x2.sub(low, below), f64x2.sub(high, belowHigh)))
      places = i32x4.mul(wholes(below, belowHigh), steps)
    } else places = i32x4.mul(wholes(f64x2.add(low, rounding), f64x2.add(high, rounding)), steps)
    v128.store(at, first ? places : i32x4.add(v128.load(at), places))
  }
}

// @ts-ignore: decorator
@inline
function inRange(x: v128, least: v128, most: v128): v128 {
  return v128.and(f64x2.ge(x, least), f64x2.lt(x, most))
}
