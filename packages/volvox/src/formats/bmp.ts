import { identity } from '../core/affine.ts'
import { FormatError } from '../core/errors.ts'
import { ByteReader } from './byteReader.ts'
import { voxelsOf } from './elements.ts'
import { volume, type Format, type Part, type Reading, type Volume, type Writing } from './format.ts'
import { fromPalette, narrowSamples, pictureLayout, pictureOf } from './picture.ts'

/**
 * Windows bitmaps of 1, 4, 8, 16, 24 or 32 bits, not run-length coded; written with 8 (grey) or 24 bits. The first axis
 * runs to the right, the second down, samples come last. Palettes that are shades of grey from 0 to 255 are read as grey.
 * Memory is bounded by the pixels, each of which takes a bit of the file at least.
 */
export const bmp: Format = {
  name: 'BMP',
  extensions: ['.bmp'],
  sniff: (head) => head[0] === 0x42 && head[1] === 0x4d && head[14] >= 12 && head[15] === 0 && head[16] === 0,
  read,
  write,
}

function read(bytes: Uint8Array, reading: Reading): Volume {
  const where = reading.name
  const reader = new ByteReader(bytes, where, true)
  if (reader.text(0, 2) !== 'BM') throw new FormatError(where, 'it does not begin as a BMP file ("BM"); it is damaged')
  const [start, headerSize] = [reader.u32(10), reader.u32(14)]
  const old = headerSize === 12
  if (!old && headerSize < 40)
    throw new FormatError(where, `its header is ${headerSize} bytes long, BMP has 12 or 40 or more`)
  const [width, signedHeight] = old ? [reader.u16(18), reader.u16(20)] : [reader.i32(18), reader.i32(22)]
  const height = Math.abs(signedHeight)
  const bits = reader.u16(old ? 24 : 28)
  const compression = old ? 0 : reader.u32(30)
  if (!(width >= 1 && height >= 1) || ![1, 4, 8, 16, 24, 32].includes(bits))
    throw new FormatError(where, `it is ${width} x ${height} pixels of ${bits} bits by its header; the file is damaged`)
  if (compression !== 0 && !(compression === 3 && bits >= 16))
    throw new FormatError(where, `its pixels are packed by BMP's method ${compression}; save it uncompressed or as PNG`)
  const stride = Math.ceil((width * bits) / 32) * 4
  const rows = reader.slice(start, stride * height)
  const row = (y: number): Uint8Array => {
    const line = signedHeight < 0 ? y : height - 1 - y // rows usually begin at the bottom
    return rows.subarray(line * stride, (line + 1) * stride)
  }
  const [samples, data] =
    bits <= 8
      ? paletted(row, width, height, bits, paletteOf(reader, old, bits), reading)
      : direct(row, width, height, bits, masksOf(reader, bits, compression))
  const layout = pictureLayout(width, height, samples)
  const bilevel = bits === 1 && samples === 1 && reading.asPillow === true
  if (bilevel) data.forEach((value, i) => (data[i] = value === 0 ? 0 : 1))
  return volume(
    voxelsOf({ dtype: bilevel ? 'bool' : 'uint8', data, layout }, reading.as),
    layout.shape,
    2,
    identity(),
    { mode: bits === 1 ? '1' : samples === 1 ? 'L' : 'RGB', width, height },
    reading,
  )
}

/** Red, green and blue of each entry. */
function paletteOf(reader: ByteReader, old: boolean, bits: number): number[][] {
  const used = old ? 0 : reader.u32(46)
  const entries = used === 0 ? 2 ** bits : Math.min(used, 2 ** bits)
  const [start, size] = [14 + reader.u32(14), old ? 3 : 4]
  return Array.from({ length: entries }, (_, i) => [2, 1, 0].map((c) => reader.u8(start + i * size + c)))
}

function paletted(
  row: (y: number) => Uint8Array,
  width: number,
  height: number,
  bits: number,
  palette: readonly number[][],
  { name, asPillow }: Reading,
): [samples: number, data: Uint8Array] {
  const most = 2 ** bits - 1
  const grey = palette.every(([r, g, b], i) => r === g && g === b && (r === i || r === Math.round((i * 255) / most)))
  const samples = grey || asPillow ? 1 : 3
  const entries = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) entries.set(bits === 8 ? row(y).subarray(0, width) : narrowSamples(row(y), width, bits), y * width) // prettier-ignore
  const values = samples === 3 ? palette.flat() : palette.map(([shade], i) => (grey ? shade : i))
  return [samples, fromPalette(entries, Uint8Array.from(values), samples, name)]
}

/** Which bits of a pixel are red, green, blue and opacity. */
function masksOf(reader: ByteReader, bits: number, compression: number): number[] {
  if (compression === 3) return [54, 58, 62].map((at) => reader.u32(at))
  return bits === 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff0000, 0xff00, 0xff]
}

function direct(
  row: (y: number) => Uint8Array,
  width: number,
  height: number,
  bits: number,
  masks: readonly number[],
): [samples: number, data: Uint8Array] {
  const fields = masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask)
    return { mask, shift, most: mask >>> shift || 1 }
  })
  const size = bits / 8
  const out = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    const line = row(y)
    for (let x = 0; x < width; x++) {
      let pixel = 0
      for (let b = size - 1; b >= 0; b--) pixel = pixel * 256 + line[x * size + b]
      fields.forEach(({ mask, shift, most }, c) => {
        const value = (pixel & mask) >>> shift
        out[3 * (y * width + x) + c] = most === 255 ? value : Math.floor((value * 255) / most)
      })
    }
  }
  return [3, out]
}

function write(given: Volume, { name }: Writing): Part[] {
  const { width, height, samples, dtype, data } = pictureOf(given, name, 'BMP')
  if (!(dtype === 'uint8' || dtype === 'bool') || !(samples === 1 || samples === 3))
    throw new FormatError(
      name,
      `BMP holds grey or RGB of uint8, this image has ${samples} samples of ${dtype}; convert it, or use .png or .tif`,
    )
  const paletteBytes = samples === 1 ? 1024 : 0
  const stride = Math.ceil((width * samples) / 4) * 4
  const start = 54 + paletteBytes
  const bytes = new Uint8Array(start + stride * height)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 0x424d)
  ;[bytes.length, 0, start, 40, width, height].forEach((value, i) => view.setUint32(2 + 4 * i, value, true))
  view.setUint16(26, 1, true) // planes
  view.setUint16(28, 8 * samples, true)
  view.setUint32(34, stride * height, true)
  for (let i = 0; i < paletteBytes / 4; i++) bytes.set([i, i, i, 0], 54 + 4 * i)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let s = 0; s < samples; s++) {
        const to = start + (height - 1 - y) * stride + x * samples
        bytes[to + (samples === 1 ? 0 : 2 - s)] = Number(data[(y * width + x) * samples + s])
      }
  return [{ name, bytes }]
}
