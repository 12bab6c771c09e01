// The discrete Fourier transform as products with matrices of waves: what no executor has as one operation.
import { axisIndex, floats, sizeOf, type FloatTensor } from '../core/tensor.ts'
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
  const times = (part: Value, wave: Wave) => timesWaves(part, axis, size, wave, o)
  // (a + bi) (cos - i sin) = a cos + b sin + (b cos - a sin) i, and the other way round on the way back
  const [plus, minus] = o.inverse ? [sub, add] : [add, sub]
  const [cosines, sines] = [times(real, 'cos'), times(real, 'sin')]
  return imaginary
    ? { real: plus(cosines, times(imaginary, 'sin')), imaginary: minus(times(imaginary, 'cos'), sines) }
    : { real: cosines, imaginary: o.inverse ? sines : neg(sines) }
}

/** Products of an axis, cropped or padded to `size`, with waves of every frequency. */
function timesWaves(x: Value, axis: number, size: number, wave: Wave, o: FourierOptions): Value {
  const { inverse = false, norm = 'backward', centered = false } = o
  const n = Math.min(size, x.shape[axis])
  const divided = norm === (inverse ? 'backward' : 'forward')
  const scale = norm === 'ortho' ? 1 / Math.sqrt(size) : divided ? 1 / size : 1
  const matrix = cast(constant(waves(wave, size, n, centered ? Math.floor(size / 2) : 0, scale)), x.dtype)
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)]
  const part = narrow(x, axis, 0, n)
  const shape = [...before, size, ...after]
  if (sizeOf(after) === 1) return reshape(matmul(reshape(part, [-1, n]), matrix, { transposeB: true }), shape)
  return reshape(matmul(matrix, reshape(part, [sizeOf(before), n, sizeOf(after)])), shape)
}

type Wave = 'cos' | 'sin'

/** Matrices that are in use, so that a graph has each of them once. */
const known = new Map<string, WeakRef<FloatTensor>>()

/** A row for each frequency, counted from `zero`, with its wave at `n` places, times `scale`. */
function waves(wave: Wave, size: number, n: number, zero: number, scale: number): FloatTensor {
  const key = [wave, size, n, zero, scale].join()
  const kept = known.get(key)?.deref()
  if (kept) return kept
  const values = Float32Array.from({ length: size * n }, (_, i) => {
    const turns = ((Math.floor(i / n) - zero) * ((i % n) - zero)) % size // whole ones do not matter
    return scale * Math[wave]((2 * Math.PI * turns) / size)
  })
  const made = floats([size, n], values)
  known.set(key, new WeakRef(made))
  return made
}
