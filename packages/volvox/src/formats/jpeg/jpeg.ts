import { identity } from '../../core/affine.ts'
import { FormatError } from '../../core/errors.ts'
import { voxelsOf } from '../elements.ts'
import { volume, type Format, type Part, type Reading, type Volume, type Writing } from '../format.ts'
import { pictureLayout, pictureOf } from '../picture.ts'
import { decodeJpeg, type JpegImage } from './decode.ts'
import { encodeJpeg } from './encode.ts'
import { ybrToRgb } from './ybr.ts'

/**
 * JPEG: baseline, extended (8 or 12 bits), progressive and lossless; grey, RGB or CMYK. The first axis runs to the right,
 * the second down, samples come last. Pixels are those of libjpeg, and so of Pillow, to the last bit. Written
 * with libjpeg's defaults: baseline, quality 75 unless `quality` says otherwise, half the colours.
 */
export const jpeg: Format = {
  name: 'JPEG',
  extensions: ['.jpg', '.jpeg'],
  sniff: (head) => head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff,
  read,
  write,
}

function read(bytes: Uint8Array, reading: Reading): Volume {
  const image = decodeJpeg(bytes, reading.name)
  const { width, height, components } = image
  const layout = pictureLayout(width, height, components)
  const data = coloursOf(image)
  const voxels = voxelsOf({ dtype: data instanceof Uint8Array ? 'uint8' : 'uint16', data, layout }, reading.as)
  const mode = ['', 'L', 'LA', 'RGB', 'CMYK'][components]
  return volume(voxels, layout.shape, 2, identity(), { mode, width, height }, reading)
}

/** Grey, red, green and blue, or inks. Three components are brightness and colour differences unless the file denies it. */
function coloursOf({ components, bits, colour, adobe, data }: JpegImage): Uint8Array | Uint16Array {
  if (components === 3 && colour !== 'rgb' && bits === 8) return ybrToRgb(data)
  if (components !== 4 || adobe === undefined) return data
  // Adobe's files hold inks inverted; in YCCK the first three are complements of inks, which the two inversions leave.
  const most = 2 ** bits - 1
  if (adobe !== 2) return data.map((value) => most - value)
  const out = data.slice()
  const pixels = data.length / 4
  const ybr = new Uint8Array(3 * pixels)
  for (let i = 0; i < pixels; i++) ybr.set(data.subarray(4 * i, 4 * i + 3), 3 * i)
  const rgb = ybrToRgb(ybr)
  for (let i = 0; i < pixels; i++) {
    out.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i)
    out[4 * i + 3] = most - data[4 * i + 3]
  }
  return out
}

function write(given: Volume, { name, quality = 75 }: Writing): Part[] {
  const { width, height, samples, dtype, data } = pictureOf(given, name, 'JPEG')
  if (dtype !== 'uint8' || !(samples === 1 || samples === 3))
    throw new FormatError(
      name,
      `JPEG holds grey or RGB of uint8, this image has ${samples} samples of ${dtype}; convert it, or use .png or .tif`,
    )
  if (!(quality >= 1 && quality <= 100)) throw new FormatError(name, `quality is ${quality}; it must be from 1 to 100`)
  return [{ name, bytes: encodeJpeg(data as Uint8Array, width, height, samples, quality, name) }] // by its dtype
}
