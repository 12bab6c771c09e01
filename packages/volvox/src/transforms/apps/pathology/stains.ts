import { z } from 'zod'
import { toFloats } from '../../../core/convert.ts'
import { DataError, ShapeError } from '../../../core/errors.ts'
import { withVoxels, type Image } from '../../../core/image.ts'
import { Kind, nonNegative, number, positive } from '../../../core/options.ts'
import { floats, type FloatTensor } from '../../../core/tensor.ts'
import { percentiles } from '../../../kernels/index.ts'
import { settle } from '../../define.ts'
import { sampleOptions, withEachImage } from '../../sample.ts'
import { calculation } from '../../calculation.ts'
import { wholeSample } from '../../wholeSample.ts'

type Vector = readonly number[]

const pair = new Kind<Vector>('two numbers', () => z.array(z.number()).length(2).readonly())
const stainMatrix = new Kind<readonly Vector[]>(
  'three rows (red, green, blue) of two numbers (haematoxylin, eosin)',
  () => z.array(z.array(z.number()).length(2).readonly()).length(3).readonly(),
)

const stainOptions = {
  tli: positive.opt('Intensity of the light that is transmitted.', 240),
  alpha: nonNegative
    .where((x) => x <= 50, 'a number from 0 to 50')
    .opt('Percent of the angles left out at either end.', 1),
  beta: number.opt('Pixels that absorb less than this in any colour are transparent.', 0.15),
  maxCref: pair.opt('Greatest concentrations of the stains in the reference.', [1.9705, 1.0308]),
}

/**
 * The colours of haematoxylin and eosin in a slide [height, width, 3] of values 0 to 255: [3, 2], one column for each
 * (MONAI `ExtractHEStains`; Macenko et al. 2009).
 */
export const ExtractHEStains = calculation({
  name: 'ExtractHEStains',
  options: stainOptions,
  apply: ({ tli, alpha, beta }, slide: Image): FloatTensor =>
    floats([3, 2], stainsOf('ExtractHEStains', absorbances('ExtractHEStains', settle(slide), tli), alpha, beta).flat()),
})

/** A slide in the colours and concentrations of a reference (MONAI `NormalizeHEStains`). */
export const NormalizeHEStains = calculation({
  name: 'NormalizeHEStains',
  options: {
    ...stainOptions,
    targetHe: stainMatrix.opt('Colours of the stains in the reference.', [
      [0.5626, 0.2159],
      [0.7201, 0.8012],
      [0.4062, 0.5581],
    ]),
  },
  apply({ tli, alpha, beta, maxCref, targetHe }, slide: Image): Image {
    const name = 'NormalizeHEStains'
    const absorbed = absorbances(name, settle(slide), tli)
    const concentrations = concentrationsOf(stainsOf(name, absorbed, alpha, beta), absorbed)
    const scales = concentrations.map((one, stain) => percentiles(one, [99])[0] / maxCref[stain])
    const data = Uint8Array.from(slide.data, (_: unknown, i: number) => {
      const [pixel, colour] = [Math.floor(i / 3), i % 3]
      const sum = concentrations.reduce((total, one, stain) => total + (targetHe[colour][stain] * one[pixel]) / scales[stain], 0) // prettier-ignore
      const value = tli * Math.exp(-sum)
      return value > 255 ? 254 : value
    })
    return withVoxels(slide, { dtype: 'uint8', data })
  },
})

/** Optical densities -ln((value + 1) / light), by Beer and Lambert; a row of three for each pixel. */
function absorbances(name: string, slide: Image, light: number): Float32Array {
  if (slide.shape.length !== 3 || slide.shape[2] !== 3)
    throw new ShapeError(name, `the slide has the shape [${slide.shape.join(', ')}]; it must be [height, width, 3]`)
  return Float32Array.from(toFloats(slide.dtype, slide.data), (value) => {
    if (!(value >= 0 && value <= 255))
      throw new DataError(name, `the slide has the value ${value}; values must be from 0 to 255`)
    return -Math.log(Math.min(value + 1, light) / light)
  })
}

