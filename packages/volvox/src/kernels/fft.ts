import { ShapeError } from '../core/errors.ts'
import { sizeOf } from '../core/tensor.ts'
import { withScratch, type Scratch } from './runtime.ts'
import { mostKernelThreads, ownPage } from './threads.ts'

export type Floats = Float32Array | Float64Array

/** Complex numbers of [..., n], in two arrays. */
export interface ComplexArray<A extends Floats = Float64Array> {
  readonly real: A
  readonly imaginary: A
}

/** Complex zeros, or real numbers as complex ones; new arrays. */
export function complexFrom(real: ArrayLike<number> | number): ComplexArray {
  const parts = typeof real === 'number' ? new Float64Array(real) : Float64Array.from(real)
  return { real: parts, imaginary: new Float64Array(parts.length) }
}

/**
 * The discrete Fourier transform along `axes` of an array of `shape`, in place and in its own precision, for any sizes: the sum of
 * x[n] e^(-2πi kn/N). The inverse has the other sign and is divided by the number of elements (NumPy's "backward" norm).
 */
export function fourierTransform(
  x: ComplexArray<Floats>,
  shape: readonly number[],
  axes: readonly number[],
  inverse = false,
): void {
  if (sizeOf(shape) !== x.real.length || x.imaginary.length !== x.real.length)
    throw new ShapeError('fourierTransform', `${x.real.length} complex numbers do not fill [${shape.join(', ')}]`)
  const lengths = axes.map((axis) => shape[axis]).filter((n) => n > 1)
  if (x.real.length === 0 || lengths.length === 0) return
  const { byteLength, BYTES_PER_ELEMENT: bytes } = x.real
  withScratch('fourierTransform', 2 * byteLength + workBytes(lengths), (scratch) => {
    const [real, imaginary] = [scratch.put(x.real), scratch.put(x.imaginary)]
    transformAxes(scratch, bytes, inverse ? [imaginary, real] : [real, imaginary], shape, axes)
    const scale = inverse ? 1 / lengths.reduce((product, n) => product * n) : 1
    for (const [address, part] of [
      [real, x.real],
      [imaginary, x.imaginary],
    ] as const) {
      // prettier-ignore
      const done = bytes === 4 ? scratch.floats(address, part.length) : scratch.doubles(address, part.length)
      part.set(done)
      if (inverse) for (let i = 0; i < part.length; i++) part[i] *= scale
    }
  })
}

/** Transforms an array in kernel memory along axes; the inverse, but for its scale, has the parts exchanged. */
export function transformAxes(
  scratch: Scratch,
  bytes: number,
  [real, imaginary]: readonly [real: number, imaginary: number],
  shape: readonly number[],
  axes: readonly number[],
): void {
  for (const axis of axes) {
    const n = shape[axis]
    if (n <= 1) continue
    const inner = sizeOf(shape.slice(axis + 1))
    const lines = sizeOf(shape) / n
    const blocks = inner === 1 ? blocksOf(lines, bytes) : (lines / inner) * blocksOf(inner, bytes)
    const { plan, work, run } = lineWork(scratch, n, bytes)
    run('fourierLines', [bytes, real, imaginary, inner, lines, plan, work, ownPage, 1], blocks)
  }
}

/** Lines that a kernel transforms side by side fill 64 bytes. */
export function blocksOf(lines: number, bytes: number): number {
  return Math.ceil((lines * bytes) / 64)
}

/** The plan of a length and work memory in kernel memory, and how kernels that use them are run on all blocks of lines. */
export function lineWork(scratch: Scratch, n: number, bytes: number) {
  const known = planOf(n)
  const shared = threadBytes(known.length) * mostKernelThreads <= mostSharedWork
  const work = scratch.take(threadBytes(known.length) * (shared ? mostKernelThreads : 1))
  const run = (name: 'fourierLines' | 'realLines', args: readonly number[], blocks: number): void => {
    if (shared) scratch.overRows(name, args, 0, blocks)
    else for (let block = 0; block < blocks; block++) scratch.overRows(name, args, block, block + 1) // in this thread
  }
  return { plan: putPlan(scratch, known, bytes), work, run }
}

/** Work memory of very long lines is not had for every thread. */
const mostSharedWork = 2 ** 26

/** Two buffers of complex lines, or of four halves of a spectrum. */
function threadBytes(length: number): number {
  return 2 * (2 * length + 4) * 64
}

/** Kernel memory that transforms along axes of these lengths need beside their data. */
export function workBytes(lengths: readonly number[]): number {
  return lengths.reduce((sum, n) => {
    const { length, stages } = planOf(n)
    const work = threadBytes(length) * mostKernelThreads
    const tables = 16 * (n + length + stages.reduce((total, { roots }) => total + roots.real.length, 0))
    return sum + (work <= mostSharedWork ? work : threadBytes(length)) + tables + 64 * (stages.length + 4)
  }, 64)
}

/** How lines of one length are transformed; see assembly/fourier.ts. */
interface Plan {
  readonly n: number
  readonly length: number
  readonly stages: readonly { readonly factor: number; readonly roots: ComplexArray }[]
  /** Of Bluestein's method. */
  readonly chirp?: ComplexArray
  readonly spectrum?: ComplexArray
}

const plans = new Map<number, Plan>()

function planOf(n: number): Plan {
  const kept = plans.get(n)
  if (kept) return kept
  const factors = radices(n)
  const made = factors.every((p) => p <= largestRadix) ? { n, length: n, stages: stagesOf(factors) } : bluestein(n)
  if (plans.size > 64) plans.clear()
  plans.set(n, made)
  return made
}

function putPlan(scratch: Scratch, { n, length, stages, chirp, spectrum }: Plan, bytes: number): number {
  const put = (numbers?: ComplexArray): number => {
    if (!numbers) return 0
    const both = new (bytes === 4 ? Float32Array : Float64Array)(2 * numbers.real.length)
    both.set(numbers.real)
    both.set(numbers.imaginary, numbers.real.length)
    return scratch.put(both)
  }
  const head = [n, stages.length, length, put(chirp), put(spectrum)]
  return scratch.put(Int32Array.from([...head, ...stages.flatMap(({ factor, roots }) => [factor, put(roots)])]))
}

/** Larger prime factors are left to Bluestein's method. */
const largestRadix = 31

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

function stagesOf(factors: readonly number[]): Plan['stages'] {
  let done = 1
  return factors.map((factor) => ({ factor, roots: unitRoots((done *= factor)) }))
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

/** Bluestein's method: kn = (k² + n² - (k - n)²)/2 turns the sum into a convolution, done with a power of two. */
function bluestein(n: number): Plan {
  const length = 2 ** Math.ceil(Math.log2(2 * n - 1))
  const chirp = complexFrom(n) // e^(-πi k²/n)
  for (let k = 0; k < n; k++) {
    const angle = (Math.PI * ((k * k) % (2 * n))) / n
    chirp.real[k] = Math.cos(angle)
    chirp.imaginary[k] = -Math.sin(angle)
  }
  const spectrum = complexFrom(length)
  for (let k = 0; k < n; k++)
    for (const at of new Set([k, (length - k) % length])) {
      spectrum.real[at] = chirp.real[k] / length
      spectrum.imaginary[at] = -chirp.imaginary[k] / length
    }
  fourierTransform(spectrum, [length], [0])
  return { n, length, stages: stagesOf(radices(length)), chirp, spectrum }
}
