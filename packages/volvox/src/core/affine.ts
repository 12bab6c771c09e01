import { ShapeError } from './errors.ts'
import { fma } from './fma.ts'

/**
 * A square matrix of an affine map, row-major, float64. Voxel-to-world maps are 4x4 in RAS+ millimetres
 * (x to the patient's right, y to the front, z to the head), as in NIfTI and MONAI's MetaTensor.
 */
export type Affine = readonly number[]

export function identity(size = 4): number[] {
  return Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0))
}

/** The number of rows of a square matrix. */
export function order(matrix: Affine): number {
  return Math.round(Math.sqrt(matrix.length))
}

/** a·b: first b, then a. */
export function multiply(a: Affine, b: Affine): number[] {
  const n = order(a)
  if (a.length !== b.length)
    throw new ShapeError('multiply', `matrices of ${n} and ${order(b)} rows do not go together`)
  const out = new Array<number>(n * n).fill(0)
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const aik = a[i * n + k]
      if (aik !== 0) for (let j = 0; j < n; j++) out[i * n + j] += aik * b[k * n + j]
    }
  return out
}

/** a·b with fused multiply-adds, as NumPy's BLAS has it; torch's product of small matrices is `multiply`. */
export function multiplyFused(a: Affine, b: Affine): number[] {
  const n = order(a)
  return Array.from({ length: n * n }, (_, at) => {
    let sum = 0
    for (let k = 0; k < n; k++) sum = fma(a[at - (at % n) + k], b[k * n + (at % n)], sum)
    return sum
  })
}

/** Inverse by Gauss-Jordan elimination with partial pivoting. */
export function invert(matrix: Affine, where = 'affine'): number[] {
  const n = order(matrix)
  const a = [...matrix]
  const out = identity(n)
  for (let column = 0; column < n; column++) {
    let pivot = column
    for (let row = column + 1; row < n; row++)
      if (Math.abs(a[row * n + column]) > Math.abs(a[pivot * n + column])) pivot = row
    const divisor = a[pivot * n + column]
    if (!(Math.abs(divisor) > 0) || !Number.isFinite(divisor)) throw singular(where)
    for (let j = 0; j < n; j++) {
      swap(a, pivot * n + j, column * n + j)
      swap(out, pivot * n + j, column * n + j)
      a[column * n + j] /= divisor
      out[column * n + j] /= divisor
    }
    for (let row = 0; row < n; row++) {
      const factor = a[row * n + column]
      if (row === column || factor === 0) continue
      for (let j = 0; j < n; j++) {
        a[row * n + j] -= factor * a[column * n + j]
        out[row * n + j] -= factor * out[column * n + j]
      }
    }
  }
  return out
}

/**
 * a⁻¹·b by LU decomposition with partial pivoting. In the order and with the roundings of the LAPACK that NumPy calls,
 * as far as they are known: whether a position that should be half-way between voxels ends up above or below depends
 * on the last bit.
 */
export function solve(a: Affine, b: Affine, where = 'affine'): number[] {
  const n = order(a)
  const lu = [...a]
  const out = [...b]
  for (let k = 0; k < n; k++) {
    let pivot = k
    for (let row = k + 1; row < n; row++) if (Math.abs(lu[row * n + k]) > Math.abs(lu[pivot * n + k])) pivot = row
    const divisor = lu[pivot * n + k]
    if (!(Math.abs(divisor) > 0) || !Number.isFinite(divisor)) throw singular(where)
    for (let j = 0; j < n; j++) {
      swap(lu, pivot * n + j, k * n + j)
      swap(out, pivot * n + j, k * n + j)
    }
    for (let row = k + 1; row < n; row++) {
      const factor = lu[row * n + k] * (1 / divisor)
      for (let j = k + 1; j < n; j++) lu[row * n + j] -= factor * lu[k * n + j]
      for (let j = 0; j < n; j++) out[row * n + j] = fma(-factor, out[k * n + j], out[row * n + j])
    }
  }
  for (let k = n - 1; k >= 0; k--)
    for (let j = 0; j < n; j++) {
      const value = out[k * n + j] * (1 / lu[k * n + k])
      out[k * n + j] = value
      for (let row = 0; row < k; row++) out[row * n + j] = fma(-lu[row * n + k], value, out[row * n + j])
    }
  return out.map((x) => x + 0) // no -0, which JSON would not keep
}

function singular(where: string): ShapeError {
  return new ShapeError(where, 'the matrix has no inverse; each axis must point in a direction of its own')
}

/** The image of `point` (without the homogeneous 1). */
export function applyAffine(matrix: Affine, point: readonly number[]): number[] {
  const n = order(matrix)
  return Array.from({ length: n - 1 }, (_, i) => {
    let sum = matrix[i * n + n - 1]
    for (let j = 0; j < n - 1; j++) sum += matrix[i * n + j] * (point[j] ?? 0)
    return sum
  })
}

export function translation(offsets: readonly number[]): number[] {
  const n = offsets.length + 1
  const out = identity(n)
  offsets.forEach((offset, i) => (out[i * n + n - 1] = offset))
  return out
}

export function scaling(factors: readonly number[]): number[] {
  const n = factors.length + 1
  const out = identity(n)
  factors.forEach((factor, i) => (out[i * n + i] = factor))
  return out
}

/**
 * The matrix for `spatialDims` axes: rows and columns beyond them are dropped or filled from the identity, the
 * translation column kept (MONAI `to_affine_nd`).
 */
export function resized(matrix: Affine, spatialDims: number): number[] {
  const n = order(matrix)
  const m = spatialDims + 1
  const out = identity(m)
  const shared = Math.min(n, m) - 1
  for (let i = 0; i < shared; i++) {
    for (let j = 0; j < shared; j++) out[i * m + j] = matrix[i * n + j]
    out[i * m + m - 1] = matrix[i * n + n - 1]
  }
  return out
}

/** Millimetres between neighbouring voxels along each of the first `spatialDims` axes. */
export function spacingMm(matrix: Affine, spatialDims = order(matrix) - 1): number[] {
  const n = order(matrix)
  return Array.from({ length: spatialDims }, (_, j) =>
    Math.sqrt(Array.from({ length: n - 1 }, (_, i) => matrix[i * n + j] ?? 0).reduce((sum, x) => sum + x * x, 0)),
  )
}

function swap(values: number[], i: number, j: number): void {
  ;[values[i], values[j]] = [values[j], values[i]]
}
