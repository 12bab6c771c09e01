// The arithmetic of lattices with other voxel sizes: MONAI's `zoom_affine` and `compute_shape_offset`.
import { applyAffine, identity, invert, multiply, order, spacingMm, type Affine } from '../../core/affine.ts'
import { roundHalfEven } from './options.ts'

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

/** The rotation part: columns made orthonormal one after the other (Gram-Schmidt), which removes scale and shear. */
function orthonormal(affine: Affine): number[] {
  const n = order(affine)
  const rank = n - 1
  const out = identity(n)
  const columns: number[][] = []
  for (let j = 0; j < rank; j++) {
    const column = Array.from({ length: rank }, (_, i) => affine[i * n + j])
    for (const other of columns) {
      const shared = other.reduce((sum, x, i) => sum + x * column[i], 0)
      other.forEach((x, i) => (column[i] -= shared * x))
    }
    const length = Math.hypot(...column)
    columns.push(column.map((x) => x / length))
    columns[j].forEach((x, i) => (out[i * n + j] = x))
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
  const between = multiply(invert(to, 'Spacing.pixdim'), from)
  const seen = corners.map((corner) => applyAffine(between, corner))
  const range = shape.map((_, axis) => {
    const along = seen.map((point) => point[axis])
    return Math.max(...along) - Math.min(...along)
  })
  const size = range.map((extent) => roundHalfEven(scaleExtent ? extent : extent + 1))
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
  const offset = first >= 0 ? applyAffine(from, corners[first]) : difference(centre(from, shape), centre(to, size))
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

/** The 2^rank corners in C order. */
function cornersOf(shape: readonly number[], outerFaces: boolean): number[][] {
  const ends = shape.map((n) => (outerFaces ? [-0.5, n - 0.5] : [0, n - 1]))
  return ends.reduce<number[][]>((all, pair) => all.flatMap((corner) => pair.map((x) => [...corner, x])), [[]])
}
