import { joinedBytes } from '../../core/lists.ts'
import { FormatError } from '../../core/errors.ts'
import type { Files } from '../../core/files.ts'
import { crc32 } from '../crc32.ts'

/** PNG's colour types by number of channels. */
const colourTypes: Readonly<Record<number, number>> = { 1: 0, 3: 2, 4: 6 }

/** An 8-bit PNG of gray (1 channel), RGB (3) or RGBA (4) pixels, row by row from the top, channels together. */
export function writePng(
  pixels: Uint8Array,
  width: number,
  height: number,
  channels: 1 | 3 | 4,
  { deflate }: Pick<Files, 'deflate'>,
): Uint8Array {
  if (!(width >= 1 && height >= 1) || pixels.length !== width * height * channels)
    throw new FormatError(
      'writePng',
      `${pixels.length} bytes do not make ${width} x ${height} pixels of ${channels} channels; give ${width * height * channels}`,
    )
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header[8] = 8 // bits a channel
  header[9] = colourTypes[channels]
  return joinedBytes([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    chunk('IDAT', deflate(filtered(pixels, height, width * channels, channels), 'zlib', 9)),
    chunk('IEND', new Uint8Array(0)),
  ])
}

/** Each row as differences to the row above or to the left, whichever are smaller in sum (PNG's filters 2 and 1). */
function filtered(pixels: Uint8Array, height: number, stride: number, channels: number): Uint8Array {
  const out = new Uint8Array(height * (stride + 1))
  for (let row = 0; row < height; row++) {
    const start = row * stride
    const [left, up] = [new Uint8Array(stride), new Uint8Array(stride)]
    let [leftSum, upSum] = [0, 0]
    for (let i = 0; i < stride; i++) {
      left[i] = pixels[start + i] - (i >= channels ? pixels[start + i - channels] : 0)
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
