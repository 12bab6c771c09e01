import { ShapeError, shown } from '../core/errors.ts'
import { floats, sameShape, type Tensor } from '../core/tensor.ts'
import { batchMetric } from './batchMetric.ts'

/**
 * The Fréchet distance of two sets of features `[images, features]`, as if each were normally distributed: the lower, the
 * more alike (Heusel et al. 2017; MONAI FIDMetric).
 */
export const FIDMetric = batchMetric({
  name: 'FIDMetric',
  options: {},
  value: (yPred, y) => floats([], [getFidScore(yPred, y)]),
})

/** |μ₁ - μ₂|² + tr(Σ₁ + Σ₂ - 2 √(Σ₁Σ₂)) of the features (MONAI `get_fid_score`). */
export function getFidScore(yPred: Tensor, y: Tensor | undefined): number {
  if (!y || yPred.shape.length !== 2 || y.shape.length !== 2 || yPred.shape[1] !== y.shape[1])
    throw new ShapeError(
      'FIDMetric',
      `features ${shown(yPred.shape)} and ${y ? shown(y.shape) : '(none)'} do not go together; give two [images, features]`,
    )
  const [a, b] = [centred(yPred), centred(y)]
  const shift = a.mean.reduce((sum, x, i) => sum + (x - b.mean[i]) ** 2, 0)
  // With Σ = XᵀX / (n - 1), tr √(Σ₁Σ₂) is the sum of the singular values of X₁X₂ᵀ / √((n₁ - 1)(n₂ - 1)).
  const scale = Math.sqrt((a.images - 1) * (b.images - 1))
  const both = singularValues(products(a.rows, b.rows)).reduce((sum, s) => sum + s, 0) / scale
  return shift + a.trace + b.trace - 2 * both
}

/**
 * The Fréchet distance of two normal distributions by their means `[features]` and covariances `[features, features]`
 * (MONAI `compute_frechet_distance`).
 */
export function computeFrechetDistance(muX: Tensor, sigmaX: Tensor, muY: Tensor, sigmaY: Tensor): number {
  const [features] = muX.shape
  for (const [mean, covariance] of [
    [muX, sigmaX],
    [muY, sigmaY],
  ])
    if (!sameShape(mean.shape, [features]) || !sameShape(covariance.shape, [features, features]))
      throw new ShapeError(
        'computeFrechetDistance',
        `mean ${shown(mean.shape)} and covariance ${shown(covariance.shape)} do not fit; give [features] and [features, features]`,
      )
  const at = ({ data }: Tensor, i: number) => Number(data[i])
  const shift = Array.from({ length: features }, (_, f) => (at(muX, f) - at(muY, f)) ** 2).reduce((a, b) => a + b, 0)
  const trace = (s: Tensor) =>
    Array.from({ length: features }, (_, f) => at(s, f * features + f)).reduce((a, b) => a + b, 0)
  // With Σ = L Lᵀ, tr √(Σ₁Σ₂) is the sum of the singular values of L₁ᵀ L₂.
  const both = singularValues(products(cholesky(sigmaX), cholesky(sigmaY))).reduce((sum, s) => sum + s, 0)
  return shift + trace(sigmaX) + trace(sigmaY) - 2 * both
}

/** The columns of the triangular L with Σ = L Lᵀ; where Σ is singular, some are 0. */
function cholesky({ shape: [n], data }: Tensor): Float64Array[] {
  const columns = Array.from({ length: n }, () => new Float64Array(n))
  for (let j = 0; j < n; j++) {
    const left = (i: number) => columns.reduce((rest, column) => rest - column[i] * column[j], Number(data[i * n + j]))
    const pivot = left(j)
    if (pivot <= 1e-12 * Number(data[j * n + j])) continue
    const root = Math.sqrt(pivot)
    const below = Array.from({ length: n - j }, (_, k) => left(j + k) / root)
    columns[j].set(below, j)
  }
  return columns
}

interface Centred {
  readonly mean: Float64Array
  readonly images: number
  /** Trace of the covariance. */
  readonly trace: number
  /** Rows whose products are those of the centred features: these themselves, or their triangular factor if it is smaller. */
  readonly rows: readonly Float64Array[]
}

function centred({ shape: [images, features], data }: Tensor): Centred {
  if (images < 2)
    throw new ShapeError('FIDMetric', `there are features of ${images} image; a covariance takes 2 or more`)
  const rows = Array.from({ length: images }, (_, n) =>
    Float64Array.from({ length: features }, (_, f) => Number(data[n * features + f])),
  )
  const mean = Float64Array.from({ length: features }, (_, f) => rows.reduce((sum, row) => sum + row[f], 0) / images)
  for (const row of rows) row.forEach((x, f) => (row[f] = x - mean[f]))
  const squares = rows.reduce((sum, row) => row.reduce((s, x) => s + x * x, sum), 0)
  return { mean, images, trace: squares / (images - 1), rows: images > features ? triangular(rows) : rows }
}

/** R of a QR factorisation by Gram and Schmidt, row by row. */
function triangular(rows: readonly Float64Array[]): Float64Array[] {
  const features = rows[0].length
  const columns = Array.from({ length: features }, (_, f) => Float64Array.from(rows, (row) => row[f]))
  return columns.map((column, i) => {
    const out = new Float64Array(features)
    const length = Math.sqrt(dot(column, column))
    if (length === 0) return out
    column.forEach((x, k) => (column[k] = x / length))
    out[i] = length
    for (let j = i + 1; j < features; j++) {
      out[j] = dot(column, columns[j])
      columns[j].forEach((x, k) => (columns[j][k] = x - out[j] * column[k]))
    }
    return out
  })
}

/** The columns of a·bᵀ, the fewer of the two. */
function products(a: readonly Float64Array[], b: readonly Float64Array[]): Float64Array[] {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a]
  return short.map((column) => Float64Array.from(long, (row) => dot(row, column)))
}

/** Singular values of a matrix given by its columns: one-sided Jacobi rotations until the columns are orthogonal. */
function singularValues(columns: readonly Float64Array[]): number[] {
  for (let sweep = 0, turned = true; turned && sweep < 60; sweep++) {
    turned = false
    for (let i = 0; i < columns.length; i++)
      for (let j = i + 1; j < columns.length; j++) {
        const [p, q] = [columns[i], columns[j]]
        const [pp, qq, pq] = [dot(p, p), dot(q, q), dot(p, q)]
        if (Math.abs(pq) <= 1e-14 * Math.sqrt(pp * qq)) continue
        turned = true
        const zeta = (qq - pp) / (2 * pq)
        const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta))
        const c = 1 / Math.sqrt(1 + t * t)
        for (let k = 0; k < p.length; k++) [p[k], q[k]] = [c * (p[k] - t * q[k]), c * (t * p[k] + q[k])]
      }
  }
  return columns.map((column) => Math.sqrt(dot(column, column)))
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k]
  return sum
}
