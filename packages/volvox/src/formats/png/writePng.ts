import { joinedBytes } from '../../core/lists.ts'
import { FormatError } from '../../core/errors.ts'
import type { Files } from '../../core/files.ts'
import type { Part, Volume, Writing } from '../format.ts'
import { pictureOf } from '../picture.ts'
import { pngSignature } from './chunks.ts'
import { crc32 } from '../crc32.ts'

/** PNG's colour types by number of channels. */
const colourTypes: Readonly<Record<number, number>> = { 1: 0, 2: 4, 3: 2, 4: 6 }

/** A PNG of gray (1 channel), gray with opacity, RGB or RGBA pixels, row by row from the top, channels together. */
export function writePng(
  pixels: Uint8Array | Uint16Array,
  width: number,
  height: number,
  channels: 1 | 2 | 3 | 4,
  { deflate }: Pick<Files, 'deflate'>,
): Uint8Array {
  if (!(width >= 1 && height >= 1) || pixels.length !== width * height * channels)
    throw new FormatError(
      'writePng',
      `${pixels.length} values do not make ${width} x ${height} pixels of ${channels} channels; give ${width * height * channels}`,
    )
  const size = pixels.BYTES_PER_ELEMENT
  const bytes = new Uint8Array(pixels.length * size)
  const ordered = new DataView(bytes.buffer)
  if (size === 1) bytes.set(pixels)
  else pixels.forEach((value, i) => ordered.setUint16(2 * i, value))
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header[8] = 8 * size // bits a channel
  header[9] = colourTypes[channels]
  return joinedBytes([
    Uint8Array.from(pngSignature),
    chunk('IHDR', header),
    chunk('IDAT', deflate(filtered(bytes, height, width * channels * size, channels * size), 'zlib', 9)),
    chunk('IEND', new Uint8Array(0)),
  ])
}

/** A flat volume of uint8, uint16 or bool (as 0 and 1) with 1 to 4 samples a pixel. */
export function writePngVolume(volume: Volume, writing: Writing): Part[] {
  const { name } = writing
  const { width, height, samples, dtype, data } = pictureOf(volume, name, 'PNG')
  if (!(dtype === 'uint8' || dtype === 'uint16' || dtype === 'bool'))
    throw new FormatError(name, `PNG holds no ${dtype} pixels; scale them and convert to uint8 or uint16 first`)
  if (!(samples === 1 || samples === 2 || samples === 3 || samples === 4))
    throw new FormatError(name, `PNG holds 1 to 4 samples a pixel, the image has ${samples}; choose some`)
  return [{ name, bytes: writePng(data as Uint8Array | Uint16Array, width, height, samples, writing) }] // by its dtype
}

/** Each row as differences to the row above or to the left, whichever are smaller in sum (PNG's filters 2 and 1). */
function filtered(pixels: Uint8Array, height: number, stride: number, step: number): Uint8Array {
  const out = new Uint8Array(height * (stride + 1))
  for (let row = 0; row < height; row++) {
    const start = row * stride
    const [left, up] = [new Uint8Array(stride), new Uint8Array(stride)]
    let [leftSum, upSum] = [0, 0]
    for (let i = 0; i < stride; i++) {
      left[i] = pixels[start + i] - (i >= step ? pixels[start + i - step] : 0)
      up[i] = pixels[start + i] - (row > 0 ? pixels[start + i - stride] : 0)
      leftSum += Math.min(left[i], 256 - left[i])
      upSum += Math.min(up[i], 256 - up[i])
    }
    out[row * (stride + 1)] = upSum < leftSum ? 2 : 1
    out.set(upSum < leftSum ? up : left, row * (stride + 1) + 1)
  }
  return out
}

/** Length, type, data, checksum of type and data. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length + 12)
  const view = new DataView(out.buffer)
  view.setUint32(0, data.length)
  out.set(new TextEncoder().encode(type), 4)
  out.set(data, 8)
  view.setUint32(data.length + 8, crc32(out.subarray(4, data.length + 8)))
  return out
}
