import { bytesOf, type TypedArray } from '../../core/dtype.ts'
import { FormatError } from '../../core/errors.ts'
import { elementsAt } from '../elements.ts'
import type { DataElement } from './dataSet.ts'
import { frameLength, halved, type PixelLayout } from './pixelLayout.ts'

/** Stored values of all frames of uncompressed pixel data: frame, row, column, sample. */
export function nativePixels(bytes: Uint8Array, layout: PixelLayout, littleEndian: boolean, where: string): TypedArray {
  const { frames, dtype, bitsAllocated } = layout
  const count = frames * frameLength(layout)
  const packed = isPacked(layout)
  const stored = packed ? (count / 3) * 2 : count
  const needed = bitsAllocated === 1 ? Math.ceil(count / 8) : stored * bytesOf(dtype)
  if (bytes.length < needed)
    throw new FormatError(
      where,
      `${bytes.length} bytes of pixels are there, ${frames} x ${layout.rows} x ${layout.columns} pixels need ${needed}; the file is cut short`,
    )
  if (bitsAllocated === 1) return unpackBits(bytes, count)
  if (packed) return repeatColours(bytes, count)
  const data = elementsAt({ bytes, own: false }, 0, dtype, count, littleEndian)
  return withinStored(layout.planar ? together(data, layout) : data, layout)
}

/** Whether values stand in the file as they are wanted, but for their bytes' order and bits that are not stored. */
export function isPlain(layout: PixelLayout): boolean {
  return layout.bitsAllocated > 1 && !layout.planar && !isPacked(layout)
}

/** Whether two neighbours share their colours. */
function isPacked({ samples, bitsAllocated, photometric }: PixelLayout): boolean {
  return samples === 3 && bitsAllocated === 8 && halved.has(photometric)
}

/** Whether pixels of a byte stand in words whose bytes are exchanged (PS3.5, A.3 and D). */
export function hasSwappedBytes(
  { representation }: DataElement,
  { bitsAllocated }: PixelLayout,
  littleEndian: boolean,
): boolean {
  return !littleEndian && representation === 'OW' && bitsAllocated <= 8
}

export function swappedPairs(bytes: Uint8Array): Uint8Array {
  const out = bytes.slice()
  for (let i = 0; i + 1 < out.length; i += 2) [out[i], out[i + 1]] = [bytes[i + 1], bytes[i]]
  return out
}

/** One bit a pixel, the lowest first (PS3.5, 8.2). */
function unpackBits(bytes: Uint8Array, count: number): Uint8Array {
  const out = new Uint8Array(count)
  for (let i = 0; i < count; i++) out[i] = (bytes[i >> 3] >> (i & 7)) & 1
  return out
}

/** Y, Y, Cb, Cr of two neighbours as two pixels of the same colour (PS3.3, C.7.6.3.1.2). */
function repeatColours(bytes: Uint8Array, count: number): Uint8Array {
  const out = new Uint8Array(count)
  for (let from = 0, to = 0; to < count; from += 4, to += 6) {
    out[to] = bytes[from]
    out[to + 3] = bytes[from + 1]
    out[to + 1] = out[to + 4] = bytes[from + 2]
    out[to + 2] = out[to + 5] = bytes[from + 3]
  }
  return out
}

/** Planes of colours as colours of pixels. */
export function together(data: TypedArray, { frames, rows, columns, samples }: PixelLayout): TypedArray {
  const plane = rows * columns
  const out = data.slice()
  for (let frame = 0; frame < frames; frame++)
    for (let sample = 0; sample < samples; sample++) {
      const from = (frame * samples + sample) * plane
      const to = frame * samples * plane + sample
      for (let i = 0; i < plane; i++) out[to + i * samples] = data[from + i]
    }
  return out
}

/**
 * Only the bits that are stored: others may hold anything (overlays, in old files), and a sign has to be carried to the left.
 * The values as they are where nothing has to be done.
 */
export function withinStored(data: TypedArray, layout: PixelLayout): TypedArray {
  if (!hasOtherBits(layout)) return data
  const out = data.slice()
  keepStored(out, layout)
  return out
}

/** The same in place. */
export function keepStored(data: TypedArray, layout: PixelLayout): void {
  if (!hasOtherBits(layout)) return
  const { highBit, bitsStored, signed } = layout
  const left = 31 - highBit
  const right = 32 - bitsStored
  if (signed) for (let i = 0; i < data.length; i++) data[i] = ((data[i] as number) << left) >> right
  else for (let i = 0; i < data.length; i++) data[i] = ((data[i] as number) << left) >>> right
}

function hasOtherBits({ bitsAllocated, bitsStored, dtype }: PixelLayout): boolean {
  return bitsStored !== bitsAllocated && !dtype.startsWith('float')
}
