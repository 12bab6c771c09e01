import { joinedBytes } from '../../core/lists.ts'
import { allocate, type TypedArray } from '../../core/dtype.ts'
import { FormatError } from '../../core/errors.ts'
import type { Files } from '../../core/files.ts'
import { codedFrame } from './codedFrame.ts'
import { framesOf } from './encapsulated.ts'
import { hasSwappedBytes, nativePixels, swappedPairs } from './native.ts'
import { kindOf, pixelElement, type DicomFile } from './part10.ts'
import { frameLength, pixelLayout, type PixelLayout } from './pixelLayout.ts'

/** Stored values of all frames: frame, row, column, sample. */
export interface StoredPixels {
  readonly layout: PixelLayout
  readonly data: TypedArray
  /** What the samples are, whatever the header says of coded ones. */
  readonly photometric: string
}

/** The pixels as they are stored: neither rescaled nor coloured. */
export function storedPixels(file: DicomFile, files: Pick<Files, 'imageDecoder'>, where: string): StoredPixels {
  const { set, syntax } = file.whole?.() ?? file
  const element = pixelElement(set)
  if (!element) throw new FormatError(where, `it is ${kindOf(set)} and has no pixels; give an object with an image`)
  const layout = pixelLayout(set, where)
  const { photometric } = layout
  const { fragments, bytes } = element
  if (bytes) {
    const inOrder = hasSwappedBytes(element, layout, set.littleEndian) ? swappedPairs(bytes) : bytes
    return { layout, photometric, data: nativePixels(inOrder, layout, set.littleEndian, where) }
  }
  if (!fragments) throw new FormatError(where, 'its pixels are a sequence of items; the file is damaged')
  const { compression } = syntax
  if (compression === 'none') {
    const joined = joinedBytes(fragments.slice(1))
    return { layout, photometric, data: nativePixels(joined, layout, set.littleEndian, where) }
  }
  const coded = framesOf(set, fragments, layout.frames, where)
  const first = codedFrame(coded[0], compression, layout, files, where)
  const colours = { 'as declared': photometric, rgb: layout.samples === 3 ? 'RGB' : photometric, ybr: 'YBR_FULL' }
  const result = { layout, photometric: colours[first.colour] }
  if (coded.length === 1) return { ...result, data: first.data }
  const data = allocate(layout.dtype, layout.frames * frameLength(layout))
  coded.forEach((frame, i) => {
    const decoded = i === 0 ? first : codedFrame(frame, compression, layout, files, where)
    data.set(decoded.data as never, i * frameLength(layout))
  })
  return { ...result, data }
}
