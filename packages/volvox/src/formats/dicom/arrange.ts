import { FormatError } from '../../core/errors.ts'
import { identity, invert, type Affine } from '../../core/affine.ts'
import { turnedSpace } from '../affine.ts'
import { cross, dot, minus, times, type Slice, type Vector } from './slices.ts'
import { ordered } from './times.ts'

/** Slices as a lattice. */
export interface Stack {
  /** By place along the normal, then by time: all places have the same number. */
  readonly places: readonly (readonly Slice[])[]
  /** Voxel to world in RAS+ millimetres, voxels as column, row, slice. */
  readonly affine: Affine
  /** What orders images of one place, and its values. */
  readonly times: { readonly key: string | null; readonly values: readonly number[] | null } | null
  /** Sentences about what is odd but readable. */
  readonly warnings: readonly string[]
}

/** Distances that differ by more than this part of their mean (and 0.01 mm) are unequal. */
const tolerance = 0.02
/** Slices nearer than this lie at the same place. */
const samePlaceMm = 1e-3

/** Sorts slices along their normal; what does not make one lattice is told. `where` names the series. */
export function arrange(slices: readonly Slice[], where: string): Stack {
  const [first] = slices
  const warnings: string[] = []
  const unique = withoutCopies(slices, warnings)
  checkAlike(unique, where)
  if (!first.position || !first.across || !first.down || unique.some(({ position }) => !position))
    return unplaced(unique, where, warnings)
  const normal = cross(first.across, first.down)
  const along = (slice: Slice): number => dot(slice.position ?? [0, 0, 0], normal)
  const places = atPlaces(unique, along)
  const count = places[0].length
  const odd = places.find((slices) => slices.length !== count)
  if (odd)
    throw new FormatError(
      where,
      `its ${places.length} places have ${describedCounts(places)} images each, e.g. ${odd.length} where ${odd[0].name} lies; slices are doubled or missing, give the same number everywhere`,
    )
  const series = count > 1 ? ordered(places) : null
  const sorted = series?.places ?? places
  const positions = sorted.map(([slice]) => slice.position as Vector) // checked above
  warnings.push(...spacingWarnings(positions.map((position) => dot(position, normal))))
  const step = stepOf(positions, normal, first.stepMm)
  const shift = tiltOf(step, normal)
  if (shift > 0.1)
    warnings.push(`the slices are shifted against each other (gantry tilt of ${shift.toFixed(1)} degrees); the affine is sheared`) // prettier-ignore
  return { places: sorted, times: series, warnings, affine: affineOf(sorted[0][0], step, where) }
}

/**
 * The lattice of slices that may leave out some of its places, and have several images at others: as fine as its nearest
 * two places. Column, row, slice.
 */
export function latticeOf(slices: readonly Slice[], where: string): { shape: readonly number[]; affine: Affine } {
  checkAlike(slices, where)
  const [{ across, down, rows, columns, stepMm }] = slices
  if (!across || !down || slices.some(({ position }) => !position))
    throw new FormatError(where, 'its frames have no place in space; the file is damaged')
  const normal = cross(across, down)
  const places = atPlaces(slices, (slice) => dot(slice.position ?? [0, 0, 0], normal)).map(([slice]) => slice)
  const positions = places.map(({ position }) => position as Vector) // checked above
  const along = positions.map((position) => dot(position, normal))
  const gaps = along.slice(1).map((place, i) => place - along[i])
  const gap = Math.min(...gaps)
  const uneven = gaps.find((one) => Math.abs(one / gap - Math.round(one / gap)) > 0.05)
  const count = gaps.length === 0 ? 1 : Math.round((along[along.length - 1] - along[0]) / gap) + 1
  if (uneven !== undefined || count > 65535)
    throw new FormatError(where, `its frames are ${gap.toFixed(3)} to ${(uneven ?? gap).toFixed(3)} mm apart, which makes no lattice; give the series that was segmented`) // prettier-ignore
  const step = count === 1 ? times(normal, stepMm) : times(minus(positions[positions.length - 1], positions[0]), 1 / (count - 1)) // prettier-ignore
  return { shape: [columns, rows, count], affine: affineOf(places[0], step, where) }
}

/** The same object twice, e.g. copied under another name. */
function withoutCopies(slices: readonly Slice[], warnings: string[]): Slice[] {
  const seen = new Set<string>()
  const kept = slices.filter(({ uid, frame }) => {
    const key = `${uid} ${frame}`
    return uid === '' || (!seen.has(key) && seen.add(key))
  })
  const copies = slices.length - kept.length
  if (copies > 0) warnings.push(`${copies} ${copies === 1 ? 'image was' : 'images were'} there twice (the same object under several names); one of each is used`) // prettier-ignore
  return kept
}

