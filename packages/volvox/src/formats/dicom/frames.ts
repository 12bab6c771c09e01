import { allocate, bytesIn, bytesOf, type TypedArray } from '../../core/dtype.ts'
import { FormatError } from '../../core/errors.ts'
import type { Files } from '../../core/files.ts'
import { swapBytes } from '../elements.ts'
import type { Stack } from './arrange.ts'
import { asMeant, hasColours, hasModalityTable } from './colour.ts'
import { hasSwappedBytes, isPlain, keepStored } from './native.ts'
import { pixelElement, type DicomFile } from './part10.ts'
import { frameLength, pixelLayout, type PixelLayout } from './pixelLayout.ts'
import type { Slice } from './slices.ts'
import { storedPixels, type StoredPixels } from './storedPixels.ts'

/** Values of the frames of a stack, one after the other in its order. */
export interface Frames {
  readonly layout: PixelLayout
  readonly data: TypedArray
}

/** Bytes of a file, and where they go. */
export interface Piece {
  readonly path: string
  readonly at: number
  readonly into: Uint8Array
}

/** Frames that only have to be read from their files into their places. */
export interface FramesOnDisk {
  readonly pieces: readonly Piece[]
  /** To be called when all of them are in their places. */
  done(): Frames
}

/**
 * Room for frames whose pixels were left in files of their own, all of one size and type, as they will be needed; null where that
 * is not so.
 */
export function framesOnDisk(stack: Stack, raw = false): FramesOnDisk | null {
  const slices = stack.places.flat()
  const layouts = slices.map(({ file, name }) => pixelLayout(file.set, name))
  const [layout] = layouts
  const bytes = frameLength(layout) * bytesOf(layout.dtype)
  const alike = slices.every((slice, i) => isAlike(layouts[i], layout) && isOnDisk(slice, bytes, layouts[i], raw))
  if (!alike) return null
  const length = frameLength(layout)
  const data = allocate(layout.dtype, slices.length * length)
  const into = bytesIn(data)
  const pieces = slices.map(({ file, name }, i) => ({
    path: name,
    at: pixelElement(file.set)?.outside?.at ?? 0,
    into: into.subarray(i * bytes, (i + 1) * bytes),
  }))
  const done = (): Frames => {
    slices.forEach(({ file }, i) => {
      const frame = data.subarray(i * length, (i + 1) * length)
      if (!file.set.littleEndian) swapBytes(layout.dtype, frame)
      keepStored(frame, layouts[i])
    })
    return { layout, data }
  }
  return { pieces, done }
}

function isOnDisk({ file }: Slice, bytes: number, layout: PixelLayout, raw: boolean): boolean {
  const element = pixelElement(file.set)
  if (!element?.outside || file.syntax.compression !== 'none' || element.outside.length < bytes) return false
  if (hasSwappedBytes(element, layout, file.set.littleEndian)) return false
  return layout.frames === 1 && isPlain(layout) && (raw || !(hasColours(layout) || hasModalityTable(file.set)))
}

function isAlike(a: PixelLayout, b: PixelLayout): boolean {
  return a.dtype === b.dtype && frameLength(a) === frameLength(b)
}

/** The frames, read or decoded one file after the other; `decoded` has the pixels of those that somebody has decoded already. */
export function framesInOrder(
  stack: Stack,
  files: Pick<Files, 'imageDecoder' | 'open'>,
  raw = false,
  decoded?: ReadonlyMap<DicomFile, StoredPixels>,
): Frames {
  const onDisk = decoded ? null : framesOnDisk(stack, raw)
  if (!onDisk) return decodedFrames(stack.places.flat(), files, raw, decoded)
  for (const piece of onDisk.pieces) readPiece(piece, files)
  return onDisk.done()
}

function readPiece({ path, at, into }: Piece, files: Pick<Files, 'open'>): void {
  const file = files.open?.(path)
  try {
    const bytes = file?.read(at, into.length, into)
    if (bytes?.length !== into.length) throw changedMeanwhile(path)
    if (bytes.buffer !== into.buffer) into.set(bytes)
  } finally {
    file?.close()
  }
}

/** For a file that was there, and longer, when its header was read. */
export function changedMeanwhile(path: string): FormatError {
  return new FormatError(path, 'it changed while it was read; read it again')
}

function decodedFrames(
  slices: readonly Slice[],
  files: Pick<Files, 'imageDecoder'>,
  raw: boolean,
  decoded?: ReadonlyMap<DicomFile, StoredPixels>,
): Frames {
  const decode = (file: DicomFile, name: string): StoredPixels => {
    const pixels = decoded?.get(file) ?? storedPixels(file, files, name)
    return raw ? pixels : asMeant(pixels, file.set, name)
  }
  const [first] = slices
  const pixels = decode(first.file, first.name)
  const { layout } = pixels
  if (layout.frames === slices.length && slices.every(({ file, frame }, i) => file === first.file && frame === i))
    return pixels
  const length = frameLength(layout)
  const data = allocate(layout.dtype, slices.length * length)
  const kept = new Map([[first.file, pixels]])
  slices.forEach(({ file, name, frame }, i) => {
    const mine = kept.get(file) ?? decode(file, name)
    if (mine.layout.frames > 1) kept.set(file, mine)
    if (!isAlike(mine.layout, layout))
      throw new FormatError(name, `its pixels are ${mine.layout.dtype} with ${mine.layout.samples} samples, those of ${first.name} ${layout.dtype} with ${layout.samples}; put what belongs together into a folder of its own`) // prettier-ignore
    data.set(mine.data.subarray(frame * length, (frame + 1) * length) as never, i * length)
  })
  return { layout, data }
}
