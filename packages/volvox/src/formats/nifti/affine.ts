import { identity, type Affine } from '../../core/affine.ts'
import { directionsOf } from '../../core/orientation.ts'
import { checkAffine } from '../affine.ts'
import type { AffineRule } from '../format.ts'
import type { NiftiHeader } from './header.ts'

/**
 * The voxel-to-world matrix that a header means by `rule` (see `AffineRule`). With neither form coded the standard says
 * diag(pixdim); NiBabel, and so MONAI, takes Analyze's convention. All matrices stay derivable from the header in `meta`.
 */
export function niftiAffine(header: NiftiHeader, rule: AffineRule, where: string): number[] {
  const [source, matrix] = chosen(header, rule)
  // An axis that the image does not have may be left without direction.
  for (let axis = header.dim[0]; axis < 3; axis++)
    if ([0, 1, 2].every((row) => matrix[row * 4 + axis] === 0)) matrix[axis * 4 + axis] = 1
  checkAffine(matrix, source, where)
  return matrix
}

function chosen(header: NiftiHeader, rule: AffineRule): [source: string, matrix: number[]] {
  const best: [string, number[]] =
    header.sform_code > 0
      ? ['the sform', sformOf(header)]
      : header.qform_code > 0
        ? ['the qform', qformOf(header)]
        : ['the affine from pixdim', rule === 'standard' ? pixdimAffine(header) : centredAffine(header)]
  if (rule !== 'monai' || header.dim[0] > 4 || agrees(best[1], header)) return best
  // MONAI's loader prefers the form whose voxel sizes agree with pixdim, whatever the other's code.
  const [sform, qform] = [sformOf(header), qformOf(header)]
  const [sformFits, qformFits] = [agrees(sform, header), agrees(qform, header)]
  if (header.sform_code !== 0) return !sformFits && qformFits ? ['the qform', qform] : best
  return header.qform_code !== 0 && !qformFits && sformFits ? ['the sform', sform] : best
}

/** NumPy's `allclose` of the matrix's voxel sizes, computed over as many rows and columns as there are axes, and pixdim. */
function agrees(matrix: Affine, header: NiftiHeader): boolean {
  const axes = Array.from({ length: header.dim[0] }, (_, i) => i)
  return axes.every((column) => {
    const size = Math.hypot(...axes.map((row) => matrix[row * 4 + column])) || 1
    return Math.abs(header.pixdim[column + 1] - size) <= 1e-8 + 1e-5 * size
  })
}

export function sformOf(header: NiftiHeader): number[] {
  return [...header.srow_x, ...header.srow_y, ...header.srow_z, 0, 0, 0, 1]
}

/** Rotation by the quaternion (a, b, c, d), times the voxel sizes, the third with the sign of pixdim[0]; moved by qoffset. */
export function qformOf(header: NiftiHeader): number[] {
  let { quatern_b: b, quatern_c: c, quatern_d: d } = header
  const rest = 1 - (b * b + c * c + d * d)
  let a = 0
  if (rest > 1e-7) a = Math.sqrt(rest)
  else {
    // A half turn, whose vector part rounding may have made longer than 1.
    const length = Math.hypot(b, c, d)
    ;[b, c, d] = [b / length, c / length, d / length]
  }
  const [x, y, z] = voxelSizes(header)
  const flipped = header.pixdim[0] < 0 ? -z : z
  return [
    [(a * a + b * b - c * c - d * d) * x, 2 * (b * c - a * d) * y, 2 * (b * d + a * c) * flipped, header.qoffset_x],
    [2 * (b * c + a * d) * x, (a * a + c * c - b * b - d * d) * y, 2 * (c * d - a * b) * flipped, header.qoffset_y],
    [2 * (b * d - a * c) * x, 2 * (c * d + a * b) * y, (a * a + d * d - c * c - b * b) * flipped, header.qoffset_z],
    [0, 0, 0, 1],
  ].flat()
}

/** The standard's "method 1": voxel sizes from the first voxel. */
export function pixdimAffine(header: NiftiHeader): number[] {
  const out = identity()
  voxelSizes(header).forEach((size, axis) => (out[axis * 5] = size))
  return out
}

/** Analyze's convention as SPM and NiBabel read it: the first axis runs to the left, the centre is the origin. */
export function centredAffine(header: NiftiHeader): number[] {
  const out = pixdimAffine(header)
  out[0] = -out[0]
  for (const axis of [0, 1, 2]) {
    if (axis >= header.dim[0])
      out[axis * 5] = 1 // whatever pixdim says of an axis that is not there
    else out[axis * 4 + 3] = (-out[axis * 5] * (header.dim[axis + 1] - 1)) / 2
  }
  return out
}

function voxelSizes(header: NiftiHeader): number[] {
  return [0, 1, 2].map((axis) =>
    axis < header.dim[0] ? Math.abs(header.pixdim[axis + 1]) : Math.abs(header.pixdim[axis + 1]) || 1,
  )
}

/** The qform fields of a matrix: its rotation without shear. `exact` is false where a qform cannot stand for the matrix. */
export function qformFields(
  affine: Affine,
  spacing: readonly number[],
): { qfac: number; quaternion: [number, number, number]; exact: boolean } {
  const r = directionsOf(affine, 3)
  const exact = [0, 1, 2].every((i) =>
    [0, 1, 2].every((j) => Math.abs(r[i * 3 + j] * spacing[j] - affine[i * 4 + j]) <= 1e-5 * spacing[j]),
  )
  const determinant =
    r[0] * (r[4] * r[8] - r[5] * r[7]) - r[1] * (r[3] * r[8] - r[5] * r[6]) + r[2] * (r[3] * r[7] - r[4] * r[6])
  const qfac = determinant < 0 ? -1 : 1
  const [m00, m01, m02, m10, m11, m12, m20, m21, m22] = r.map((x, i) => (i % 3 === 2 ? x * qfac : x))
  // The largest component comes from the diagonal, the others from it, so that nothing small is divided by.
  const squares = [1 + m00 + m11 + m22, 1 + m00 - m11 - m22, 1 - m00 + m11 - m22, 1 - m00 - m11 + m22]
  const largest = squares.indexOf(Math.max(...squares))
  const s = 2 * Math.sqrt(squares[largest])
  const q = [
    [s / 4, (m21 - m12) / s, (m02 - m20) / s, (m10 - m01) / s],
    [(m21 - m12) / s, s / 4, (m01 + m10) / s, (m02 + m20) / s],
    [(m02 - m20) / s, (m01 + m10) / s, s / 4, (m12 + m21) / s],
    [(m10 - m01) / s, (m02 + m20) / s, (m12 + m21) / s, s / 4],
  ][largest]
  const sign = q[0] < 0 ? -1 : 1 // only the vector part is stored; the scalar part counts as positive
  return { qfac, quaternion: [sign * q[1], sign * q[2], sign * q[3]], exact }
}
