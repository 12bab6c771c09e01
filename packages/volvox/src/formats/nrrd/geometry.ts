import { identity, spacingMm } from '../../core/affine.ts'
import { FormatError, shown } from '../../core/errors.ts'
import { checkAffine } from '../affine.ts'
import type { NrrdHeader } from './header.ts'

/** Which axes of the file are space, and where they lie. */
export interface NrrdGeometry {
  /** At most three. */
  readonly spatialAxes: readonly number[]
  /** Voxel (along those axes) to RAS+ millimetres. */
  readonly affine: readonly number[]
  readonly spacing: readonly number[]
}

/** Kinds of axes that are no samples of space. */
const valueKinds =
  /^(list|point|vector|covariant-vector|normal|stub|scalar|complex|(2|3|4)-vector|(3|4)-color|rgb-color|hsv-color|xyz-color|rgba-color|3-gradient|3-normal|quaternion|2d-.*|3d-.*|time)$/i

/**
 * Axes with a direction are space; without directions, those whose kind does not say otherwise. A space that is not
 * anatomical is taken as LPS, as ITK does; so is a file that names none.
 */
export function geometryOf({ fields, shape }: NrrdHeader, where: string): NrrdGeometry {
  const directions = directionsOf(fields['space directions'], shape.length, where)
  const kinds = fields.kinds?.split(/\s+/)
  const spatialAxes = shape
    .map((_, axis) => axis)
    .filter((axis) => (directions ? directions[axis] !== null : !valueKinds.test(kinds?.[axis] ?? '')))
    .slice(0, 3)
  const numbers = (name: string): (number | undefined)[] =>
    (fields[name]?.split(/\s+/) ?? []).map(Number).map((x) => (Number.isFinite(x) ? x : undefined))
  const [spacings, mins, maxs] = [numbers('spacings'), numbers('axis mins'), numbers('axis maxs')]
  const nodes = fields.centers?.split(/\s+/).map((centre) => /^node$/i.test(centre)) ?? []
  /** From one sample to the next, where no directions are given. */
  const stepOf = (axis: number): number => {
    const [min, max] = [mins[axis], maxs[axis]]
    if (spacings[axis] !== undefined || min === undefined || max === undefined) return spacings[axis] ?? 1
    return (max - min) / Math.max(1, shape[axis] - (nodes[axis] ? 1 : 0))
  }
  /** Extents are those of the samples' cells, unless samples are nodes. */
  const firstOf = (axis: number): number => {
    const min = mins[axis]
    return min === undefined ? 0 : min + (nodes[axis] ? 0 : stepOf(axis) / 2)
  }
  const origin = vectorOf(fields['space origin'] ?? '')
  const signs = signsOf(fields.space)
  const affine = identity()
  spatialAxes.forEach((axis, column) => {
    const direction = directions?.[axis] ?? unit(column, stepOf(axis))
    for (let row = 0; row < 3; row++)
      affine[row * 4 + column] = signs[row] * (direction[row] ?? (row === column ? 1 : 0)) + 0
  })
  if (spatialAxes.length === 2) completeNormal(affine)
  for (let row = 0; row < 3; row++) {
    const axis = spatialAxes[row]
    const start = origin ? origin[row] : directions || axis === undefined ? 0 : firstOf(axis)
    affine[row * 4 + 3] = signs[row] * (start ?? 0) + 0
  }
  checkAffine(affine, directions ? 'the matrix of space directions and origin' : 'the matrix of spacings', where)
  return { spatialAxes, affine, spacing: spacingMm(affine, spatialAxes.length) }
}

/** Lets a slice that contains the third direction of the world have its own normal as third axis. */
function completeNormal(affine: number[]): void {
  const [[ax, ay, az], [bx, by, bz]] = [0, 1].map((column) => [0, 4, 8].map((row) => affine[row + column]))
  const normal = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx]
  const length = Math.hypot(...normal)
  if (Math.abs(normal[2]) < 1e-6 * length) normal.forEach((x, row) => (affine[row * 4 + 2] = x / length))
}

function unit(axis: number, length: number): number[] {
  return [0, 1, 2].map((row) => (row === axis ? length : 0))
}

/** From the file's space to RAS, axis by axis. */
function signsOf(space = 'left-posterior-superior'): readonly number[] {
  const name = space.toLowerCase().replace(/-time$/, '')
  if (name === 'right-anterior-superior' || name === 'ras' || name === 'rast') return [1, 1, 1]
  if (name === 'left-anterior-superior' || name === 'las' || name === 'last') return [-1, 1, 1]
  return [-1, -1, 1]
}

/** One vector or `none` for each axis. */
function directionsOf(text: string | undefined, rank: number, where: string): (number[] | null)[] | null {
  if (text === undefined) return null
  const parts = text.match(/\([^()]*\)|none/gi) ?? []
  const vectors = parts.map((part) => (/^none$/i.test(part) ? null : vectorOf(part)))
  const damaged = vectors.some((vector, i) => !vector && !/^none$/i.test(parts[i]) && !/nan/i.test(parts[i]))
  if (parts.length !== rank || damaged)
    throw new FormatError(where, `space directions are ${shown(text)}; ${rank} axes need a vector or "none" each`)
  return vectors
}

function vectorOf(text: string): number[] | null {
  const numbers = /^\((.*)\)$/.exec(text.trim())?.[1].split(',').map(Number)
  return numbers?.every(Number.isFinite) ? numbers : null
}
