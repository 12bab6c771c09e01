import { OptionError } from '../../core/errors.ts'
import { withVoxels } from '../../core/image.ts'
import { count, Kind, numbers } from '../../core/options.ts'
import { z } from 'zod'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { random } from '../random.ts'
import { cast, chance, floatCopy, outputType, voxelsPerChannel } from '../shared.ts'

/** Multiply by e to the power of a polynomial of the position, in products of Legendre polynomials on [-1, 1]. */
const BiasField = voxels({
  name: 'BiasField',
  options: {
    degree: count.req('Degree of the polynomial.'),
    coefficients: numbers.req('One for each product of a degree up to this, those of the last axis changing fastest.'),
    dtype: outputType(),
  },
  apply(img, { degree, coefficients, dtype }) {
    const [, ...shape] = img.shape
    const field = shape.length === 2 ? field2d(shape, degree, coefficients) : field3d(shape, degree, coefficients)
    const size = voxelsPerChannel(img)
    const data = floatCopy(img)
    for (let start = 0; start < data.length; start += size)
      for (let i = 0; i < size; i++) data[start + i] *= Math.exp(field[i])
    return cast(withVoxels(img, { dtype: 'float32', data }), dtype ?? img.dtype)
  },
})

const range = new Kind<readonly [number, number]>(
  'two numbers, low and high',
  z.tuple([z.number(), z.number()]).readonly(),
)

/** Multiply by a smooth random field, as the coils of MRI do (MONAI `RandBiasField`). */
export const RandBiasField = random(BiasField, {
  name: 'RandBiasField',
  gated: true,
  options: {
    degree: count.opt('Degree of the polynomial whose exponential the field is.', 3),
    coeffRange: range.opt('Range of its coefficients.', [0, 0.1] as const),
    dtype: outputType(),
    prob: chance(),
  },
  draw(rng, { degree, coeffRange, dtype, prob }, { grid: { shape } }) {
    if (shape.length !== 2 && shape.length !== 3)
      throw new OptionError('RandBiasField', `was given an image with ${shape.length} spatial axes; it takes 2 or 3`)
    if (rng.rand() >= prob) return null
    const terms = shape.reduce((product, _, k) => (product * (degree + k + 1)) / (k + 1), 1)
    return { degree, coefficients: Array.from(rng.uniform(...coeffRange, terms)), dtype }
  },
})

export const RandBiasFieldd = dictionary(RandBiasField)

/** Values of the Legendre polynomials up to a degree at positions from -1 to 1: [degree][position]. */
function legendre(length: number, degree: number): Float64Array[] {
  const x = Float32Array.from({ length }, (_, i) => (length === 1 ? -1 : (2 * i) / (length - 1) - 1))
  const values = [new Float64Array(length).fill(1), Float64Array.from(x)]
  // (n + 1) P_(n+1) = (2n + 1) x P_n - n P_(n-1)
  for (let n = 1; n < degree; n++)
    values.push(Float64Array.from(x, (at, i) => ((2 * n + 1) * at * values[n][i] - n * values[n - 1][i]) / (n + 1)))
  return values
}

/** As in MONAI, products P_i(x) P_j(y) with j up to i. */
function field2d([rows, columns]: readonly number[], degree: number, coefficients: readonly number[]): Float64Array {
  const [px, py] = [legendre(rows, degree), legendre(columns, degree)]
  const field = new Float64Array(rows * columns)
  for (let x = 0; x < rows; x++) {
    let next = 0
    for (let i = 0; i <= degree; i++)
      for (let j = 0; j <= i; j++) {
        const factor = coefficients[next++] * px[i][x]
        for (let y = 0; y < columns; y++) field[x * columns + y] += factor * py[j][y]
      }
  }
  return field
}

/** Products P_i(x) P_j(y) P_k(z) with i + j + k up to the degree; summed over i for each x, then over j for each y. */
function field3d([d0, d1, d2]: readonly number[], degree: number, coefficients: readonly number[]): Float64Array {
  const [px, py, pz] = [d0, d1, d2].map((length) => legendre(length, degree))
  const field = new Float64Array(d0 * d1 * d2)
  const orders = degree + 1
  for (let x = 0; x < d0; x++) {
    const plane = new Float64Array(orders * orders)
    let next = 0
    for (let i = 0; i <= degree; i++)
      for (let j = 0; j <= degree - i; j++)
        for (let k = 0; k <= degree - i - j; k++) plane[j * orders + k] += coefficients[next++] * px[i][x]
    for (let y = 0; y < d1; y++)
      for (let k = 0; k <= degree; k++) {
        let factor = 0
        for (let j = 0; j <= degree - k; j++) factor += plane[j * orders + k] * py[j][y]
        const row = (x * d1 + y) * d2
        for (let z = 0; z < d2; z++) field[row + z] += factor * pz[k][z]
      }
  }
  return field
}
