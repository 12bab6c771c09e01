import { bytesIn, bytesOf, type TypedArray } from '../core/dtype.ts'
import { sizeOf } from '../core/tensor.ts'
import { acrossAxis, type Move, type Voxels } from './move.ts'
import { withScratch } from './runtime.ts'

/** Voxels of both sides that are taken into kernel memory at most; beyond that JavaScript does it. */
const mostBytes = 2 ** 29

/**
 * Moves voxels into `out`, if the move makes input rows run along another axis than the last, and takes all voxels from within
 * the image; else it gives false. `tables` are the input offsets of the indices along each output axis.
 */
export function turned(
  { dtype, data, channels, shape }: Voxels,
  tables: readonly Int32Array[],
  move: Move,
  out: TypedArray,
): boolean {
  const across = acrossAxis(move)
  const bytes = bytesOf(dtype)
  if (across < 0 || data.byteLength + out.byteLength > mostBytes || tables.some((table) => table.some((at) => at < 0)))
    return false
  const rows = tables[across]
  const step = move.signs[across]
  if (rows.some((at, r) => at !== rows[0] + r * step)) return false // mirrored or repeated at a border
  const lengths = tables.map((table) => table.length)
  const strides = lengths.map((_, axis) => sizeOf(lengths.slice(axis + 1)))
  const planes = tables.reduce<readonly (readonly [source: number, target: number])[]>(
    (before, table, axis) =>
      axis === across || axis === tables.length - 1
        ? before
        : before.flatMap(([s, t]) => Array.from(table, (at, i) => [s + at, t + i * strides[axis]] as const)),
    Array.from({ length: channels }, (_, c) => [c * sizeOf(shape), c * sizeOf(lengths)] as const),
  )
  const columns = tables[tables.length - 1]
  const tableBytes = 4 * (2 * planes.length + columns.length) + 64
  withScratch('moveVoxels', data.byteLength + out.byteLength + tableBytes, (scratch) => {
    const source = scratch.put(bytesIn(data))
    const target = scratch.take(out.byteLength)
    const [sources, targets] = [0, 1].map((side) => scratch.put(Int32Array.from(planes, (plane) => plane[side])))
    const places = [source, target, bytes, sources, targets, rows[0], step, scratch.put(columns)]
    scratch.overRows('turnPlanes', [...places, rows.length, columns.length, strides[across]], 0, planes.length)
    bytesIn(out).set(scratch.bytes(target, out.byteLength))
  })
  return true
}
