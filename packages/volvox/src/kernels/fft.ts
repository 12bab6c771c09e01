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

/** Lines that are transformed together, so that memory is read in runs. */
const together = 16

function alongAxis(x: ComplexArray, shape: readonly number[], axis: number, inverse: boolean): void {
  const n = shape[axis]
  if (n <= 1 || x.real.length === 0) return
  const inner = sizeOf(shape.slice(axis + 1))
  // The inverse is the transform with real and imaginary parts exchanged before and after.
  const [a, b] = inverse ? [x.imaginary, x.real] : [x.real, x.imaginary]
  const scale = inverse ? 1 / n : 1
  const width = Math.min(together, inner === 1 ? a.length / n : inner)
  const transform = transformOf(n, width)
  const lines = complexFrom(n * width)
  const move = (first: number, count: number, store: ComplexArray | null): void => {
    const [step, apart] = inner === 1 ? [1, n] : [inner, 1]
    for (let i = 0; i < n; i++)
      for (let w = 0, at = first + i * step, to = i * width; w < count; w++, at += apart, to++)
        if (store) {
          a[at] = store.real[to] * scale
          b[at] = store.imaginary[to] * scale
        } else {
          lines.real[to] = a[at]
          lines.imaginary[to] = b[at]
        }
  }
  const run = (first: number, count: number): void => {
    move(first, count, null)
    move(first, count, transform(lines))
  }
  const [rows, rowStart] = inner === 1 ? [a.length / n, n] : [inner, 1]
  for (let block = 0; block < a.length; block += inner === 1 ? a.length : n * inner)
    for (let w = 0; w < rows; w += width) run(block + w * rowStart, Math.min(width, rows - w))
}

/** Transforms lines of one length, [n, width]; what it gives lasts until it is called again. */
type LineTransform = (lines: ComplexArray) => ComplexArray

/** Larger prime factors are left to Bluestein's method. */
const largestRadix = 31

const known = new Map<string, LineTransform>()

function transformOf(n: number, width: number): LineTransform {
  const key = `${n} ${width}`
  const kept = known.get(key)
  if (kept) return kept
  const factors = radices(n)
  const made = factors.every((p) => p <= largestRadix) ? mixedRadix(n, factors, width) : bluestein(n, width)
  if (known.size > 64) known.clear()
  known.set(key, made)
  return made
}

