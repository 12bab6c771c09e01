// The discrete Fourier transform as products with matrices of waves: what no executor has as one operation.
import { axisIndex, floats, sizeOf } from '../core/tensor.ts'
import { at, constant, type Value } from './ir.ts'
import { add, cast, matmul, narrow, neg, reshape, sub } from './math.ts'

/** A complex tensor as two tensors of one shape; one without an imaginary part is real. */
export interface ComplexParts {
  readonly real: Value
  readonly imaginary: Value | null
}

/** What a transform is divided by, in NumPy's and torch's words. */
export type FourierNorm = 'ortho' | 'forward' | 'backward'

export interface FourierOptions {
  /** Whether from frequencies back to places. */
  readonly inverse?: boolean
  /** Each axis by the root of its size (`ortho`), or by its size on the way `forward` or `backward`; `backward` unless given. */
  readonly norm?: FourierNorm
  /** Whether 0 lies in the middle of an axis of places and of frequencies, at index ⌊n/2⌋, rather than at its begin. */
  readonly centered?: boolean
  /** Sizes to which axes are first cropped or padded with 0 at the end. */
  readonly sizes?: readonly number[]
}

/** The transform along `axes`, one after the other. */
export function fourier(x: ComplexParts, axes: readonly number[], options: FourierOptions = {}): ComplexParts {
  return axes.reduce((parts, axis, i) => {
    const along = axisIndex(axis, x.real.shape.length, at('fourier'))
    return alongAxis(parts, along, options.sizes?.[i] ?? x.real.shape[along], options)
  }, x)
}

function alongAxis({ real, imaginary }: ComplexParts, axis: number, size: number, o: FourierOptions): ComplexParts {
  const turned = (part: Value, wave: (angle: number) => number) => timesWaves(part, axis, size, wave, o)
  const sine = o.inverse ? (angle: number) => -Math.sin(angle) : Math.sin
  const [cosines, sines] = [turned(real, Math.cos), turned(real, sine)]
  // (a + bi) (cos - i sin) = a cos + b sin + (b cos - a sin) i
  return imaginary
    ? { real: add(cosines, turned(imaginary, sine)), imaginary: sub(turned(imaginary, Math.cos), sines) }
    : { real: cosines, imaginary: neg(sines) }
}

/** Products of an axis, cropped or padded to `size`, with waves of every frequency. */
function timesWaves(
  x: Value,
  axis: number,
  size: number,
  wave: (angle: number) => number,
  { inverse = false, norm = 'backward', centered = false }: FourierOptions,
): Value {
  const n = Math.min(size, x.shape[axis])
  const divided = norm === (inverse ? 'backward' : 'forward')
  const scale = norm === 'ortho' ? 1 / Math.sqrt(size) : divided ? 1 / size : 1
  const zero = centered ? Math.floor(size / 2) : 0
  const waves = Float64Array.from({ length: size * n }, (_, i) => {
    const turns = ((Math.floor(i / n) - zero) * ((i % n) - zero)) % size // whole ones do not matter
    return scale * wave((2 * Math.PI * turns) / size)
  })
  const matrix = cast(constant(floats([size, n], waves)), x.dtype)
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)]
  const part = narrow(x, axis, 0, n)
  const shape = [...before, size, ...after]
  if (sizeOf(after) === 1) return reshape(matmul(reshape(part, [-1, n]), matrix, { transposeB: true }), shape)
  return reshape(matmul(matrix, reshape(part, [sizeOf(before), n, sizeOf(after)])), shape)
}
