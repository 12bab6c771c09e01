// Complex tensors as MONAI's reconstruction code has them: real and imaginary part as the last axis, `[..., 2]`.
import { ShapeError, shown } from '../core/errors.ts'
import { fourier, type ComplexParts } from './fourier.ts'
import { at, type Value } from './ir.ts'
import { add, concat, mul, neg, reshape, split, sqrt, square, sub, sum, zerosLike } from './math.ts'

/** The magnitude of each number, without the last axis (MONAI complex_abs). */
export function complexAbs(x: Value): Value {
  const { real, imaginary } = partsOf('complexAbs', x)
  return sqrt(add(square(real), square(imaginary)))
}

/** Products, number by number; shapes broadcast (MONAI complex_mul). */
export function complexMul(x: Value, y: Value): Value {
  const [a, b] = [partsOf('complexMul', x), partsOf('complexMul', y)]
  return complexOf({
    real: sub(mul(a.real, b.real), mul(a.imaginary, b.imaginary)),
    imaginary: add(mul(a.real, b.imaginary), mul(a.imaginary, b.real)),
  })
}

/** The imaginary part with the other sign (MONAI complex_conj). */
export function complexConj(x: Value): Value {
  const { real, imaginary } = partsOf('complexConj', x)
  return complexOf({ real, imaginary: neg(imaginary) })
}

/** Two parts as `[..., 2]`. */
export function complexOf({ real, imaginary }: ComplexParts): Value {
  const single = [...real.shape, 1]
  return concat([reshape(real, single), reshape(imaginary ?? zerosLike(real), single)], -1)
}

/** How coils are joined: the root of the sum of squares over an axis (MONAI root_sum_of_squares). */
export function rootSumOfSquares(x: Value, axis: number, keepDims = false): Value {
  return sqrt(sum(square(x), [axis], keepDims))
}

/** Images `[..., ...spatial, 2]` to k-space, whose frequency 0 is in the middle; energy stays (MONAI fftn_centered). */
export function fftnCentered(image: Value, spatialDims: number): Value {
  return centeredTransform('fftnCentered', image, spatialDims, false)
}

/** The way back from k-space (MONAI ifftn_centered). */
export function ifftnCentered(kspace: Value, spatialDims: number): Value {
  return centeredTransform('ifftnCentered', kspace, spatialDims, true)
}

function centeredTransform(where: string, x: Value, spatialDims: number, inverse: boolean): Value {
  const axes = Array.from({ length: spatialDims }, (_, i) => i - spatialDims)
  return complexOf(fourier(partsOf(where, x), axes, { norm: 'ortho', centered: true, inverse }))
}

function partsOf(where: string, x: Value): { readonly real: Value; readonly imaginary: Value } {
  if (x.shape[x.shape.length - 1] !== 2)
    throw new ShapeError(at(where), `got shape ${shown(x.shape)}; the last axis must be 2, real and imaginary part`)
  const [real, imaginary] = split(x, -1, [1, 1]).map((part) => reshape(part, x.shape.slice(0, -1)))
  return { real, imaginary }
}