/** The prime factors, twos in pairs: fours. */
function radices(n: number): number[] {
  const primes = primeFactors(n)
  const twos = primes.filter((p) => p === 2).length
  return [...new Array<number>(twos >> 1).fill(4), ...primes.slice(twos & ~1)]
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

/** Stockham's method: for each factor p, p-point transforms of elements n/p apart, which also sorts the result. */
function mixedRadix(n: number, factors: readonly number[], width: number): LineTransform {
  const buffers = [complexFrom(n * width), complexFrom(n * width)] as const
  let done = 1
  const stages = factors.map((p) => {
    const stage = { p, done, roots: unitRoots(p * done) }
    done *= p
    return stage
  })
  return (lines) => {
    let from = lines
    stages.forEach(({ p, done, roots }, i) => {
      const to = buffers[i % 2]
      if (p === 4) fours(from, to, n, done, roots, width)
      else butterflies(from, to, n, p, done, roots, width)
      from = to
    })
    return from
  }
}

/** One stage of factor 4; `done` is the length of the transforms that `from` already holds. */
function fours(from: ComplexArray, to: ComplexArray, n: number, done: number, roots: ComplexArray, width: number) {
  const { real: ar, imaginary: ai } = from
  const { real: br, imaginary: bi } = to
  const { real: cos, imaginary: sin } = roots
  const apart = n / 4
  const [step, out] = [apart * width, done * width]
  for (let i = 0; i < apart; i++) {
    const k = i % done
    const [c1, s1, c2, s2, c3, s3] = [cos[k], sin[k], cos[2 * k], sin[2 * k], cos[3 * k], sin[3 * k]]
    let at = i * width
    let target = ((i - k) * 4 + k) * width
    for (let w = 0; w < width; w++, at++, target++) {
      const [r0, i0] = [ar[at], ai[at]]
      const r1 = ar[at + step] * c1 - ai[at + step] * s1
      const i1 = ar[at + step] * s1 + ai[at + step] * c1
      const r2 = ar[at + 2 * step] * c2 - ai[at + 2 * step] * s2
      const i2 = ar[at + 2 * step] * s2 + ai[at + 2 * step] * c2
      const r3 = ar[at + 3 * step] * c3 - ai[at + 3 * step] * s3
      const i3 = ar[at + 3 * step] * s3 + ai[at + 3 * step] * c3
      br[target] = r0 + r2 + (r1 + r3)
      bi[target] = i0 + i2 + (i1 + i3)
      br[target + out] = r0 - r2 + (i1 - i3)
      bi[target + out] = i0 - i2 - (r1 - r3)
      br[target + 2 * out] = r0 + r2 - (r1 + r3)
      bi[target + 2 * out] = i0 + i2 - (i1 + i3)
      br[target + 3 * out] = r0 - r2 - (i1 - i3)
      bi[target + 3 * out] = i0 - i2 + (r1 - r3)
    }
  }
}

/** One stage of any factor. */
function butterflies(
  from: ComplexArray,
  to: ComplexArray,
  n: number,
  p: number,
  done: number,
  { real: cos, imaginary: sin }: ComplexArray,
  width: number,
) {
  const { real: ar, imaginary: ai } = from
  const { real: br, imaginary: bi } = to
  const apart = n / p
  const turns = p * done
  for (let i = 0; i < apart; i++) {
    const k = i % done
    for (let q = 0; q < p; q++) {
      const first = ((i - k) * p + k + q * done) * width
      for (let w = 0; w < width; w++) {
        br[first + w] = ar[i * width + w]
        bi[first + w] = ai[i * width + w]
      }
      for (let j = 1; j < p; j++) {
        const turn = (j * (k + q * done)) % turns // of the twiddle factor and the p-point transform
        const c = cos[turn]
        const s = sin[turn]
        const source = (i + j * apart) * width
        for (let w = 0; w < width; w++) {
          br[first + w] += ar[source + w] * c - ai[source + w] * s
          bi[first + w] += ar[source + w] * s + ai[source + w] * c
        }
      }
    }
  }
}

/** Bluestein's method: kn = (k² + n² - (k - n)²)/2 turns the sum into a convolution, done with a power of two. */
function bluestein(n: number, width: number): LineTransform {
  const size = 2 ** Math.ceil(Math.log2(2 * n - 1))
  const inner = transformOf(size, width)
  const chirp = complexFrom(n) // e^(-πi k²/n)
  for (let k = 0; k < n; k++) {
    const angle = (Math.PI * ((k * k) % (2 * n))) / n
    chirp.real[k] = Math.cos(angle)
    chirp.imaginary[k] = -Math.sin(angle)
  }
  const spectrum = complexFrom(size)
  for (let k = 0; k < n; k++)
    for (const at of new Set([k, (size - k) % size])) {
      spectrum.real[at] = chirp.real[k]
      spectrum.imaginary[at] = -chirp.imaginary[k]
    }
  fourierTransform(spectrum, [size], [0])
  const work = complexFrom(size * width)
  const out = complexFrom(n * width)
  return (lines) => {
    work.real.fill(0, n * width)
    work.imaginary.fill(0, n * width)
    multiply(lines, chirp, work, n, width, 1)
    multiply(inner(work), spectrum, work, size, width, 1)
    // The way back, by exchanged parts.
    const back = inner({ real: work.imaginary, imaginary: work.real })
    multiply({ real: back.imaginary, imaginary: back.real }, chirp, out, n, width, 1 / size)
    return out
  }
}

/** The product of each line of `a`, [n, width], with `b`. */
function multiply(a: ComplexArray, b: ComplexArray, out: ComplexArray, n: number, width: number, scale: number): void {
  for (let k = 0, i = 0; k < n; k++) {
    const re = b.real[k] * scale
    const im = b.imaginary[k] * scale
    for (let w = 0; w < width; w++, i++) {
      const x = a.real[i]
      const y = a.imaginary[i]
      out.real[i] = x * re - y * im
      out.imaginary[i] = x * im + y * re
    }
  }
}
