import { unclearedFloats } from '../core/dtype.ts'
import { ShapeError } from '../core/errors.ts'
import { sizeOf } from '../core/tensor.ts'
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
  const widest = widestOf(kernels)
  return spatial.length * (4 * widest + 16) + lineBytes(Math.max(...spatial), widest) + 64
}

/** For each axis with a kernel what correlates it in a volume, from one address to another. */
export function correlationPasses(
  scratch: Scratch,
  spatial: readonly number[],
  kernels: readonly AxisKernel[],
): Pass[] {
  const room = scratch.take(lineBytes(Math.max(...spatial), widestOf(kernels)))
  return kernels.flatMap((kernel, axis) => (kernel ? [passAlong(scratch, spatial, axis, kernel, room)] : []))
}

/** Correlates a volume along one axis, from one address to another; this thread does `meanwhile` first. */
export type Pass = (source: number, target: number, meanwhile?: () => void) => void

function widestOf(kernels: readonly AxisKernel[]): number {
  return Math.max(...kernels.map((kernel) => kernel?.length ?? 0))
}

/** What a line takes with zeros around it, and what lies beyond those where it is read eight at a time. */
function lineBytes(length: number, taps: number): number {
  return 4 * (length + taps + 16)
}

function passAlong(
  scratch: Scratch,
  spatial: readonly number[],
  axis: number,
  kernel: readonly number[],
  room: number,
): Pass {
  const length = spatial[axis]
  const outer = sizeOf(spatial.slice(0, axis))
  const inner = sizeOf(spatial.slice(axis + 1))
  const weights = scratch.put(Float32Array.from(kernel))
  const taps = kernel.length
  if (inner > 1)
    return (source, target, meanwhile) =>
      scratch.overRows(
        'correlateRows',
        [source, target, length, inner, weights, taps],
        0,
        outer * Math.ceil(length / 4),
        meanwhile,
      )
  const bytes = lineBytes(length, taps)
  const side = 4 * bytes <= pageBytes ? 4 : 1
  return (source, target, meanwhile) => {
    const args = (place: number) => [source, target, length, weights, taps, side, place] as const
    if (side * bytes <= pageBytes) return scratch.overRows('correlateLines', args(ownPage), 0, outer, meanwhile)
    meanwhile?.()
    scratch.kernels.correlateLines(...args(room), 0, outer)
  }
}
