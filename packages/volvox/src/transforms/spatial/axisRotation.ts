import { OptionError, shown } from '../../core/errors.ts'
import { order, type Affine } from '../../core/affine.ts'

/** Cosine and sine of degrees; exact for quarter turns. */
function unit(degrees: number): readonly [cos: number, sin: number] {
  const quarter = degrees / 90
  if (Number.isInteger(quarter)) return ([[1, 0], [0, 1], [-1, 0], [0, -1]] as const)[((quarter % 4) + 4) % 4] // prettier-ignore
  const radians = (degrees * Math.PI) / 180
  return [Math.cos(radians), Math.sin(radians)]
}

/** The rotation by Rodrigues' formula, R = cos·I + (1 - cos)·uuᵀ + sin·[u]ₓ, as a 4x4 matrix for (x, y, z). */
export function axisRotation(where: string, axis: readonly number[], degrees: number): number[] {
  const length = Math.hypot(...axis)
  if (axis.length !== 3 || !(length > 0))
    throw new OptionError(`${where}.axis`, `${shown(axis)} is no direction; give three numbers that are not all 0`)
  const u = axis.map((x) => x / length)
  const [cos, sin] = unit(degrees)
  const cross = [0, -u[2], u[1], u[2], 0, -u[0], -u[1], u[0], 0]
  const out = new Array<number>(16).fill(0)
  out[15] = 1
  for (let i = 0; i < 3; i++)
    for (let j = 0; j < 3; j++) out[4 * i + j] = (i === j ? cos : 0) + (1 - cos) * u[i] * u[j] + sin * cross[3 * i + j]
  return out
}

/** A matrix for (x, y, z), x along the last axis, as one for the axes in their order, or back. */
export function reversedAxes(matrix: Affine): number[] {
  const n = order(matrix)
  const at = (i: number) => (i === n - 1 ? i : n - 2 - i)
  return matrix.map((_, k) => matrix[at(Math.floor(k / n)) * n + at(k % n)])
}

/**
 * The canvas that holds an image of that size turned by a matrix: |R|·size, rounded up, and one more where that keeps the
 * centre at the middle or the border of a voxel, as it is along the axis that contributes most.
 */
export function canvas(rotation: Affine, size: readonly number[]): number[] {
  const n = order(rotation)
  return size.map((_, i) => {
    const row = size.map((_n, j) => Math.abs(rotation[i * n + j]))
    const extent = Math.ceil(row.reduce((sum, x, j) => sum + x * size[j], 0) - 0.01)
    const most = row.indexOf(Math.max(...row))
    return extent + ((extent + size[most]) % 2)
  })
}
