import { FormatError } from '../../core/errors.ts'
import { bytesOf, viewAs, type TypedArray } from '../../core/dtype.ts'
import { unpackBits } from '../packBits.ts'
import { frameLength, type PixelLayout } from './pixelLayout.ts'

/** One frame of run-length coded pixels (PS3.5, annex G): each byte of each sample has a segment, the highest byte first. */
export function rleFrame(bytes: Uint8Array, layout: PixelLayout, where: string): TypedArray {
  const { rows, columns, samples, dtype } = layout
  const size = bytesOf(dtype)
  const step = samples * size
  const damaged = (how: string) => new FormatError(where, `its run-length coded pixels ${how}; the file is damaged`)
  if (bytes.length < 64) throw damaged('are shorter than their header')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const segments = view.getUint32(0, true)
  if (segments !== step) throw damaged(`have ${segments} segments, ${step} are needed`)
  const plane = rows * columns
  // A run of 128 bytes takes two: no segment can grow more than 64-fold.
  if (plane * segments > bytes.length * 64) throw damaged(`take ${bytes.length} bytes, which cannot hold ${rows} x ${columns} pixels`) // prettier-ignore
  const out = new Uint8Array(frameLength(layout) * size)
  for (let segment = 0; segment < segments; segment++) {
    const start = view.getUint32(4 + 4 * segment, true)
    const end = segment + 1 < segments ? view.getUint32(8 + 4 * segment, true) : bytes.length
    if (start < 64 || start > end || end > bytes.length) throw damaged(`place segment ${segment + 1} outside`)
    const sample = Math.floor(segment / size)
    const first = sample * size + (size - 1 - (segment % size)) // little endian in memory
    const filled = unpackBits(bytes.subarray(start, end), out, plane, first, step)
    if (filled < plane) throw damaged(`end after ${filled} of ${plane} bytes of segment ${segment + 1}`)
  }
  return viewAs(dtype, out.buffer, 0, frameLength(layout))
}
