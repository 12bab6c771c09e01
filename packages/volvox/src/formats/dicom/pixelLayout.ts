import { FormatError, shown } from '../../core/errors.ts'
import type { DType } from '../../core/dtype.ts'
import type { DataSet } from './dataSet.ts'
import { tags, tagText, type Keyword } from './tags.ts'
import { numberOf, textOf } from './values.ts'

/** How the pixels of an object are coded (PS3.3, C.7.6.3). */
export interface PixelLayout {
  readonly rows: number
  readonly columns: number
  readonly frames: number
  /** Samples of a pixel: 1, or 3 colours. */
  readonly samples: number
  /** Each colour has a plane of its own. */
  readonly planar: boolean
  readonly photometric: string
  readonly bitsAllocated: number
  readonly bitsStored: number
  readonly highBit: number
  readonly signed: boolean
  /** Type that holds stored values. */
  readonly dtype: DType
}

const dtypesOf: Readonly<Record<number, readonly [unsigned: DType, signed: DType]>> = {
  1: ['uint8', 'uint8'],
  8: ['uint8', 'int8'],
  16: ['uint16', 'int16'],
  32: ['uint32', 'int32'],
}

/** Samples that are stored half as often across (4:2:2). */
export const halved = new Set(['YBR_FULL_422', 'YBR_PARTIAL_422'])

export function pixelLayout(set: DataSet, where: string): PixelLayout {
  const need = (keyword: Keyword, low: number, high: number, usual?: number): number => {
    const value = numberOf(set, keyword, where) ?? usual
    if (value === undefined || !Number.isInteger(value) || value < low || value > high)
      throw new FormatError(
        where,
        `${tagText(tags[keyword])} is ${value === undefined ? 'missing' : shown(value)}, where a whole number from ${low} to ${high} is needed; the file is damaged`,
      )
    return value
  }
  const floating = set.elements.has(tags.FloatPixelData)
    ? 'float32'
    : set.elements.has(tags.DoubleFloatPixelData)
      ? 'float64'
      : null
  const samples = need('SamplesPerPixel', 1, 4, 1)
  const bitsAllocated = need('BitsAllocated', 1, 64)
  const bitsStored = floating ? bitsAllocated : need('BitsStored', 1, bitsAllocated, bitsAllocated)
  const highBit = floating ? bitsAllocated - 1 : need('HighBit', bitsStored - 1, bitsAllocated - 1, bitsStored - 1)
  const signed = need('PixelRepresentation', 0, 1, 0) === 1
  const dtype = floating ?? dtypesOf[bitsAllocated]?.[signed ? 1 : 0]
  if (!dtype || samples === 2)
    throw new FormatError(
      where,
      `${samples} samples a pixel of ${bitsAllocated} bits cannot be read; 1, 3 or 4 samples of 1, 8, 16 or 32 bits can`,
    )
  const photometric = textOf(set, 'PhotometricInterpretation') ?? (samples === 1 ? 'MONOCHROME2' : 'RGB')
  return {
    rows: need('Rows', 1, 65535),
    columns: need('Columns', 1, 65535),
    frames: need('NumberOfFrames', 1, 2 ** 31 - 1, 1),
    samples,
    planar: samples > 1 && need('PlanarConfiguration', 0, 1, 0) === 1,
    photometric,
    bitsAllocated,
    bitsStored,
    highBit,
    signed,
    dtype,
  }
}

/** Stored values of one frame. */
export function frameLength({ rows, columns, samples }: PixelLayout): number {
  return rows * columns * samples
}
