import { identity } from '../../core/affine.ts'
import { allocate, type DType, type TypedArray } from '../../core/dtype.ts'
import { FormatError } from '../../core/errors.ts'
import type { Meta } from '../../core/image.ts'
import { voxelsOf } from '../elements.ts'
import { volume, type Format, type Reading, type Volume } from '../format.ts'
import { fromPalette, pictureLayout } from '../picture.ts'
import { numbersOf, readDirectories, tag, tiffKind, type Tags } from './directory.ts'
import { pageOf, storedBytes, type TiffPage } from './page.ts'
import { ratioOf, readRegion } from './pixels.ts'
import { writeTiff } from './write.ts'

/**
 * TIFF and BigTIFF in strips or tiles, samples together or apart; whole numbers of 1 to 64 bits and floats; plain, LZW,
 * Deflate, PackBits or JPEG. Pages like the first become a third axis; other pages (thumbnails, levels of a pyramid) are
 * left out, unless `page` names one. The first axis runs to the right, the second down, samples come last. Spacing is that of
 * the resolution tags, and positions are LPS, as in ITK. Memory is bounded by the pixels that the header declares, and those
 * by how far the compression can grow the bytes of the file.
 */
export const tiff: Format = {
  name: 'TIFF',
  extensions: ['.tif', '.tiff'],
  sniff: (head) => tiffKind(head) !== null,
  read,
  write: writeTiff,
}

function read(bytes: Uint8Array, reading: Reading): Volume {
  const where = reading.name
  const { reader, directories } = readDirectories(bytes, where)
  const pages = pagesOf(directories, reading)
  const [first] = pages
  const needed = pages.length * storedBytes(first)
  const most = bytes.length * ratioOf(first, where)
  if (needed > most)
    throw new FormatError(
      where,
      `${bytes.length} bytes cannot hold the ${needed} bytes of pixels that the header declares; the file is damaged or cut short`,
    )
  const { width, height } = first
  const whole = { x: 0, y: 0, width, height }
  const parts = pages.map((page) => shownPixels(page, readRegion(page, whole, reader, reading), reading))
  const { dtype, samples } = parts[0]
  const data = parts.length === 1 ? parts[0].data : joined(dtype, parts)
  const flat = pictureLayout(width, height, samples)
  const layout = { start: 0, shape: [...flat.shape], strides: [...flat.strides] }
  if (pages.length > 1) {
    layout.shape.splice(2, 0, pages.length)
    layout.strides.splice(2, 0, width * height * samples)
  }
  const voxels = voxelsOf({ dtype, data, layout }, reading.as)
  return volume(
    voxels,
    layout.shape,
    pages.length > 1 ? 3 : 2,
    affineOf(first.tags),
    metaOf(first, directories.length),
    reading,
  )
}

/** The page that is asked for, or the first one with all others like it. */
function pagesOf(directories: readonly Tags[], { page: asked, name, asPillow }: Reading): TiffPage[] {
  if (asked !== undefined && !(Number.isInteger(asked) && asked >= 0 && asked < directories.length))
    throw new FormatError(name, `it has no page ${asked}; there are ${directories.length}, counted from 0`)
  const first = pageOf(directories[asked ?? 0], name)
  if (asked !== undefined || asPillow) return [first]
  const alike: (keyof TiffPage)[] = [
    'width',
    'height',
    'samples',
    'dtype',
    'bits',
    'photometric',
    'compression',
    'reduced',
  ]
  return directories
    .filter((tags) => numbersOf(tags, tag.width)[0] === first.width && numbersOf(tags, tag.height)[0] === first.height)
    .map((tags) => pageOf(tags, name))
    .filter((page) => alike.every((key) => page[key] === first[key]))
}

interface Pixels {
  readonly dtype: DType
  readonly samples: number
  readonly data: TypedArray
}

/** Pixels as they are to be seen: white is large, palettes are colours, 1 to 4 bits go from 0 to 255. */
function shownPixels(page: TiffPage, data: TypedArray, { asPillow, name }: Reading): Pixels {
  const { dtype, samples, photometric, bits } = page
  const [whiteIsZero, palette] = [photometric === 0, photometric === 3]
  if (palette && !asPillow) return coloured(page, data, name)
  const narrow = bits < 8 && !palette
  if ((whiteIsZero || narrow) && !(data instanceof BigInt64Array || data instanceof BigUint64Array)) {
    const most = bits < 32 ? 2 ** bits - 1 : NaN
    const scale = narrow && !(asPillow && bits === 1) ? 255 / most : 1
    if (Number.isFinite(most) && !dtype.includes('float'))
      for (let i = 0; i < data.length; i++) data[i] = (whiteIsZero ? most - data[i] : data[i]) * scale
  }
  return { dtype: asPillow && bits === 1 && !palette ? 'bool' : dtype, samples, data }
}

/** The colour map has all reds, then all greens, then all blues, of 16 bits. */
function coloured({ tags, bits }: TiffPage, data: TypedArray, where: string): Pixels {
  const map = numbersOf(tags, tag.colorMap)
  const entries = 2 ** bits
  if (bits > 16 || map.length < 3 * entries)
    throw new FormatError(where, 'its pixels are numbers of palette entries, but there is no whole colour map')
  const palette = Uint8Array.from({ length: 3 * entries }, (_, i) => map[(i % 3) * entries + Math.floor(i / 3)] >> 8)
  return { dtype: 'uint8', samples: 3, data: fromPalette(data, palette, 3, where) }
}

function joined(dtype: DType, parts: readonly Pixels[]): TypedArray {
  const size = parts[0].data.length
  const out = allocate(dtype, parts.length * size)
  parts.forEach(({ data }, i) => out.set(data as never, i * size))
  return out
}

/** Millimetres a pixel where the resolution has a unit; RAS+ of ITK's LPS. */
function affineOf(tags: Tags): number[] {
  const millimetres = { 2: 25.4, 3: 10 }[numbersOf(tags, tag.resolutionUnit)[0] ?? 2]
  const affine = identity()
  ;[tag.xResolution, tag.yResolution].forEach((number, axis) => {
    const resolution = numbersOf(tags, number)[0]
    affine[axis * 5] = -(millimetres !== undefined && resolution > 0 && Number.isFinite(resolution)
      ? millimetres / resolution
      : 1)
  })
  return affine
}

function metaOf({ tags, samples, bits, dtype, photometric, width, height }: TiffPage, pages: number): Meta {
  const texts = { description: tags.get(tag.description), software: tags.get(tag.software) }
  return {
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => typeof text === 'string')),
    mode: modeOf(samples, bits, dtype, photometric),
    width,
    height,
    pages,
    samples_per_pixel: samples,
    bits_per_sample: bits,
    photometric,
  }
}

/** Pillow's name of the kind of pixels, which MONAI has in its metadata. */
function modeOf(samples: number, bits: number, dtype: DType, photometric: number): string {
  if (samples > 1) return ['LA', 'RGB', photometric === 5 ? 'CMYK' : 'RGBA'][samples - 2] ?? String(samples)
  if (photometric === 3) return 'P'
  if (bits === 1) return '1'
  return dtype.startsWith('float') ? 'F' : ({ uint8: 'L', uint16: 'I;16' }[dtype as string] ?? 'I')
}