/** The two extreme directions of absorption in the plane that holds most of it, the one with more red first; three rows. */
function stainsOf(name: string, absorbed: Float32Array, alpha: number, beta: number): Vector[] {
  const opaque: Vector[] = []
  for (let i = 0; i < absorbed.length; i += 3) {
    const pixel = [absorbed[i], absorbed[i + 1], absorbed[i + 2]]
    if (pixel.every((x) => x > beta)) opaque.push(pixel)
  }
  if (opaque.length < 2)
    throw new DataError(
      name,
      `the slide has ${opaque.length} pixels that absorb more than beta ${beta}; use a lower one`,
    )
  const [, second, first] = eigenvectors(covariance(opaque))
  const angles = Float32Array.from(opaque, (pixel) => Math.atan2(dot(pixel, first), dot(pixel, second)))
  const [low, high] = percentiles(angles, [alpha, 100 - alpha]).map((angle) =>
    first.map((x, i) => x * Math.sin(angle) + second[i] * Math.cos(angle)),
  )
  const [haematoxylin, eosin] = low[0] > high[0] ? [low, high] : [high, low]
  return haematoxylin.map((x, i) => [x, eosin[i]])
}

const dot = (a: Vector, b: Vector) => a.reduce((sum, x, i) => sum + x * b[i], 0)

function covariance(rows: readonly Vector[]): number[][] {
  const means = [0, 1, 2].map((i) => rows.reduce((sum, row) => sum + row[i], 0) / rows.length)
  return [0, 1, 2].map((i) =>
    [0, 1, 2].map((j) =>
      Math.fround(rows.reduce((sum, row) => sum + (row[i] - means[i]) * (row[j] - means[j]), 0) / (rows.length - 1)),
    ),
  )
}

/** Unit eigenvectors of a symmetric matrix, of the smallest eigenvalue first, by Jacobi's rotations. */
function eigenvectors(matrix: readonly Vector[]): Vector[] {
  const n = matrix.length
  const a = matrix.map((row) => [...row])
  const vectors: number[][] = a.map((_, i) => a.map((__, j) => (i === j ? 1 : 0))) // in rows
  for (let sweep = 0; sweep < 30; sweep++)
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        if (a[p][q] === 0) continue
        const angle = 0.5 * Math.atan2(2 * a[p][q], a[q][q] - a[p][p])
        const [c, s] = [Math.cos(angle), Math.sin(angle)]
        const turn = (x: number, y: number) => [c * x - s * y, s * x + c * y] as const
        for (let k = 0; k < n; k++) [a[k][p], a[k][q]] = turn(a[k][p], a[k][q])
        for (let k = 0; k < n; k++) [a[p][k], a[q][k]] = turn(a[p][k], a[q][k])
        for (let k = 0; k < n; k++) [vectors[p][k], vectors[q][k]] = turn(vectors[p][k], vectors[q][k])
      }
  return vectors.map((vector, i) => ({ vector, value: a[i][i] })).sort((x, y) => x.value - y.value).map(({ vector }) => vector) // prettier-ignore
}

/** How much of each stain is in each pixel, by least squares. */
function concentrationsOf(stains: readonly Vector[], absorbed: Float32Array): [Float32Array, Float32Array] {
  const [h, e] = [0, 1].map((stain) => stains.map((row) => row[stain]))
  const [hh, he, ee] = [dot(h, h), dot(h, e), dot(e, e)]
  const determinant = hh * ee - he * he
  const pixels = absorbed.length / 3
  const out: [Float32Array, Float32Array] = [new Float32Array(pixels), new Float32Array(pixels)]
  for (let i = 0; i < pixels; i++) {
    const pixel = Array.from(absorbed.subarray(3 * i, 3 * i + 3))
    const [a, b] = [dot(h, pixel), dot(e, pixel)]
    out[0][i] = (ee * a - he * b) / determinant
    out[1][i] = (hh * b - he * a) / determinant
  }
  return out
}

/** As `ExtractHEStains` (MONAI `ExtractHEStainsd`). */
export const ExtractHEStainsd = wholeSample({
  name: 'ExtractHEStainsd',
  options: { ...sampleOptions, ...stainOptions },
  apply(sample, { keys, allowMissingKeys, ...given }) {
    const extract = ExtractHEStains(given)
    return withEachImage('ExtractHEStainsd', sample, { keys, allowMissingKeys }, (slide) => extract(slide))
  },
})

/** As `NormalizeHEStains` (MONAI `NormalizeHEStainsd`). */
export const NormalizeHEStainsd = wholeSample({
  name: 'NormalizeHEStainsd',
  options: { ...sampleOptions, ...NormalizeHEStains.schema },
  apply(sample, { keys, allowMissingKeys, ...given }) {
    const normalize = NormalizeHEStains(given)
    return withEachImage('NormalizeHEStainsd', sample, { keys, allowMissingKeys }, (slide) => normalize(slide))
  },
})
