import { spacingMm } from '../../core/affine.ts'
import { bytesOf, type DType } from '../../core/dtype.ts'
import { FormatError, shown } from '../../core/errors.ts'
import { joinedBytes } from '../../core/lists.ts'
import { orderedBytes } from '../elements.ts'
import type { Part, Volume, Writing } from '../format.ts'
import { tag } from './directory.ts'

const formats: Partial<Record<DType, 1 | 2 | 3>> = {
  bool: 1,
  uint8: 1,
  uint16: 1,
  uint32: 1,
  uint64: 1,
  int8: 2,
  int16: 2,
  int32: 2,
  int64: 2,
  float16: 3,
  float32: 3,
  float64: 3,
}
const [short, long, fraction] = [3, 4, 5]

/**
 * A little-endian TIFF file: a page for each step along the third axis, each in one strip, samples of a pixel together;
 * Deflate with `compress`. Of the affine only the voxel size within the page is kept, as resolution. Files stay below 4 GiB.
 */
export function writeTiff(volume: Volume, writing: Writing): Part[] {
  const { name, compress = false } = writing
  const { dtype, shape, spatialDims, affine } = volume
  const format = formats[dtype]
  if (!format) throw new FormatError(name, `TIFF has no ${dtype} pixels; convert to float32 first`)
  const rest = shape.slice(spatialDims)
  const [width = 0, height = 1, depth = 1, ...deeper] = shape.slice(0, spatialDims)
  if (deeper.some((size) => size !== 1) || rest.length > 1 || shape.some((size) => size < 1) || width < 1)
    throw new FormatError(
      name,
      `the shape is ${shown(shape)}; TIFF holds two or three axes of space (the third as pages) and one of samples`,
    )
  const samples = rest[0] ?? 1
  const pixels = orderedBytes({ dtype, shape: [width, height, depth, samples], data: volume.data }, [2, 1, 0, 3])
  const size = pixels.length / depth
  const strips = Array.from({ length: depth }, (_, i) => {
    const strip = pixels.subarray(i * size, (i + 1) * size)
    return compress ? writing.deflate(strip, 'zlib', writing.level) : strip
  })
  const spacing = spacingMm(affine, 2)
  const parts: Uint8Array[] = [Uint8Array.of(0x49, 0x49, 42, 0, 8, 0, 0, 0)]
  let at = 8
  strips.forEach((strip, i) => {
    const bits = new Array<number>(samples).fill(8 * bytesOf(dtype))
    const entry = (...values: number[]): number[] => values
    const tags: [number: number, type: number, values: number[]][] = [
      [tag.width, long, entry(width)],
      [tag.height, long, entry(height)],
      [tag.bits, short, bits],
      [tag.compression, short, entry(compress ? 8 : 1)],
      [tag.photometric, short, entry(samples === 3 || samples === 4 ? 2 : 1)],
      [tag.stripOffsets, long, entry(0)],
      [tag.samples, short, entry(samples)],
      [tag.rowsPerStrip, long, entry(height)],
      [tag.stripBytes, long, entry(strip.length)],
      [tag.xResolution, fraction, asFraction(10 / spacing[0])],
      [tag.yResolution, fraction, asFraction(10 / spacing[1])],
      [tag.resolutionUnit, short, entry(3)],
      ...(samples === 2 || samples > 3
        ? [[338, short, new Array<number>(samples - (samples === 2 ? 1 : 3)).fill(0)] as [number, number, number[]]]
        : []),
      [tag.sampleFormat, short, new Array<number>(samples).fill(format)],
    ]
    const directory = directoryBytes(tags, at, strip.length, i + 1 < depth)
    parts.push(directory, strip, new Uint8Array(strip.length % 2))
    at += directory.length + strip.length + (strip.length % 2)
  })
  if (at > 0xffffffff) throw new FormatError(name, `${at} bytes do not fit; TIFF holds up to 4 GiB, use .nii.gz`)
  return [{ name, bytes: joinedBytes(parts) }]
}

/** A directory at byte `at`, the values that do not fit into it behind, then the strip and the next directory. */
function directoryBytes(
  tags: readonly [number: number, type: number, values: readonly number[]][],
  at: number,
  stripLength: number,
  more: boolean,
): Uint8Array {
  const bytesOfType = (type: number): number => (type === short ? 2 : 4)
  const sizes = tags.map(([, type, values]) => values.length * bytesOfType(type))
  const head = 2 + 12 * tags.length + 4
  const extra = sizes.reduce((sum, size) => sum + (size > 4 ? size + (size % 2) : 0), 0)
  const out = new Uint8Array(head + extra)
  const view = new DataView(out.buffer)
  view.setUint16(0, tags.length, true)
  let free = head
  tags.forEach(([number, type, values], i) => {
    const entry = 2 + 12 * i
    view.setUint16(entry, number, true)
    view.setUint16(entry + 2, type, true)
    view.setUint32(entry + 4, type === fraction ? values.length / 2 : values.length, true)
    let place = entry + 8
    if (sizes[i] > 4) {
      view.setUint32(place, at + free, true)
      place = free
      free += sizes[i] + (sizes[i] % 2)
    }
    const all = number === tag.stripOffsets ? [at + out.length] : values
    all.forEach((value, k) => {
      if (type === short) view.setUint16(place + 2 * k, value, true)
      else view.setUint32(place + 4 * k, value, true)
    })
  })
  view.setUint32(head - 4, more ? at + out.length + stripLength + (stripLength % 2) : 0, true)
  return out
}

/** Numerator and denominator of a number, as exact as 32 bits make it. */
function asFraction(value: number): number[] {
  if (!(value > 0) || !Number.isFinite(value)) return [1, 1]
  const scale = Math.min(2 ** 24, Math.floor(0xffffffff / value))
  return scale >= 1 ? [Math.round(value * scale), scale] : [0xffffffff, 1]
}
