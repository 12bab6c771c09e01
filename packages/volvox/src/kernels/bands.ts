import { unclearedFloats } from '../core/dtype.ts'
import { ShapeError } from '../core/errors.ts'
import { sizeOf } from '../core/tensor.ts'
import { withScratch } from './runtime.ts'

/** A banded matrix for one axis: output element o is the sum of weights[o·width + k] · input[starts[o] + k], k < counts[o]. */
export interface Bands {
  /** Elements of the axis before. */
  readonly length: number
  readonly starts: Int32Array
  readonly counts: Int32Array
  readonly weights: Float32Array
  readonly width: number
}

/** Bands from the places and weights of each output element; places outside are dropped, repeated ones added up. */
export function bandsFrom(
  length: number,
  size: number,
  taps: (o: number) => readonly (readonly [place: number, weight: number])[],
): Bands {
  const rows = Array.from({ length: size }, (_, o) => taps(o).filter(([place]) => place >= 0 && place < length))
  const starts = Int32Array.from(rows, (row) => row.reduce((least, [place]) => Math.min(least, place), length))
  const counts = Int32Array.from(rows, (row, o) => row.reduce((n, [place]) => Math.max(n, place - starts[o] + 1), 0))
  const width = counts.reduce((most, n) => Math.max(most, n), 1)
  const weights = new Float32Array(size * width)
  rows.forEach((row, o) => {
    if (row.length === 0) starts[o] = 0
    for (const [place, weight] of row) weights[o * width + place - starts[o]] += weight
  })
  return { length, starts, counts, weights, width }
}

/** Input of one round: enough to amortise the call, little enough for any machine. */
const roundBytes = 2 ** 26

/** Applies bands along `axis` of an array of `shape`. */
export function applyBands(
  data: Float32Array,
  shape: readonly number[],
  axis: number,
  bands: Bands,
): Float32Array<ArrayBuffer> {
  const { length, starts, counts, weights, width } = bands
  if (shape[axis] !== length || sizeOf(shape) !== data.length)
    throw new ShapeError('applyBands', `bands for ${length} elements do not fit axis ${axis} of [${shape.join(', ')}]`)
  const outer = sizeOf(shape.slice(0, axis))
  const inner = sizeOf(shape.slice(axis + 1))
  const size = starts.length
  const out = new Float32Array(outer * size * inner)
  if (out.length === 0 || data.length === 0) return out
  const batch = Math.max(1, Math.min(outer, Math.floor(roundBytes / (4 * inner * Math.max(length, size)))))
  const bytes = 4 * batch * inner * (length + size) + 4 * size * (width + 2) + 64
  withScratch('applyBands', bytes, (scratch) => {
    const source = scratch.take(4 * batch * length * inner)
    const target = scratch.take(4 * batch * size * inner)
    const tables = [scratch.put(starts), scratch.put(counts), scratch.put(weights)] as const
    for (let first = 0; first < outer; first += batch) {
      const n = Math.min(batch, outer - first)
      const input = data.subarray(first * length * inner, (first + n) * length * inner)
      scratch.floats(source, input.length).set(input)
      const args = [source, target, length, size, inner, ...tables, width]
      scratch.overRows('applyBands', args, 0, inner === 1 ? n : n * size)
      out.set(scratch.floats(target, n * size * inner), first * size * inner)
    }
  })
  return out
}

/** A banded matrix for an axis of [channels, ...space]; the first spatial axis is 0. */
export interface AxisBands {
  readonly axis: number
  readonly bands: Bands
}

/** Applies bands along axes of space, one after the other, channel by channel, without leaving kernel memory. */
export function applyAxisBands(
  data: Float32Array,
  [channels, ...shape]: readonly number[],
  passes: readonly AxisBands[],
): Float32Array<ArrayBuffer> {
  const shapes = passes.reduce<number[][]>(
    (before, { axis, bands }) => [...before, before[before.length - 1].with(axis, bands.starts.length)],
    [[...shape]],
  )
  const sizes = shapes.map(sizeOf)
  const [size, outSize] = [sizes[0], sizes[sizes.length - 1]]
  const out = unclearedFloats(channels * outSize)
  if (out.length === 0 || size === 0) return out.fill(0)
  const largest = Math.max(...sizes)
  const tableBytes = passes.reduce(
    (sum, { bands }) => sum + 8 * bands.starts.length + bands.weights.byteLength + 64,
    64,
  )
  withScratch('applyBands', 8 * largest + tableBytes, (scratch) => {
    const buffers = [scratch.take(4 * largest), scratch.take(4 * largest)]
    const steps = passes.map(({ axis, bands: { length, starts, counts, weights, width } }, i) => {
      const tables = [starts, counts, weights].map((table) => scratch.put(table))
      const outer = sizeOf(shapes[i].slice(0, axis))
      const inner = sizeOf(shapes[i].slice(axis + 1))
      return {
        args: [length, starts.length, inner, ...tables, width],
        rows: inner === 1 ? outer : outer * starts.length,
      }
    })
    for (let c = 0; c < channels; c++) {
      scratch.floats(buffers[0], size).set(data.subarray(c * size, (c + 1) * size))
      for (const { args, rows } of steps) {
        scratch.overRows('applyBands', [...buffers, ...args], 0, rows)
        buffers.reverse()
      }
      out.set(scratch.floats(buffers[0], outSize), c * outSize)
    }
  })
  return out
}
