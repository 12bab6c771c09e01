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

/**
 * Rotation, shear, translation and scaling in MONAI's order, as a matrix for centred voxel coordinates. In float32,
 * as MONAI computes it.
 */
export function affineMatrix(rank: number, params: AffineParams): number[] {
  const { rotateParams, shearParams, translateParams, scaleParams } = params
  const factors = [
    rotateParams != null && rotation(rank, listed(rotateParams).map(Math.fround), multiply32),
    shearParams != null && shear(rank, listed(shearParams)),
    translateParams != null && translation(filled(listed(translateParams), rank, 0)),
    scaleParams != null && scaling(filled(listed(scaleParams), rank, 1)),
  ]
  return factors.reduce<number[]>(
    (product, factor) => (factor ? multiply32(product, factor) : product),
    identity(rank + 1),
  )
}

/** The product in float32, each sum rounded after every term. */
function multiply32(a: Affine, b: Affine): number[] {
  const n = order(a)
  const { fround } = Math
  return Array.from({ length: n * n }, (_, at) => {
    let sum = 0
    for (let k = 0; k < n; k++) sum = fround(sum + fround(a[at - (at % n) + k]) * fround(b[k * n + (at % n)]))
    return sum
  })
}

function listed(value: number | readonly number[]): readonly number[] {
  return typeof value === 'number' ? [value] : value
}

/** The first `length` values, with `missing` for those that are not there. */
function filled(values: readonly number[], length: number, missing: number): number[] {
  return Array.from({ length }, (_, i) => values[i] ?? missing)
}

/** Turns in the planes (1, 2), (2, 0) and (0, 1) of three axes; in the only plane of two. */
export function rotation(rank: number, radians: readonly number[], product = multiply): number[] {
  const planes = rank === 2 ? [[0, 1]] : [[1, 2], [2, 0], [0, 1]] // prettier-ignore
  return radians
    .slice(0, planes.length)
    .reduce<number[]>((matrix, angle, i) => product(matrix, turn(rank, planes[i], angle)), identity(rank + 1))
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
