import { sizeOf } from '../core/tensor.ts'
import { blocksOf, lineWork, transformAxes, workBytes, type ComplexArray, type Floats } from './fft.ts'
import { withScratch, type Scratch } from './runtime.ts'
import { ownPage } from './threads.ts'

/** Half of the spectrum of real numbers: of frequency -k there is the complex conjugate of what there is of k. */
export interface HalfSpectrum extends ComplexArray<Floats> {
  /** [channels, half of the first axis of space and one more, the other axes]. */
  readonly shape: readonly number[]
  /** For each channel the mean of ln(|k| + 1e-10) over all frequencies. */
  meanLogarithms(): number[]
  /** The numbers that the spectrum, as it is now, is of; written to `out`. */
  back(out: Floats): void
}

/** Calls `use` with the Fourier transform of real numbers of [channels, ...space] over the axes of space, in their precision. */
export function withSpectrum<T>(data: Floats, shape: readonly number[], use: (spectrum: HalfSpectrum) => T): T {
  const [channels, n, ...rest] = shape
  const bytes = data.BYTES_PER_ELEMENT
  const halfShape = [channels, (n >> 1) + 1, ...rest]
  const half = sizeOf(halfShape)
  const axes = rest.map((_, i) => i + 2)
  const need = data.byteLength + 2 * half * bytes + 2 * workBytes([n, ...rest]) + 8 * channels * halfShape[1] + 256
  return withScratch('withSpectrum', need, (scratch) => {
    const values = scratch.put(data)
    const parts = [scratch.take(half * bytes), scratch.take(half * bytes)] as const
    const [real, imaginary] = parts.map((part) => viewOf(scratch, part, half, bytes))
    const first = lineWork(scratch, n, bytes)
    const inner = sizeOf(rest)
    const firstAxis = (back: boolean, scale: number) => {
      for (let c = 0; c < channels; c++) {
        const offset = c * halfShape[1] * inner * bytes
        const places = [values + c * n * inner * bytes, parts[0] + offset, parts[1] + offset]
        const args = [bytes, ...places, inner, first.plan, first.work, ownPage, Number(back), scale]
        first.run('realLines', args, blocksOf(Math.ceil(inner / 2), bytes))
      }
    }
    firstAxis(false, 1)
    transformAxes(scratch, bytes, parts, halfShape, axes)
    return use({
      shape: halfShape,
      real,
      imaginary,
      meanLogarithms: () => meanLogarithms(scratch, bytes, parts, halfShape, n),
      back(out) {
        transformAxes(scratch, bytes, [parts[1], parts[0]], halfShape, axes)
        firstAxis(true, 1 / (n * inner))
        out.set(viewOf(scratch, values, data.length, bytes))
      },
    })
  })
}

function viewOf(scratch: Scratch, address: number, length: number, bytes: number): Floats {
  return bytes === 4 ? scratch.floats(address, length) : scratch.doubles(address, length)
}

function meanLogarithms(
  scratch: Scratch,
  bytes: number,
  [real, imaginary]: readonly [number, number],
  [channels, half, ...rest]: readonly number[],
  n: number,
): number[] {
  const rows = channels * half
  const sums = scratch.take(8 * rows)
  scratch.overRows('logMagnitudes', [bytes, real, imaginary, sums, sizeOf(rest)], 0, rows)
  const each = scratch.doubles(sums, rows)
  return Array.from({ length: channels }, (_, c) => {
    let sum = 0
    for (let k = 0; k < half; k++) sum += each[c * half + k] * (k === 0 || 2 * k === n ? 1 : 2) // which stand for two frequencies
    return sum / (n * sizeOf(rest))
  })
}
