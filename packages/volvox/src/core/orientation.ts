import { order, resized, type Affine } from './affine.ts'
import { OptionError, ShapeError, shown } from './errors.ts'

/**
 * For each voxel axis the world axis that it follows most closely, and whether it runs the same way (1) or against it
 * (-1); null for an axis that has no direction of its own. NiBabel's "orientation" array, row by row.
 */
export type AxisDirections = readonly (AxisDirection | null)[]
export type AxisDirection = readonly [axis: number, flip: 1 | -1]

/** For each world axis the letters of its negative and its positive end. */
export type AxisLabels = readonly (readonly [negative: string, positive: string])[]

/** Letters of RAS+ space: left to right, posterior to anterior, inferior to superior. */
export const rasLabels: AxisLabels = [
  ['L', 'R'],
  ['P', 'A'],
  ['I', 'S'],
]

/**
 * The matrix with orthonormal columns that is nearest to the axis directions of `affine`, row-major, n rows: shear and
 * voxel sizes removed (the orthogonal factor of the polar decomposition). Of lower rank where axes are zero or parallel.
 */
export function directionsOf(affine: Affine, spatialDims = order(affine) - 1): number[] {
  const n = spatialDims
  const matrix = resized(affine, n)
  const columns = Array.from({ length: n }, (_, j) => {
    const column = Array.from({ length: n }, (_, i) => matrix[i * (n + 1) + j])
    const length = Math.hypot(...column)
    return length === 0 ? column : column.map((x) => x / length)
  })
  const turns = orthogonalise(columns) // now columns[k] = s[k] u[k], and turns[k] = v[k]
  const singular = columns.map((column) => Math.hypot(...column))
  const tolerance = Math.max(...singular) * n * Number.EPSILON
  const out = new Array<number>(n * n).fill(0)
  singular.forEach((s, k) => {
    if (!(s > tolerance)) return
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[i * n + j] += (columns[k][i] / s) * turns[k][j]
  })
  return out
}

/** One-sided Jacobi: turns pairs of columns until all are at right angles; gives the right singular vectors. */
function orthogonalise(columns: number[][]): number[][] {
  const n = columns.length
  const turns = Array.from({ length: n }, (_, k) => Array.from({ length: n }, (_, j) => (j === k ? 1 : 0)))
  const maxSweeps = 60 // it converges quadratically, within about 6; matrices of NaN never do
  for (let sweep = 0, turned = true; turned && sweep < maxSweeps; sweep++) {
    turned = false
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const product = dot(columns[p], columns[q])
        const [pp, qq] = [dot(columns[p], columns[p]), dot(columns[q], columns[q])]
        if (!(Math.abs(product) > Number.EPSILON * Math.sqrt(pp * qq))) continue
        turned = true
        const zeta = (qq - pp) / (2 * product)
        const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta))
        const cosine = 1 / Math.hypot(1, tangent)
        for (const vectors of [columns, turns]) turn(vectors[p], vectors[q], cosine, cosine * tangent)
      }
  }
  return turns
}

function turn(a: number[], b: number[], cosine: number, sine: number): void {
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i], b[i]]
    a[i] = cosine * x - sine * y
    b[i] = sine * x + cosine * y
  }
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + x * b[i], 0)
}

/** Which world axis each of the first `spatialDims` voxel axes follows (NiBabel `io_orientation`). */
export function orientationOf(affine: Affine, spatialDims = order(affine) - 1): AxisDirections {
  const n = spatialDims
  const rotation = directionsOf(affine, n)
  const axes = Array.from({ length: n }, (_, j) => j)
  const strongest = (j: number): number => Math.max(...axes.map((i) => rotation[i * n + j] ** 2))
  const strengths = axes.map(strongest)
  const out = new Array<AxisDirection | null>(n).fill(null)
  // The clearest axis chooses first, so that an oblique one cannot take its place.
  for (const j of [...axes].sort((a, b) => strengths[b] - strengths[a] || a - b)) {
    const column = axes.map((i) => rotation[i * n + j])
    if (column.every((x) => Math.abs(x) <= 1e-8)) continue
    const axis = column.reduce((best, x, i) => (Math.abs(x) > Math.abs(column[best]) ? i : best), 0)
    out[j] = [axis, column[axis] < 0 ? -1 : 1]
    for (const k of axes) rotation[axis * n + k] = 0
  }
  return out
}

/** The letter of the world direction in which each voxel axis runs, e.g. `['R', 'A', 'S']`; `'?'` where it has none. */
export function axcodesOf(affine: Affine, spatialDims = order(affine) - 1, labels: AxisLabels = rasLabels): string[] {
  return orientationOf(affine, spatialDims).map((direction) =>
    direction ? (labels[direction[0]]?.[direction[1] < 0 ? 0 : 1] ?? '?') : '?',
  )
}

/** The directions that letters such as `'RAS'` or `['L', 'P', 'S']` ask for (NiBabel `axcodes2ornt`). */
export function orientationFrom(
  axcodes: Iterable<string>,
  labels: AxisLabels = rasLabels,
  where = 'axcodes',
): AxisDirection[] {
  const codes = [...axcodes]
  const out = codes.map((code): AxisDirection => {
    const axis = labels.findIndex((ends) => ends.includes(code))
    if (axis < 0)
      throw new OptionError(
        where,
        `${shown(code)} is not a direction; use letters of ${labels.map((ends) => ends.join('/')).join(', ')}`,
      )
    return [axis, code === labels[axis][0] ? -1 : 1]
  })
  if (new Set(out.map(([axis]) => axis)).size < out.length)
    throw new OptionError(
      where,
      `${shown(codes.join(''))} names a direction twice; use one letter of each pair ${labels.map((ends) => ends.join('/')).join(', ')}`,
    )
  return out
}

/**
 * The move of axes that leads from directions `start` to `end`: for each axis of `start`, the place that it takes and
 * whether it is reversed (NiBabel `ornt_transform`).
 */
export function orientationTransform(
  start: AxisDirections,
  end: AxisDirections,
  where = 'orientation',
): AxisDirection[] {
  if (start.length !== end.length)
    throw new ShapeError(where, `${end.length} directions are asked for; the image has ${start.length} spatial axes`)
  return start.map((from): AxisDirection => {
    const place = from ? end.findIndex((to) => to !== null && to[0] === from[0]) : -1
    const to = end[place]
    if (!from || !to)
      throw new ShapeError(
        where,
        'an axis of the image has no counterpart among the directions asked for; check its affine',
      )
    return [place, from[1] === to[1] ? 1 : -1]
  })
}

/**
 * The matrix from voxels of the moved array to voxels of the array before (NiBabel `inv_ornt_aff`); `shape` is the
 * spatial shape before. An image's new affine is its old affine times this.
 */
export function orientationAffine(move: readonly AxisDirection[], shape: readonly number[]): number[] {
  const n = move.length
  const out = new Array<number>((n + 1) ** 2).fill(0)
  out[(n + 1) ** 2 - 1] = 1
  move.forEach(([place, flip], axis) => {
    out[axis * (n + 1) + place] = flip
    if (flip < 0) out[axis * (n + 1) + n] = shape[axis] - 1
  })
  return out
}
