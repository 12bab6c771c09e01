import { ShapeError } from '../core/errors.ts'
import { sizeOf } from '../core/tensor.ts'

/** Complex numbers of [..., n], in two arrays. */
export interface ComplexArray {
  readonly real: Float64Array
  readonly imaginary: Float64Array
}

/** Complex zeros, or real numbers as complex ones; new arrays. */
export function complexFrom(real: ArrayLike<number> | number): ComplexArray {
  const parts = typeof real === 'number' ? new Float64Array(real) : Float64Array.from(real)
  return { real: parts, imaginary: new Float64Array(parts.length) }
}

/**
 * The discrete Fourier transform along `axes` of an array of `shape`, in place and in float64, for any sizes: the sum of
 * x[n] e^(-2πi kn/N). The inverse has the other sign and is divided by the number of elements (NumPy's "backward" norm).
 */
export function fourierTransform(x: ComplexArray, shape: readonly number[], axes: readonly number[], inverse = false) {
  if (sizeOf(shape) !== x.real.length || x.imaginary.length !== x.real.length)
    throw new ShapeError('fourierTransform', `${x.real.length} complex numbers do not fill [${shape.join(', ')}]`)
  for (const axis of axes) alongAxis(x, shape, axis, inverse)
}

function alongAxis({ real, imaginary }: ComplexArray, shape: readonly number[], axis: number, inverse: boolean): void {
  const n = shape[axis]
  if (n <= 1 || real.length === 0) return
  const inner = sizeOf(shape.slice(axis + 1))
  const transform = transformOf(n)
  const line = complexFrom(n)
  // The inverse is the transform with real and imaginary parts exchanged before and after.
  const [a, b] = inverse ? [imaginary, real] : [real, imaginary]
  const scale = inverse ? 1 / n : 1
  for (let block = 0; block < real.length; block += n * inner)
    for (let start = block; start < block + inner; start++) {
      for (let i = 0, at = start; i < n; i++, at += inner) {
        line.real[i] = a[at]
        line.imaginary[i] = b[at]
      }
      const out = transform(line)
      for (let i = 0, at = start; i < n; i++, at += inner) {
        a[at] = out.real[i] * scale
        b[at] = out.imaginary[i] * scale
      }
    }
}

/** Transforms a line of one length; what it gives lasts until it is called again. */
type LineTransform = (line: ComplexArray) => ComplexArray

/** Larger prime factors are left to Bluestein's method. */
const largestRadix = 31

const known = new Map<number, LineTransform>()

function transformOf(n: number): LineTransform {
  const kept = known.get(n)
  if (kept) return kept
  const factors = primeFactors(n)
  const made = factors.every((p) => p <= largestRadix) ? mixedRadix(n, factors) : bluestein(n)
  if (known.size > 64) known.clear()
  known.set(n, made)
  return made
}

function primeFactors(n: number): number[] {
  const factors: number[] = []
  for (let p = 2; n > 1; p++)
    while (n % p === 0) {
      factors.push(p)
      n /= p
    }
  return factors
}

/** e^(-2πi k/n) for all k. */
function unitRoots(n: number): ComplexArray {
  const roots = complexFrom(n)
  for (let k = 0; k < n; k++) {
    roots.real[k] = Math.cos((2 * Math.PI * k) / n)
    roots.imaginary[k] = -Math.sin((2 * Math.PI * k) / n)
  }
  return roots
}

/** Stockham's method: for each prime factor p, p-point transforms of elements n/p apart, which also sorts the result. */
function mixedRadix(n: number, factors: readonly number[]): LineTransform {
  const roots = unitRoots(n)
  const buffers = [complexFrom(n), complexFrom(n)] as const
  return (line) => {
    let from = line
    let done = 1
    factors.forEach((p, stage) => {
      const to = buffers[stage % 2]
      butterflies(from, to, n, p, done, roots)
      done *= p
      from = to
    })
    return from
  }
}

/** One stage: `done` is the length of the transforms that `from` already holds. */
function butterflies(from: ComplexArray, to: ComplexArray, n: number, p: number, done: number, roots: ComplexArray) {
  const apart = n / p
  const { real: cos, imaginary: sin } = roots
  for (let i = 0; i < apart; i++) {
    const k = i % done
    const target = (i - k) * p + k
    const step = (apart / done) * k // of the twiddle factor e^(-2πi jk/(p·done))
    for (let q = 0; q < p; q++) {
      let re = 0
      let im = 0
      const turn = (step + q * apart) % n
      for (let j = 0, at = i, w = 0; j < p; j++, at += apart) {
        const [a, b] = [from.real[at], from.imaginary[at]]
        re += a * cos[w] - b * sin[w]
        im += a * sin[w] + b * cos[w]
        w += turn
        if (w >= n) w -= n
      }
      to.real[target + q * done] = re
      to.imaginary[target + q * done] = im
    }
  }
}

/** Bluestein's method: kn = (k² + n² - (k - n)²)/2 turns the sum into a convolution, done with a power of two. */
function bluestein(n: number): LineTransform {
  const size = 2 ** Math.ceil(Math.log2(2 * n - 1))
  const inner = transformOf(size)
  const chirp = complexFrom(n) // e^(-πi k²/n)
  for (let k = 0; k < n; k++) {
    const angle = (Math.PI * ((k * k) % (2 * n))) / n
    chirp.real[k] = Math.cos(angle)
    chirp.imaginary[k] = -Math.sin(angle)
  }
  const filter = complexFrom(size)
  for (let k = 0; k < n; k++)
    for (const at of new Set([k, (size - k) % size])) {
      filter.real[at] = chirp.real[k]
      filter.imaginary[at] = -chirp.imaginary[k]
    }
  const spectrum = copyOf(inner(filter))
  const work = complexFrom(size)
  const out = complexFrom(n)
  return (line) => {
    work.real.fill(0)
    work.imaginary.fill(0)
    multiply(line, chirp, work, n)
    const product = complexFrom(size)
    multiply(inner(work), spectrum, product, size)
    // The way back, by exchanged parts.
    const back = inner({ real: product.imaginary, imaginary: product.real })
    multiply({ real: back.imaginary, imaginary: back.real }, chirp, out, n)
    for (let k = 0; k < n; k++) {
      out.real[k] /= size
      out.imaginary[k] /= size
    }
    return out
  }
}

function copyOf({ real, imaginary }: ComplexArray): ComplexArray {
  return { real: real.slice(), imaginary: imaginary.slice() }
}

function multiply(a: ComplexArray, b: ComplexArray, out: ComplexArray, count: number): void {
  for (let i = 0; i < count; i++) {
    const re = a.real[i] * b.real[i] - a.imaginary[i] * b.imaginary[i]
    out.imaginary[i] = a.real[i] * b.imaginary[i] + a.imaginary[i] * b.real[i]
    out.real[i] = re
  }
}
