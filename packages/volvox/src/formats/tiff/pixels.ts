import { allocate, bytesIn, bytesOf, viewAs, type TypedArray } from '../../core/dtype.ts'
import { FormatError } from '../../core/errors.ts'
import type { ByteReader } from '../byteReader.ts'
import { swapBytes } from '../elements.ts'
import type { Reading } from '../format.ts'
import { inflateExpected, largestRatio } from '../gzip.ts'
import { decodeJpeg } from '../jpeg/decode.ts'
import { ybrToRgb } from '../jpeg/ybr.ts'
import { unpackBits } from '../packBits.ts'
import { narrowSamples } from '../picture.ts'
import { reversedBits, undoDifferences, undoFloatDifferences, unpackLzw } from './codecs.ts'
import { numbersOf, tag } from './directory.ts'
import { rowBytes, type TiffPage } from './page.ts'

/** A part of an image in pixels. */
export interface Region {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

type Unpack = (packed: Uint8Array, expected: number, reading: Reading) => Uint8Array

/** Writers may fill up the last strip; what is more is read over. */
const inflated: Unpack = (packed, expected, { inflate, name }) =>
  inflateExpected(packed, expected, 65536, inflate, name)

const packBits: Unpack = (packed, expected) => {
  const out = new Uint8Array(expected)
  return out.subarray(0, unpackBits(packed, out))
}

/** TIFF's numbers of compressions, with how far each can grow data at most. */
const codecs: Readonly<Record<number, { readonly ratio: number; readonly unpack: Unpack }>> = {
  1: { ratio: 1, unpack: (packed) => packed },
  5: { ratio: 4096, unpack: (packed, expected, { name }) => unpackLzw(packed, expected, name) },
  7: { ratio: 4096, unpack: (packed) => packed },
  8: { ratio: largestRatio, unpack: inflated },
  32773: { ratio: 64, unpack: packBits },
  32946: { ratio: largestRatio, unpack: inflated },
}
const [jpeg, ycbcr] = [7, 6] // a compression, a kind of colour

/** How far the data of a page can grow; refuses compressions that are not read. */
export function ratioOf({ compression }: TiffPage, where: string): number {
  const codec = codecs[compression]
  if (!codec)
    throw new FormatError(
      where,
      `its pixels are packed by TIFF's method ${compression}; readable are none (1), LZW (5), JPEG (7), Deflate (8, 32946) and PackBits (32773)`,
    )
  return codec.ratio
}

/** The pixels of a part of a page row by row, samples of a pixel together; reads only the strips or tiles that it touches. */
export function readRegion(page: TiffPage, region: Region, reader: ByteReader, reading: Reading): TypedArray {
  const { samples, dtype, pieceWidth, pieceHeight, planar } = page
  const out = allocate(dtype, region.width * region.height * samples)
  const across = Math.ceil(page.width / pieceWidth)
  const down = Math.ceil(page.height / pieceHeight)
  for (let plane = 0; plane < (planar ? samples : 1); plane++)
    for (let row = Math.floor(region.y / pieceHeight); row * pieceHeight < region.y + region.height; row++)
      for (let column = Math.floor(region.x / pieceWidth); column * pieceWidth < region.x + region.width; column++) {
        const piece = readPiece(page, (plane * down + row) * across + column, row, reader, reading)
        place(piece, { x: column * pieceWidth, y: row * pieceHeight }, page, region, out, planar ? plane : null)
      }
  return out
}

function place(
  piece: TypedArray,
  origin: { readonly x: number; readonly y: number },
  page: TiffPage,
  region: Region,
  out: TypedArray,
  plane: number | null,
): void {
  const { samples, pieceWidth, pieceHeight } = page
  const [left, top] = [Math.max(origin.x, region.x), Math.max(origin.y, region.y)]
  const right = Math.min(origin.x + pieceWidth, region.x + region.width)
  const bottom = Math.min(origin.y + pieceHeight, region.y + region.height)
  const own = plane === null ? samples : 1
  for (let y = top; y < bottom; y++) {
    const from = ((y - origin.y) * pieceWidth + left - origin.x) * own
    const to = ((y - region.y) * region.width + left - region.x) * samples
    const count = (right - left) * own
    if (plane === null) out.set(piece.subarray(from, from + count) as never, to)
    else for (let i = 0; i < count; i++) out[to + i * samples + plane] = piece[from + i]
  }
}

/** One strip or tile, unpacked to elements; the last strip of an image may be lower than the others. */
function readPiece(page: TiffPage, index: number, row: number, reader: ByteReader, reading: Reading): TypedArray {
  const { pieceWidth, planar, bits, dtype } = page
  const own = planar ? 1 : page.samples
  const height = page.tiled ? page.pieceHeight : Math.min(page.pieceHeight, page.height - row * page.pieceHeight)
  const where = `${reading.name} (${page.tiled ? 'tile' : 'strip'} ${index})`
  const raw = reader.slice(page.offsets[index], page.lengths[index])
  if (page.compression === jpeg) return jpegPiece(page, raw, height, where)
  const needed = rowBytes(page) * height
  if (needed > raw.length * codecs[page.compression].ratio)
    throw new FormatError(
      where,
      `${raw.length} bytes cannot hold the ${needed} bytes of its pixels; the file is damaged`,
    )
  const packed = numbersOf(page.tags, tag.fillOrder)[0] === 2 ? reversedBits(raw) : raw
  const unpacked = codecs[page.compression].unpack(packed, needed, { ...reading, name: where })
  if (unpacked.length < needed)
    throw new FormatError(
      where,
      `${unpacked.length} bytes of pixels are there, ${needed} are needed; the file is damaged`,
    )
  if (bits < 8 || bits === 12) return joinedRows(unpacked, pieceWidth * own, height, bits)
  const bytes = page.compression === 1 ? unpacked.slice(0, needed) : unpacked.subarray(0, needed)
  const count = needed / bytesOf(dtype)
  const data = viewAs(dtype, bytes.buffer, bytes.byteOffset, count)
  const floats = page.predictor === 3
  if (floats) {
    const plain = bytesIn(data)
    undoFloatDifferences(plain, rowBytes(page), own, bytesOf(dtype))
    return data
  }
  if (!reader.littleEndian) swapBytes(dtype, data)
  if (page.predictor === 2) {
    const words = ({ 1: 'uint8', 2: 'uint16', 4: 'uint32' } as const)[bytesOf(dtype)]
    if (!words) throw new FormatError(where, 'it holds differences of 64-bit numbers, which are not read')
    const plain = viewAs(words, data.buffer, data.byteOffset, count) as Uint8Array | Uint16Array | Uint32Array // by `words`
    undoDifferences(plain, pieceWidth * own, own)
  } else if (page.predictor !== 1) throw new FormatError(where, `its predictor is ${page.predictor}; TIFF has 1 to 3`)
  return data
}

function joinedRows(bytes: Uint8Array, rowLength: number, rows: number, bits: number): TypedArray {
  const out = allocate(bits > 8 ? 'uint16' : 'uint8', rowLength * rows)
  const stride = Math.ceil((rowLength * bits) / 8)
  for (let row = 0; row < rows; row++)
    out.set(narrowSamples(bytes.subarray(row * stride), rowLength, bits) as never, row * rowLength)
  return out
}

function jpegPiece(page: TiffPage, bytes: Uint8Array, height: number, where: string): TypedArray {
  const { pieceWidth: width, photometric } = page
  const own = page.planar ? 1 : page.samples
  const tables = numbersOf(page.tags, tag.jpegTables)
  const picture = decodeJpeg(bytes, where, undefined, tables.length > 0 ? Uint8Array.from(tables) : undefined)
  if (
    picture.width < width ||
    picture.height < height ||
    picture.components !== own ||
    picture.bits !== 8 ||
    page.bits !== 8
  )
    throw new FormatError(
      where,
      `its JPEG data are ${picture.width} x ${picture.height} pixels of ${picture.components} samples, ${width} x ${height} of ${own} with 8 bits are needed; the file is damaged`,
    )
  const data = own === 3 && photometric === ycbcr ? ybrToRgb(picture.data) : picture.data
  if (picture.width === width) return data
  const out = new Uint8Array(width * picture.height * own)
  for (let y = 0; y < picture.height; y++) {
    const start = y * picture.width * own
    out.set(data.subarray(start, start + width * own) as Uint8Array, y * width * own) // 8 bits, as checked
  }
  return out
}
