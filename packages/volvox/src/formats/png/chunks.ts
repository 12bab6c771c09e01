import { FormatError, shown } from '../../core/errors.ts'
import { joinedBytes } from '../../core/lists.ts'
import { ByteReader } from '../byteReader.ts'
import { crc32 } from '../crc32.ts'

/** What a PNG file says about its pixels. */
export interface PngHeader {
  readonly width: number
  readonly height: number
  readonly depth: 1 | 2 | 4 | 8 | 16
  readonly colour: PngColour
  readonly interlaced: boolean
}

export type PngColour = 'grey' | 'rgb' | 'palette' | 'greyAlpha' | 'rgba'

export interface PngChunks {
  readonly header: PngHeader
  /** Compressed rows. */
  readonly data: Uint8Array
  /** Red, green, blue of each entry. */
  readonly palette: Uint8Array | null
  /** The opacity of palette entries, or the colour that is transparent. */
  readonly transparency: Uint8Array | null
  /** Keywords with their text. */
  readonly text: Readonly<Record<string, string>>
}

export const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

const colours: Readonly<Record<number, readonly [colour: PngColour, depths: readonly number[]]>> = {
  0: ['grey', [1, 2, 4, 8, 16]],
  2: ['rgb', [8, 16]],
  3: ['palette', [1, 2, 4, 8]],
  4: ['greyAlpha', [8, 16]],
  6: ['rgba', [8, 16]],
}

export const pngSamples: Readonly<Record<PngColour, number>> = { grey: 1, rgb: 3, palette: 1, greyAlpha: 2, rgba: 4 }

/** Length, type, data, checksum: as many chunks as there are. Unknown ones are read over if they may be. */
export function readChunks(bytes: Uint8Array, where: string): PngChunks {
  const reader = new ByteReader(bytes, where, false)
  if (pngSignature.some((byte, i) => bytes[i] !== byte))
    throw new FormatError(where, 'it does not begin as a PNG file; it is damaged, or was sent as text')
  const packed: Uint8Array[] = []
  const text: Record<string, string> = {}
  let header: PngHeader | null = null
  let [palette, transparency]: (Uint8Array | null)[] = [null, null]
  for (let at = pngSignature.length, type = ''; type !== 'IEND';) {
    const length = reader.u32(at)
    type = reader.text(at + 4, 4)
    const content = reader.slice(at + 8, length)
    if (reader.u32(at + 8 + length) !== crc32(reader.slice(at + 4, length + 4)))
      throw new FormatError(
        where,
        `the checksum of chunk ${shown(type)} at byte ${at} does not match; the file is damaged`,
      )
    if (!header && type !== 'IHDR')
      throw new FormatError(where, `chunk ${shown(type)} comes before the header (IHDR); the file is damaged`)
    if (type === 'IHDR') header = headerOf(content, where)
    else if (type === 'IDAT') packed.push(content)
    else if (type === 'PLTE') palette = content
    else if (type === 'tRNS') transparency = content
    else if (type === 'tEXt') {
      const [keyword, ...rest] = String.fromCharCode(...content.subarray(0, 4096)).split('\0')
      text[keyword] = rest.join('\0')
    } else if (/^[A-Z]/.test(type) && type !== 'IEND')
      throw new FormatError(where, `chunk ${shown(type)} is not known, and must be to show the image; it is damaged`)
    at += length + 12
  }
  if (!header || packed.length === 0) throw new FormatError(where, 'it holds no pixels (IDAT); the file is damaged')
  return { header, data: joinedBytes(packed), palette, transparency, text }
}

function headerOf(content: Uint8Array, where: string): PngHeader {
  const reader = new ByteReader(content, where, false)
  const [width, height, depth] = [reader.u32(0), reader.u32(4), reader.u8(8)]
  const [type, compression, filter, interlace] = [9, 10, 11, 12].map((at) => reader.u8(at))
  if (width === 0 || height === 0 || width >= 2 ** 31 || height >= 2 ** 31)
    throw new FormatError(where, `it is ${width} x ${height} pixels by its header; the file is damaged`)
  const [colour, depths] = colours[type] ?? []
  if (!colour || !depths?.includes(depth))
    throw new FormatError(where, `colour type ${type} with ${depth} bits is no kind of PNG; the file is damaged`)
  if (compression !== 0 || filter !== 0 || interlace > 1)
    throw new FormatError(
      where,
      `compression ${compression}, filter ${filter} and interlace ${interlace} are no methods of PNG; the file is damaged`,
    )
  return { width, height, depth: depth as PngHeader['depth'], colour, interlaced: interlace === 1 } // one of `depths`
}
