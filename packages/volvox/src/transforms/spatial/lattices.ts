import { roundEven } from '../../core/convert.ts'
import { picks } from '../../core/lists.ts'
// The arithmetic of lattices with other voxel sizes: MONAI's `zoom_affine` and `compute_shape_offset`, with the roundings
// of NumPy's matrix products and solvers, since the last bit decides ties between voxels.
import { applyAffine, identity, multiplyFused, order, solve, spacingMm, type Affine } from '../../core/affine.ts'
import { fma } from '../../core/fma.ts'

/** The directions of `affine` with other voxel sizes (in mm) and no translation; `diagonal` drops the directions too. */
export function withSpacing(affine: Affine, sizesMm: readonly number[], diagonal: boolean): number[] {
  const n = order(affine)
  const rank = n - 1
  const current = spacingMm(affine)
  const sizes = sizesMm.map((size, axis) => (size > 0 ? size : current[axis]) || 1)
  const directions = diagonal ? identity(n) : orthonormal(affine)
  const out = identity(n)
  for (let i = 0; i < rank; i++) for (let j = 0; j < rank; j++) out[i * n + j] = directions[i * n + j] * sizes[j]
  return out
}

/** The rotation part: the columns made orthonormal one after the other, by the Cholesky factor of their products. */
function orthonormal(affine: Affine): number[] {
  const n = order(affine)
  const linear = affine.map((x, at) => (at % n === n - 1 || at >= n * (n - 1) ? (at === n * n - 1 ? 1 : 0) : x))
  const transposed = linear.map((_, at) => linear[(at % n) * n + Math.floor(at / n)])
  const factor = cholesky(multiplyFused(transposed, linear))
  return multiplyFused(linear, solve(factor, identity(n), 'Spacing.pixdim'))
}

/** The upper triangular matrix whose transpose times itself is `matrix`. */
function cholesky(matrix: Affine): number[] {
  const n = order(matrix)
  const out = new Array<number>(n * n).fill(0)
  for (let j = 0; j < n; j++)
    for (let i = j; i < n; i++) {
      let rest = matrix[i * n + j]
      for (let k = 0; k < j; k++) rest = fma(-out[k * n + i], out[k * n + j], rest)
      out[j * n + i] = i === j ? Math.sqrt(rest) : rest * (1 / out[j * n + j])
    }
  return out
}

/**
 * How many voxels of the lattice `to` (without its translation) cover an image on the lattice `from`, and the world
 * position of the first. By default the outermost voxel centres are covered, with `scaleExtent` their outer faces.
 */
export function coveringLattice(
  shape: readonly number[],
  from: Affine,
  to: Affine,
  scaleExtent: boolean,
): { shape: number[]; offset: number[] } {
  const corners = cornersOf(shape, scaleExtent)
  const between = solve(to, from, 'Spacing.pixdim')
  const seen = corners.map((corner) => applyAffine(between, corner))
  const range = shape.map((_, axis) => {
    const along = seen.map((point) => point[axis])
    return Math.max(...along) - Math.min(...along)
  })
  const size = range.map((extent) => roundEven(scaleExtent ? extent : extent + 1))
  const first = seen.findIndex((point) =>
    shape.every((_, axis) => seen.every((other) => other[axis] - point[axis] >= -1e-8)),
  )
  const n = order(from)
  // Without a corner that is first along all axes, the centres of both images are put on each other.
  const centre = (matrix: Affine, sizes: readonly number[]) =>
    applyAffine(
      matrix,
      sizes.map((s) => s / 2),
    )
  const offset = first >= 0 ? applyFused(from, corners[first]) : difference(centre(from, shape), centre(to, size))
  if (!scaleExtent) return { shape: size, offset }
  const shift = applyAffine(
    from,
    shape.map((s, axis) => 0.5 * (s / size[axis] - 1)),
  )
  return { shape: size, offset: shift.slice(0, n - 1).map((x, axis) => Math.abs(x) * Math.sign(offset[axis])) }
}

function difference(a: readonly number[], b: readonly number[]): number[] {
  return a.map((x, i) => x - b[i])
}

/** The image of `point`, the translation added last. */
function applyFused(matrix: Affine, point: readonly number[]): number[] {
  const n = order(matrix)
  return point.map((_, i) => point.reduce((sum, x, j) => fma(matrix[i * n + j], x, sum), 0) + matrix[i * n + n - 1])
}

/** The 2^rank corners in C order. */
function cornersOf(shape: readonly number[], outerFaces: boolean): number[][] {
  const ends = shape.map((n) => (outerFaces ? [-0.5, n - 0.5] : [0, n - 1]))
  return [...picks(ends)]
}
