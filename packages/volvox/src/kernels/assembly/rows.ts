// Stretches of an output row: first it is noted where the neighbours of each position are (notes.ts), then the voxels are read.
import { bilinear, fourAt, trilinear } from './fourVoxels'
import { missing, missingX, missingY, missingZ, noteInner, notePadded, places, stretch, weightsX, weightsY, weightsZ } from './notes'
import { linear, mix, nearestOne } from './oneVoxel'
import { padded } from './outside'
import { axisBytes, position } from './positions'
import { LINEAR, rowStep, sliceStep } from './sampling'

/**
 * Voxels first..last of a row, a multiple of four, whose neighbours all exist; `line` is that of `startLine`, `notes` 7 KiB of
 * scratch. In a `flat` image nothing lies before or behind.
 */
export function innerRow(
  source: usize, out: usize, channels: i32, sourceStep: usize, targetStep: usize, mode: i32, flat: bool,
  line: usize, bases: usize, first: i32, last: i32, notes: usize,
): void {
  for (let o = first; o < last; o += stretch) {
    const count = min(stretch, last - o)
    const stop = notes + (<usize>count << 2)
    let to = out + (<usize>o << 2)
    noteInner(mode, line, bases + (<usize>o << 3), count, flat, notes)
    if (mode != LINEAR) for (let at = notes; at < stop; at += 16, to += 16) nearestFour(source, to, channels, sourceStep, targetStep, at)
    else if (flat) for (let at = notes; at < stop; at += 16, to += 16) linearFlatFour(source, to, channels, sourceStep, targetStep, at)
    else for (let at = notes; at < stop; at += 16, to += 16) linearFour(source, to, channels, sourceStep, targetStep, at)
  }
}

/** Voxels first..last of a row of `length` anywhere, where padding leads to positions within the image; up to three others with them. */
export function outerRow(
  source: usize, out: usize, channels: i32, sourceStep: usize, targetStep: usize, d0: i32, d1: i32, d2: i32,
  mode: i32, padding: i32, alignCorners: i32, line: usize, bases: usize, first: i32, last: i32, length: i32, notes: usize,
): void {
  const flat = d0 == 1
  const spare = (first - last) & 3
  if (last + spare <= length) last += spare
  else if (first >= spare) first -= spare
  for (let o = first; o < last; o += stretch) {
    const count = min(stretch, last - o) & ~3
    const stop = notes + (<usize>count << 2)
    let to = out + (<usize>o << 2)
    if (count > 0) notePadded(mode, line, bases + (<usize>o << 3), count, flat, notes, d0, d1, d2, padding, alignCorners)
    for (let at = notes; at < stop; at += 16, to += 16) {
      if (mode != LINEAR) nearestFour(source, to, channels, sourceStep, targetStep, at)
      else if (v128.any_true(v128.load(at + missing)))
        for (let i: usize = 0; i < 16; i += 4) edgeVoxel(source, to + i, channels, sourceStep, targetStep, flat, at + i)
      else if (flat) linearFlatFour(source, to, channels, sourceStep, targetStep, at)
      else linearFour(source, to, channels, sourceStep, targetStep, at)
    }
  }
  // Rows of fewer than four.
  for (let o = last - ((last - first) & 3); o < last; o++)
    anyVoxel(source, out + (<usize>o << 2), channels, sourceStep, targetStep, d0, d1, d2, mode, padding, alignCorners, line, load<f64>(bases + (<usize>o << 3)))
}

/** The voxel that is noted at `at`, of whose upper neighbours some do not exist. */
function edgeVoxel(source: usize, to: usize, channels: i32, sourceStep: usize, targetStep: usize, flat: bool, at: usize): void {
  const none = load<i32>(at + missing)
  const x: usize = none & missingX ? 0 : 4
  const y: usize = none & missingY ? 0 : <usize>rowStep << 2
  const z: usize = flat || none & missingZ ? 0 : <usize>sliceStep << 2
  const tx = load<f32>(at + weightsX), ty = load<f32>(at + weightsY), tz: f32 = flat ? 0 : load<f32>(at + weightsZ)
  let p = source + (<usize>load<i32>(at + places) << 2)
  for (let c = 0; c < channels; c++) {
    const q = p + z
    const near = mix(mix(load<f32>(p), load<f32>(p + x), tx), mix(load<f32>(p + y), load<f32>(p + y + x), tx), ty)
    const far = mix(mix(load<f32>(q), load<f32>(q + x), tx), mix(load<f32>(q + y), load<f32>(q + y + x), tx), ty)
    store<f32>(to, mix(near, far, tz))
    p += sourceStep
    to += targetStep
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
  const tz = v128.load(at + weightsZ), ty = v128.load(at + weightsY), tx = v128.load(at + weightsX)
  for (let c = 0; c < channels; c++) {
    const base = source + <usize>c * sourceStep
    const p0 = base + (<usize>load<i32>(at + places) << 2), p1 = base + (<usize>load<i32>(at + places, 4) << 2)
    const p2 = base + (<usize>load<i32>(at + places, 8) << 2), p3 = base + (<usize>load<i32>(at + places, 12) << 2)
    v128.store(to + <usize>c * targetStep, trilinear(p0, p1, p2, p3, rowBytes, sliceBytes, tx, ty, tz))
  }
}

// @ts-ignore: decorator
@inline
function linearFlatFour(source: usize, to: usize, channels: i32, sourceStep: usize, targetStep: usize, at: usize): void {
  const rowBytes = <usize>rowStep << 2
  const ty = v128.load(at + weightsY), tx = v128.load(at + weightsX)
  for (let c = 0; c < channels; c++) {
    const base = source + <usize>c * sourceStep
    const p0 = base + (<usize>load<i32>(at + places) << 2), p1 = base + (<usize>load<i32>(at + places, 4) << 2)
    const p2 = base + (<usize>load<i32>(at + places, 8) << 2), p3 = base + (<usize>load<i32>(at + places, 12) << 2)
    v128.store(to + <usize>c * targetStep, bilinear(p0, p1, p2, p3, rowBytes, tx, ty))
  }
}

// @ts-ignore: decorator
@inline
function nearestFour(source: usize, to: usize, channels: i32, sourceStep: usize, targetStep: usize, at: usize): void {
  for (let c = 0; c < channels; c++) {
    const base = source + <usize>c * sourceStep
    const p0 = base + (<usize>load<i32>(at + places) << 2), p1 = base + (<usize>load<i32>(at + places, 4) << 2)
    const p2 = base + (<usize>load<i32>(at + places, 8) << 2), p3 = base + (<usize>load<i32>(at + places, 12) << 2)
    v128.store(to + <usize>c * targetStep, fourAt(p0, p1, p2, p3))
  }
}
