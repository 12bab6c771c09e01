import { joinedBytes } from '../../core/lists.ts'
import { FormatError } from '../../core/errors.ts'
import type { DataSet } from './dataSet.ts'
import { tags } from './tags.ts'
import { binaryNumbers } from './values.ts'

/**
 * The compressed bytes of each frame (PS3.5, A.4): by the extended or the basic offset table, or one fragment a frame, or by
 * where fragments begin like an image.
 */
export function framesOf(
  set: DataSet,
  fragments: readonly Uint8Array[],
  frames: number,
  where: string,
): readonly Uint8Array[] {
  const [table, ...pieces] = fragments
  if (!table || pieces.length === 0)
    throw new FormatError(where, 'its compressed pixels hold no fragment; the file is damaged or cut short')
  if (frames === 1) return [joined(pieces)]
  if (pieces.length === frames) return pieces
  const starts = offsets(set, table) ?? imageStarts(pieces)
  if (starts.length !== frames)
    throw new FormatError(
      where,
      `its compressed pixels hold ${pieces.length} fragments that make ${starts.length} frames, the header declares ${frames}; the file is damaged or cut short`,
    )
  // Offsets count from the first fragment's item, whose head takes 8 bytes.
  const places = new Map<number, number>()
  let at = 0
  pieces.forEach((piece, i) => {
    places.set(at, i)
    at += 8 + piece.length
  })
  const firsts = starts.map((start) => places.get(start))
  return firsts.map((first, i) => {
    const next = i + 1 < firsts.length ? firsts[i + 1] : pieces.length
    if (first === undefined || next === undefined || next <= first)
      throw new FormatError(where, `the offset table of its compressed pixels does not point at frame ${i + 1}; the file is damaged`) // prettier-ignore
    return joined(pieces.slice(first, next))
  })
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? pieces[0] : joinedBytes(pieces)
}

function offsets(set: DataSet, table: Uint8Array): readonly number[] | null {
  const extended = set.elements.get(tags.ExtendedOffsetTable)
  if (extended?.bytes?.length) return binaryNumbers({ ...extended, representation: 'OV' }, true) ?? null
  if (table.length === 0) return null
  const view = new DataView(table.buffer, table.byteOffset, table.length)
  return Array.from({ length: Math.floor(table.length / 4) }, (_, i) => view.getUint32(4 * i, true))
}

/** Offsets of the fragments that begin with an image of JPEG (FF D8), JPEG-LS (the same) or JPEG 2000 (FF 4F). */
function imageStarts(pieces: readonly Uint8Array[]): readonly number[] {
  const starts: number[] = []
  let at = 0
  for (const piece of pieces) {
    if (piece[0] === 0xff && (piece[1] === 0xd8 || piece[1] === 0x4f)) starts.push(at)
    at += 8 + piece.length
  }
  return starts
}
