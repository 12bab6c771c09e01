import { unclearedFloats } from '../core/dtype.ts'
import { ShapeError } from '../core/errors.ts'
import { sizeOf } from '../core/tensor.ts'
import { bandsFrom } from './bands.ts'
import { withScratch, type Scratch } from './runtime.ts'
import { ownPage, pageBytes } from './threads.ts'

/** Weights around each element of an axis, an odd number of them; null leaves the axis alone. */
export type AxisKernel = readonly number[] | null

/**
 * Correlates the axes of [channels, ...shape] after the first with one kernel each, axis by axis, in float32; zeros lie
 * outside. Written to `out`, which may be `data`; `data` itself when there is nothing to do.
 */
export function correlate(
  data: Float32Array,
  shape: readonly number[],
  kernels: readonly AxisKernel[],
  out: Float32Array = unclearedFloats(data.length),
): Float32Array {
  const [channels, ...spatial] = shape
  const even = kernels.find((kernel) => kernel && kernel.length % 2 === 0)
  if (even || kernels.length !== spatial.length || sizeOf(shape) !== data.length)
    throw new ShapeError(
      'correlate',
      `${kernels.length} kernels (${even ? `one of ${even.length} weights` : 'all odd'}) and ${data.length} values do not fit [${shape.join(', ')}]; give one of odd length for each axis after the first`,
    )
  if (data.length === 0 || kernels.every((kernel) => kernel === null)) return data
  const voxels = sizeOf(spatial)
  withScratch('correlate', 8 * voxels + correlationBytes(spatial, kernels), (scratch) => {
    const buffers = [scratch.take(4 * voxels), scratch.take(4 * voxels)]
    const passes = correlationPasses(scratch, spatial, kernels)
    for (let c = 0; c < channels; c++) {
      scratch.floats(buffers[0], voxels).set(data.subarray(c * voxels, (c + 1) * voxels))
      for (const pass of passes) {
        pass(buffers[0], buffers[1])
        buffers.reverse()
      }
      out.set(scratch.floats(buffers[0], voxels), c * voxels)
    }
  })
  return out
}

/** The bytes that `correlationPasses` takes of kernel memory. */
export function correlationBytes(spatial: readonly number[], kernels: readonly AxisKernel[]): number {
  const longest = Math.max(...spatial)
  const widest = Math.max(...kernels.map((kernel) => kernel?.length ?? 0))
  return spatial.length * (4 * longest * (widest + 2) + 64) + 4 * (longest + widest + 16) + 64
}

/** For each axis with a kernel what correlates it in a volume, from one address to another. */
export function correlationPasses(
  scratch: Scratch,
  spatial: readonly number[],
  kernels: readonly AxisKernel[],
): ((source: number, target: number) => void)[] {
  const widest = Math.max(...kernels.map((kernel) => kernel?.length ?? 0))
  const line = scratch.take(4 * (Math.max(...spatial) + widest + 16))
  return kernels.flatMap((kernel, axis) => (kernel ? [passAlong(scratch, spatial, axis, kernel, line)] : []))
}

/** What correlates one axis of a volume, from one address to another. */
function passAlong(
  scratch: Scratch,
  spatial: readonly number[],
  axis: number,
  kernel: readonly number[],
  line: number,
): (source: number, target: number) => void {
  const length = spatial[axis]
  const outer = sizeOf(spatial.slice(0, axis))
  const inner = sizeOf(spatial.slice(axis + 1))
  if (inner === 1) {
    const weights = scratch.put(Float32Array.from(kernel))
    const fits = 4 * (length + kernel.length + 16) <= pageBytes
    return (source, target) => {
      const args = (padded: number) => [source, target, length, weights, kernel.length, padded] as const
      if (fits) scratch.overRows('correlateLines', args(ownPage), 0, outer)
      else scratch.kernels.correlateLines(...args(line), 0, outer)
    }
  }
  const reach = (kernel.length - 1) / 2
  const bands = bandsFrom(length, length, (o) => kernel.map((weight, k) => [o + k - reach, weight] as const))
  const [starts, counts, weights] = [bands.starts, bands.counts, bands.weights].map((table) => scratch.put(table))
  return (source, target) => {
    const args = [source, target, length, length, inner, starts, counts, weights, bands.width]
    scratch.overRows('applyBands', args, 0, outer * length)
  }
}
