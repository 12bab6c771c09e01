import { identity } from '../../core/affine.ts'
import type { DType } from '../../core/dtype.ts'
import { FormatError } from '../../core/errors.ts'
import { elementsAt, voxelsOf } from '../elements.ts'
import { volume, type Format, type Reading, type Volume } from '../format.ts'
import { inflateExpected } from '../gzip.ts'
import { fromPalette, narrowSamples, pictureLayout } from '../picture.ts'
import { pngSamples, pngSignature, readChunks, type PngChunks, type PngHeader } from './chunks.ts'
import { bytesOfRows, unfilter } from './rows.ts'
import { writePngVolume } from './writePng.ts'

/**
 * PNG of every depth and colour, interlaced too. The first axis runs to the right, the second down, samples come last.
 * Grey of 1, 2 or 4 bits is spread over 0 to 255, as Pillow does; palettes become colours; with `asPillow`
 * they stay numbers of entries, and 1 bit is bool. A transparent colour is kept as colour. Memory is bounded by the pixels that the header declares, as packed rows and as
 * given back; the header is believed only as far as the compressed data can be long enough for it.
 */
export const png: Format = {
  name: 'PNG',
  extensions: ['.png'],
  sniff: (head) => pngSignature.every((byte, i) => head[i] === byte),
  read,
  write: writePngVolume,
}

function read(bytes: Uint8Array, reading: Reading): Volume {
  const chunks = readChunks(bytes, reading.name)
  const { width, height, depth, colour, interlaced } = chunks.header
  const samples = pngSamples[colour]
  const passes = interlaced ? adam7(width, height) : [{ x: 0, y: 0, dx: 1, dy: 1, width, height }]
  const bits = samples * depth
  const needed = passes.reduce((sum, pass) => sum + bytesOfRows(pass, bits), 0)
  const rows = inflateExpected(chunks.data, needed, 0, reading.inflate, reading.name)
  if (rows.length < needed)
    throw new FormatError(
      reading.name,
      `${rows.length} bytes of pixels are there, the header declares ${needed}; the file is cut short`,
    )
  const pixels = depth === 16 ? new Uint16Array(width * height * samples) : new Uint8Array(width * height * samples)
  let at = 0
  for (const pass of passes) {
    const length = bytesOfRows(pass, bits)
    const filtered = rows.subarray(at, at + length)
    unfilter(filtered, pass, bits, reading.name)
    at += length
    const stride = length / pass.height
    for (let y = 0; y < pass.height; y++) {
      const row = samplesOf(filtered.subarray(y * stride + 1, (y + 1) * stride), pass.width * samples, depth)
      const to = ((pass.y + y * pass.dy) * width + pass.x) * samples
      if (pass.dx === 1) pixels.set(row, to)
      else
        for (let x = 0; x < pass.width; x++)
          for (let s = 0; s < samples; s++) pixels[to + x * pass.dx * samples + s] = row[x * samples + s]
    }
  }
  const indices = colour === 'palette' && reading.asPillow === true
  const [data, channels] = colour === 'palette' && !indices ? coloured(pixels, chunks, reading.name) : [pixels, samples]
  const bilevel = colour === 'grey' && depth === 1 && reading.asPillow === true
  const most = 2 ** depth - 1
  if (colour === 'grey' && depth < 8 && !bilevel) data.forEach((value, i) => (data[i] = (value * 255) / most))
  const dtype: DType = bilevel ? 'bool' : depth === 16 ? 'uint16' : 'uint8'
  const layout = pictureLayout(width, height, channels)
  const meta = { ...chunks.text, mode: modeOf(chunks.header), width, height }
  return volume(voxelsOf({ dtype, data, layout }, reading.as), layout.shape, 2, identity(), meta, reading)
}

/** Pillow's name of the kind of pixels, which MONAI has in its metadata. */
function modeOf({ colour, depth }: PngHeader): string {
  if (colour === 'grey') return depth === 1 ? '1' : depth === 16 ? 'I;16' : 'L'
  return { rgb: 'RGB', palette: 'P', greyAlpha: 'LA', rgba: 'RGBA' }[colour]
}

/** The samples of a row as numbers. */
function samplesOf(row: Uint8Array, count: number, depth: number): Uint8Array | Uint16Array {
  if (depth === 8) return row
  if (depth === 16) return elementsAt({ bytes: row, own: false }, 0, 'uint16', count, false) as Uint16Array // by its name
  return narrowSamples(row, count, depth)
}

/** Palette entries as RGB, or RGBA where some are not opaque. */
function coloured(
  pixels: Uint8Array | Uint16Array,
  { palette, transparency }: PngChunks,
  where: string,
): [data: Uint8Array, channels: number] {
  if (!palette || palette.length % 3 !== 0)
    throw new FormatError(where, 'its pixels are numbers of palette entries, but there is no whole palette (PLTE)')
  if (!transparency) return [fromPalette(pixels, palette, 3, where), 3]
  const withOpacity = Uint8Array.from({ length: (palette.length / 3) * 4 }, (_, i) => {
    const [entry, c] = [i >> 2, i & 3]
    return c < 3 ? palette[3 * entry + c] : (transparency[entry] ?? 255)
  })
  return [fromPalette(pixels, withOpacity, 4, where), 4]
}

interface Pass {
  /** The first pixel, and the steps between pixels. */
  readonly x: number
  readonly y: number
  readonly dx: number
  readonly dy: number
  readonly width: number
  readonly height: number
}

/** The seven passes of an interlaced image; those without pixels left out. */
function adam7(width: number, height: number): Pass[] {
  return [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ]
    .map(([x, y, dx, dy]) => ({
      x,
      y,
      dx,
      dy,
      width: Math.max(0, Math.ceil((width - x) / dx)),
      height: Math.max(0, Math.ceil((height - y) / dy)),
    }))
    .filter((pass) => pass.width > 0 && pass.height > 0)
}
