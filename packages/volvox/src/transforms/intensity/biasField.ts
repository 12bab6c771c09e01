import { OptionError } from '../../core/errors.ts'
import { withVoxels } from '../../core/image.ts'
import { count, numbers } from '../../core/options.ts'
import { timesExponentials } from '../../kernels/index.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { random } from '../random.ts'
import { cast, chance, outputType, pairKind } from '../shared.ts'
import { changed } from './linear.ts'

/** Multiply by e to the power of a polynomial of the position, in products of Legendre polynomials on [-1, 1]. */
const BiasField = voxels({
  name: 'BiasField',
  handsOver: true,
  options: {
    degree: count.req('Degree of the polynomial.'),
    coefficients: numbers.req('One for each product of a degree up to this, those of the last axis changing fastest.'),
    dtype: outputType(),
  },
  apply(img, { degree, coefficients, dtype }) {
    const [, ...shape] = img.shape
    const orders = degree + 1
    const curves = shape.map((length) => legendre(length, degree).slice(0, orders))
    const factors = shape.length === 2 ? factors2d(curves, coefficients) : factors3d(curves, coefficients)
    const along = new Float64Array(orders * shape[shape.length - 1])
    curves[curves.length - 1].forEach((curve, k) => along.set(curve, k * curve.length))
    const data = changed(img, true, (from, to) => timesExponentials(from, factors, along, shape[shape.length - 1], to))
    return cast(withVoxels(img, { dtype: 'float32', data }), dtype ?? img.dtype)
  },
})

/** Multiply by a smooth random field, as the coils of MRI do (MONAI `RandBiasField`). */
export const RandBiasField = random(BiasField, {
  name: 'RandBiasField',
  gated: true,
  options: {
    degree: count.opt('Degree of the polynomial whose exponential the field is.', 3),
    coeffRange: pairKind.opt('Range of its coefficients.', [0, 0.1] as const),
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

/** What the polynomials along the last axis are multiplied by, row by row; as in MONAI, products P_i(x) P_j(y) with j up to i. */
function factors2d([px]: readonly Float64Array[][], coefficients: readonly number[]): Float64Array {
  const orders = px.length
  const factors = new Float64Array(px[0].length * orders)
  for (let x = 0; x < px[0].length; x++) {
    let next = 0
    for (let i = 0; i < orders; i++)
      for (let j = 0; j <= i; j++) factors[x * orders + j] += coefficients[next++] * px[i][x]
  }
  return factors
}

/** The same for products P_i(x) P_j(y) P_k(z) with i + j + k up to the degree; summed over i for each x, then over j for each y. */
function factors3d([px, py]: readonly Float64Array[][], coefficients: readonly number[]): Float64Array {
  const orders = px.length
  const [d0, d1] = [px[0].length, py[0].length]
  const factors = new Float64Array(d0 * d1 * orders)
  for (let x = 0; x < d0; x++) {
    const plane = new Float64Array(orders * orders)
    let next = 0
    for (let i = 0; i < orders; i++)
      for (let j = 0; j < orders - i; j++)
        for (let k = 0; k < orders - i - j; k++) plane[j * orders + k] += coefficients[next++] * px[i][x]
    for (let y = 0; y < d1; y++)
      for (let k = 0; k < orders; k++)
        for (let j = 0; j < orders - k; j++) factors[(x * d1 + y) * orders + k] += plane[j * orders + k] * py[j][y]
  }
  return factors
}
