import { identity, multiply, order, resized, scaling, translation, type Affine } from '../../core/affine.ts'

/** Parameters of an affine map about the image's centre; missing ones change nothing. */
export interface AffineParams {
  /** Radians: one angle in 2-D, up to three about the first, second and third axis in 3-D. */
  readonly rotateParams?: number | readonly number[] | null
  readonly shearParams?: number | readonly number[] | null
  /** Voxels. */
  readonly translateParams?: number | readonly number[] | null
  readonly scaleParams?: number | readonly number[] | null
}

/** Rotation, shear, translation and scaling in MONAI's order, as a matrix for centred voxel coordinates. */
export function affineMatrix(rank: number, params: AffineParams): number[] {
  const { rotateParams, shearParams, translateParams, scaleParams } = params
  const factors = [
    rotateParams != null && rotation(rank, listed(rotateParams)),
    shearParams != null && shear(rank, listed(shearParams)),
    translateParams != null && translation(filled(listed(translateParams), rank, 0)),
    scaleParams != null && scaling(filled(listed(scaleParams), rank, 1)),
  ]
  return factors.reduce<number[]>(
    (product, factor) => (factor ? multiply(product, factor) : product),
    identity(rank + 1),
  )
}

function listed(value: number | readonly number[]): readonly number[] {
  return typeof value === 'number' ? [value] : value
}

/** The first `length` values, with `missing` for those that are not there. */
function filled(values: readonly number[], length: number, missing: number): number[] {
  return Array.from({ length }, (_, i) => values[i] ?? missing)
}

/** Turns in the planes (1, 2), (2, 0) and (0, 1) of three axes; in the only plane of two. */
export function rotation(rank: number, radians: readonly number[]): number[] {
  const planes = rank === 2 ? [[0, 1]] : [[1, 2], [2, 0], [0, 1]] // prettier-ignore
  return radians
    .slice(0, planes.length)
    .reduce<number[]>((product, angle, i) => multiply(product, turn(rank, planes[i], angle)), identity(rank + 1))
}

function turn(rank: number, [from, to]: readonly number[], angle: number): number[] {
  const n = rank + 1
  const out = identity(n)
  out[from * n + from] = out[to * n + to] = Math.cos(angle)
  out[from * n + to] = -Math.sin(angle)
  out[to * n + from] = Math.sin(angle)
  return out
}

/** Off-diagonal elements row by row. */
function shear(rank: number, coefficients: readonly number[]): number[] {
  const out = identity(rank + 1)
  let next = 0
  for (let i = 0; i < rank; i++)
    for (let j = 0; j < rank; j++) if (i !== j) out[i * (rank + 1) + j] = coefficients[next++] ?? 0
  return out
}

/** A matrix given as nested rows or flat, for `rank` axes. */
export function givenMatrix(values: readonly (number | readonly number[])[], rank: number): Affine | null {
  const flat = values.flat() as number[] // rows or numbers, both flatten to numbers
  const n = order(flat)
  return n * n === flat.length && n >= rank ? resized(flat, rank) : null
}