function checkAlike(slices: readonly Slice[], where: string): void {
  const [first] = slices
  const size = ({ rows, columns }: Slice) => `${columns} x ${rows}`
  const other = slices.find((slice) => size(slice) !== size(first))
  if (other) throw mixed(where, 'sizes', `${size(first)} (${first.name}) and ${size(other)} (${other.name})`)
  const turned = slices.find(({ across, down }) => angle(across, first.across) + angle(down, first.down) > 1e-2)
  if (turned) throw mixed(where, 'orientations', `those of ${first.name} and ${turned.name}`)
  const scaled = slices.find(({ pixelMm }) => pixelMm.some((mm, i) => Math.abs(mm / first.pixelMm[i] - 1) > 1e-3))
  if (scaled) throw mixed(where, 'pixel spacings', `${first.pixelMm.join(' x ')} mm (${first.name}) and ${scaled.pixelMm.join(' x ')} mm (${scaled.name})`) // prettier-ignore
}

function mixed(where: string, what: string, which: string): FormatError {
  return new FormatError(where, `its images have different ${what}, ${which}; put what belongs together into a folder of its own`) // prettier-ignore
}

/** Largest difference of two directions. */
function angle(a: Vector | null, b: Vector | null): number {
  if (!a || !b) return a === b ? 0 : 1
  return Math.max(...minus(a, b).map(Math.abs))
}

/** Without places in space: in the order of instance numbers, the first axis to the left, the second to the back, as ITK has it. */
function unplaced(slices: readonly Slice[], where: string, warnings: readonly string[]): Stack {
  const sorted = [...slices].sort((a, b) => (a.instance ?? 0) - (b.instance ?? 0) || a.frame - b.frame)
  const [first] = sorted
  const affine = affineOf({ ...first, position: [0, 0, 0], across: [1, 0, 0], down: [0, 1, 0] }, [0, 0, first.stepMm], where) // prettier-ignore
  return { places: sorted.map((slice) => [slice]), times: null, warnings, affine }
}

function atPlaces(slices: readonly Slice[], along: (slice: Slice) => number): Slice[][] {
  const sorted = [...slices].sort((a, b) => along(a) - along(b) || (a.instance ?? 0) - (b.instance ?? 0) || a.frame - b.frame) // prettier-ignore
  const places: Slice[][] = []
  let last = -Infinity
  for (const slice of sorted) {
    const at = along(slice)
    if (at - last > samePlaceMm) places.push([slice])
    else places[places.length - 1].push(slice)
    last = at
  }
  return places
}

function describedCounts(places: readonly (readonly Slice[])[]): string {
  const counts = [...new Set(places.map(({ length }) => length))].sort((a, b) => a - b)
  return counts.length > 2 ? `${counts[0]} to ${counts[counts.length - 1]}` : counts.join(' or ')
}

/** From one slice to the next, on average: what the affine's third column is. */
function stepOf(positions: readonly Vector[], normal: Vector, alone: number): Vector {
  const count = positions.length - 1
  return count === 0 ? times(normal, alone) : times(minus(positions[count], positions[0]), 1 / count)
}

function spacingWarnings(places: readonly number[]): string[] {
  const gaps = places.slice(1).map((place, i) => place - places[i])
  if (gaps.length < 2) return []
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor(gaps.length / 2)]
  const uneven = gaps.filter((gap) => Math.abs(gap - usual) > Math.max(0.01, tolerance * usual))
  if (uneven.length === 0) return []
  const multiple = uneven.every((gap) => {
    const times = gap / usual
    return times > 1.5 && Math.abs(times - Math.round(times)) < 0.1
  })
  const range = `${Math.min(...gaps).toFixed(3)} to ${Math.max(...gaps).toFixed(3)} mm`
  if (!multiple) return [`the slices are unequally far apart (${range}); the affine has their mean distance`]
  const missing = uneven.reduce((sum, gap) => sum + Math.round(gap / usual) - 1, 0)
  return [`${missing} ${missing === 1 ? 'slice seems' : 'slices seem'} to be missing (distances of ${range}); the affine has the mean distance`] // prettier-ignore
}

/** Degrees between the way from slice to slice and the normal. */
function tiltOf(step: Vector, normal: Vector): number {
  const cosine = Math.abs(dot(step, normal)) / Math.sqrt(dot(step, step) * dot(normal, normal))
  return (Math.acos(Math.min(1, cosine)) * 180) / Math.PI
}

/** Column, row, slice to RAS+ of a slice that has a place; `step` leads to the next one. */
export function sliceAffine({ position, across, down, pixelMm }: Slice, step: Vector): Affine {
  const lps = identity()
  for (let row = 0; row < 3; row++) {
    lps[4 * row] = (across?.[row] ?? 0) * pixelMm[0]
    lps[4 * row + 1] = (down?.[row] ?? 0) * pixelMm[1]
    lps[4 * row + 2] = step[row]
    lps[4 * row + 3] = position?.[row] ?? 0
  }
  return turnedSpace(lps)
}

function affineOf(slice: Slice, step: Vector, where: string): Affine {
  const affine = sliceAffine(slice, step)
  try {
    invert(affine)
  } catch {
    throw new FormatError(where, 'ImageOrientationPatient (0020,0037) and the positions of its slices span no volume; the file is damaged') // prettier-ignore
  }
  return affine
}
