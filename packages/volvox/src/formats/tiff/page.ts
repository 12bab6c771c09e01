import type { DType } from '../../core/dtype.ts'
import { FormatError, shown } from '../../core/errors.ts'
import { numbersOf, tag, type Tags } from './directory.ts'

/** One image of a file: what its pixels are and where its pieces (strips or tiles) lie. */
export interface TiffPage {
  readonly tags: Tags
  readonly width: number
  readonly height: number
  /** Values of a pixel in the file. */
  readonly samples: number
  /** Bits of a value in the file: 1, 2, 4, 8, 12, 16, 32 or 64. */
  readonly bits: number
  readonly dtype: DType
  readonly photometric: number
  readonly compression: number
  readonly predictor: number
  /** Whether each sample has pieces of its own. */
  readonly planar: boolean
  /** Pixels of a piece; strips are as wide as the image. */
  readonly pieceWidth: number
  readonly pieceHeight: number
  readonly tiled: boolean
  readonly offsets: readonly number[]
  readonly lengths: readonly number[]
  /** A smaller copy of another image of the file. */
  readonly reduced: boolean
}

const dtypes: Readonly<Record<string, DType>> = {
  '1:8': 'uint8',
  '1:16': 'uint16',
  '1:32': 'uint32',
  '1:64': 'uint64',
  '2:8': 'int8',
  '2:16': 'int16',
  '2:32': 'int32',
  '2:64': 'int64',
  '3:16': 'float16',
  '3:32': 'float32',
  '3:64': 'float64',
  '1:1': 'uint8',
  '1:2': 'uint8',
  '1:4': 'uint8',
  '1:12': 'uint16',
}

export function pageOf(tags: Tags, where: string): TiffPage {
  const one = (number: number, fallback: number): number => numbersOf(tags, number)[0] ?? fallback
  const [width, height, samples] = [one(tag.width, 0), one(tag.height, 0), one(tag.samples, 1)]
  if (![width, height, samples].every((n) => Number.isSafeInteger(n) && n >= 1))
    throw new FormatError(
      where,
      `it is ${width} x ${height} pixels of ${samples} samples by its header; the file is damaged`,
    )
  const bits = one(tag.bits, 1)
  if (numbersOf(tags, tag.bits).some((other) => other !== bits))
    throw new FormatError(where, `its samples have ${shown(numbersOf(tags, tag.bits))} bits; all must have the same`)
  const format = one(tag.sampleFormat, 1) === 4 ? 1 : one(tag.sampleFormat, 1) // 4: not said
  const dtype = dtypes[`${format}:${bits}`]
  if (!dtype)
    throw new FormatError(
      where,
      `its samples have ${bits} bits in format ${format}; readable are whole numbers of 1, 2, 4, 8, 12, 16, 32 or 64 bits and floats of 16, 32 or 64`,
    )
  const tiled = tags.has(tag.tileOffsets)
  const pieceWidth = tiled ? one(tag.tileWidth, 0) : width
  const pieceHeight = tiled ? one(tag.tileHeight, 0) : Math.min(height, one(tag.rowsPerStrip, height))
  if (!(pieceWidth >= 1 && pieceHeight >= 1))
    throw new FormatError(where, `its pieces are ${pieceWidth} x ${pieceHeight} pixels; the file is damaged`)
  const planar = one(tag.planar, 1) === 2 && samples > 1
  const pieces = Math.ceil(width / pieceWidth) * Math.ceil(height / pieceHeight) * (planar ? samples : 1)
  const offsets = numbersOf(tags, tiled ? tag.tileOffsets : tag.stripOffsets)
  const lengths = numbersOf(tags, tiled ? tag.tileBytes : tag.stripBytes)
  if (offsets.length < pieces || lengths.length < pieces)
    throw new FormatError(
      where,
      `${pieces} strips or tiles make the image, the places of ${Math.min(offsets.length, lengths.length)} are there; the file is damaged`,
    )
  return {
    tags,
    width,
    height,
    samples,
    bits,
    dtype,
    photometric: one(tag.photometric, samples >= 3 ? 2 : 1),
    compression: one(tag.compression, 1),
    predictor: one(tag.predictor, 1),
    planar,
    pieceWidth,
    pieceHeight,
    tiled,
    offsets,
    lengths,
    reduced: (one(tag.subfileType, 0) & 1) === 1,
  }
}

/** Bytes of a row of a piece in the file, which ends with a whole byte. */
export function rowBytes({ pieceWidth, samples, bits, planar }: TiffPage): number {
  return Math.ceil((pieceWidth * (planar ? 1 : samples) * bits) / 8)
}

/** Bytes that all pixels take in the file before compression, at least. */
export function storedBytes({ width, height, samples, bits }: TiffPage): number {
  return (width * height * samples * bits) / 8
}
