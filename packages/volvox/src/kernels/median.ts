import { ShapeError } from '../core/errors.ts'
import { sizeOf, stridesOf } from '../core/tensor.ts'
import { withScratch } from './runtime.ts'
import { medianSteps } from './sortingNetwork.ts'

/**
 * The median under a window of 2 radius + 1 voxels along each axis after the first; the border goes on beyond the image. NaN
 * where the window holds one.
 */
export function medianFilter(
  data: Float32Array,
  shape: readonly number[],
  radii: readonly number[],
): Float32Array<ArrayBuffer> {
  const [channels, ...spatial] = shape
  if (radii.length !== spatial.length || sizeOf(shape) !== data.length)
    throw new ShapeError(
      'medianFilter',
      `${radii.length} radii and ${data.length} values do not fit [${shape.join(', ')}]; give a radius for each axis after the first`,
    )
  const out = new Float32Array(data.length)
  if (data.length === 0) return out
  const width = spatial[spatial.length - 1]
  const around = spatial.map((n, axis) => n + 2 * radii[axis])
  const strides = stridesOf(around)
  const window = Int32Array.from(placesOf(radii.map((r) => 2 * r + 1), strides), (at) => 4 * at) // prettier-ignore
  const rows = Int32Array.from(placesOf([...spatial.slice(0, -1), 1], strides), (at) => 4 * at)
  const steps = Int32Array.from(
    medianSteps(window.length).flatMap(({ low, high, least, most }) => [
      16 * low,
      16 * high,
      Number(least) + 2 * Number(most),
    ]),
  )
  const stride = Math.ceil(width / 4) * 4
  const size = width * rows.length
  const [paddedBytes, targetBytes] = [4 * (sizeOf(around) + 4), 4 * stride * rows.length]
  const tables = window.byteLength + rows.byteLength + steps.byteLength + 16 * window.length
  withScratch('medianFilter', paddedBytes + targetBytes + tables + 256, (scratch) => {
    const padded = scratch.take(paddedBytes)
    const target = scratch.take(targetBytes)
    const [rowTable, windowTable, stepTable] = [scratch.put(rows), scratch.put(window), scratch.put(steps)]
    const wires = scratch.take(16 * window.length)
    for (let c = 0; c < channels; c++) {
      pad(data.subarray(c * size, (c + 1) * size), spatial, radii, scratch.floats(padded, sizeOf(around)))
      scratch.kernels.medianRows(
        padded, target, width, rowTable, windowTable, window.length,
        stepTable, steps.length / 3, wires, 8 * (window.length - 1), 0, rows.length,
      ) // prettier-ignore
      const results = scratch.floats(target, stride * rows.length)
      for (let row = 0; row < rows.length; row++)
        out.set(results.subarray(row * stride, row * stride + width), c * size + row * width)
    }
  })
  return out
}

/** Offsets of all places of a box, those along the last axis following each other. */
function placesOf(box: readonly number[], strides: readonly number[]): number[] {
  return box.reduce<number[]>(
    (places, n, axis) => places.flatMap((at) => Array.from({ length: n }, (_, i) => at + i * strides[axis])),
    [0],
  )
}

/** Repeats the border `radii` times on each side. */
function pad(data: Float32Array, shape: readonly number[], radii: readonly number[], out: Float32Array): void {
  const around = shape.map((n, axis) => n + 2 * radii[axis])
  const [from, to] = [stridesOf(shape), stridesOf(around)]
  const last = shape.length - 1
  const fill = (axis: number, source: number, target: number): void => {
    if (axis === last) {
      const [n, r] = [shape[axis], radii[axis]]
      out.fill(data[source], target, target + r)
      out.set(data.subarray(source, source + n), target + r)
      out.fill(data[source + n - 1], target + r + n, target + n + 2 * r)
      return
    }
    for (let i = 0; i < around[axis]; i++) {
      const inside = Math.min(Math.max(i - radii[axis], 0), shape[axis] - 1)
      fill(axis + 1, source + inside * from[axis], target + i * to[axis])
    }
  }
  fill(0, 0, 0)
}
