import { fma } from '../core/fma.ts'

/** A map of lattices in torch's coordinates, which are -1 and 1 at the outer faces of an image. */
export interface Normalised {
  /** Output to input coordinates: 3 rows of 4 for (z, y, x, 1). */
  readonly norms: Float64Array
  /** Coordinates of the voxel centres along the three output axes, one axis after the other. */
  readonly bases: Float64Array
}

/** `rows`, 3 rows of 4 that map output to input voxels, between normalised coordinates (MONAI `to_norm_affine`). */
export function normalised(rows: Float64Array, shape: readonly number[], outShape: readonly number[]): Normalised {
  const norms = new Float64Array(12)
  const scale = outShape.map((n) => 1 / (2 / n))
  const shift = outShape.map((n, j) => -(1 / n - 1) * scale[j])
  shape.forEach((size, i) => {
    const [toUnit, least] = [2 / size, 1 / size - 1]
    let offset = 0
    outShape.forEach((_, j) => {
      const entry = toUnit * rows[i * 4 + j]
      norms[i * 4 + j] = entry * scale[j]
      offset += entry * shift[j]
    })
    norms[i * 4 + 3] = offset + (toUnit * rows[i * 4 + 3] + least)
  })
  return { norms, bases: Float64Array.from(outShape.flatMap(centres)) }
}

/** Normalised coordinates of `n` voxel centres: torch's `linspace` from -1 to 1, counted from both ends, then narrowed. */
function centres(n: number): readonly number[] {
  if (n < 2) return new Array<number>(n).fill(0)
  const known = knownCentres.get(n)
  if (known) return known
  const step = 2 / (n - 1)
  const found = Array.from({ length: n }, (_, i) => {
    const x = i < Math.floor(n / 2) ? fma(step, i, -1) : fma(-step, n - 1 - i, 1)
    return (x * (n - 1)) / n
  })
  if (knownCentres.size < 64) knownCentres.set(n, found)
  return found
}

/** Crops are mostly of a few sizes, and fused sums are slow in JavaScript. */
const knownCentres = new Map<number, readonly number[]>()
