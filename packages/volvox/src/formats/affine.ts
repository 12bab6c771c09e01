import { invert, type Affine } from '../core/affine.ts'
import { FormatError, shown } from '../core/errors.ts'

/** Refuses a matrix that no image can have; `source` says which field it is from. */
export function checkAffine(matrix: Affine, source: string, where: string): void {
  if (matrix.some((x) => !Number.isFinite(x)))
    throw new FormatError(
      where,
      `${source} holds a number that is not finite, ${shown(matrix.slice(0, 12))}; the header is damaged`,
    )
  try {
    invert(matrix)
  } catch {
    throw new FormatError(
      where,
      `${source} is singular, ${shown(matrix.slice(0, 12))}; each voxel axis needs a direction of its own and a size above 0`,
    )
  }
}

/** The affine in LPS+ (of ITK and DICOM) of one in RAS+, or the other way round. */
export function turnedSpace(affine: Affine): number[] {
  return affine.map((x, i) => (i < 8 ? -x : x) + 0) // no -0
}
