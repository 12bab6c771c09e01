import { FormatError, shown } from '../core/errors.ts'
import { viewAs, type DType, type TypedArray } from '../core/dtype.ts'
import type { Volume } from './format.ts'
import type { Layout } from './reorder.ts'
import { orderedBytes } from './elements.ts'

/** Pixels row by row from the top, samples of a pixel together, as a volume has them: to the right, down, samples. */
export function pictureLayout(width: number, height: number, samples: number, start = 0): Layout {
  return samples > 1
    ? { start, shape: [width, height, samples], strides: [samples, width * samples, 1] }
    : { start, shape: [width, height], strides: [1, width] }
}

/** Pixels row by row from the top, samples of a pixel together. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly samples: number
  readonly dtype: DType
  readonly data: TypedArray
}

/** A flat volume as a picture; axes of size 1 beyond the second do not count. */
export function pictureOf(volume: Volume, name: string, format: string): Picture {
  const { shape, spatialDims, dtype } = volume
  const channelAxes = shape.slice(spatialDims)
  const [width, height = 1, ...deeper] = shape.slice(0, spatialDims)
  if (width === undefined || deeper.some((size) => size !== 1) || channelAxes.length > 1)
    throw new FormatError(
      name,
      `an image of shape ${shown(shape)} is not flat; ${format} holds two axes of space and one of samples, so cut a slice or use .nii.gz`,
    )
  const samples = channelAxes[0] ?? 1
  if (!(width >= 1 && height >= 1 && samples >= 1))
    throw new FormatError(name, `the shape is ${shown(shape)}; ${format} needs 1 pixel or more along each axis`)
  const bytes = orderedBytes({ dtype, shape: [width, height, samples], data: volume.data }, [1, 0, 2])
  const data = viewAs(dtype, bytes.buffer, bytes.byteOffset, volume.data.length)
  return { width, height, samples, dtype, data }
}

/** The first `count` samples of 1, 2, 4 or 12 bits of a row, the highest bits of a byte first. */
export function narrowSamples(row: Uint8Array, count: number, bits: number): Uint8Array | Uint16Array {
  const out = bits > 8 ? new Uint16Array(count) : new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    const bit = i * bits
    const at = bit >> 3
    const pair = (row[at] << 8) | (row[at + 1] ?? 0)
    out[i] = (pair >> (16 - bits - (bit & 7))) & ((1 << bits) - 1)
  }
  return out
}

/** The colours of pixels that are numbers of palette entries; an entry has so many `samples` in a row. */
export function fromPalette(pixels: TypedArray, palette: Uint8Array, samples: number, where: string): Uint8Array {
  const out = new Uint8Array(pixels.length * samples)
  for (let i = 0; i < pixels.length; i++) {
    const first = Number(pixels[i]) * samples
    if (!(first < palette.length))
      throw new FormatError(
        where,
        `a pixel has palette entry ${pixels[i]}, there are ${palette.length / samples}; the file is damaged`,
      )
    for (let s = 0; s < samples; s++) out[i * samples + s] = palette[first + s]
  }
  return out
}
