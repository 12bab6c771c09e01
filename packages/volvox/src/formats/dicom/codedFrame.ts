import { bytesOf, viewAs, type TypedArray } from '../../core/dtype.ts'
import { FormatError, MissingError, VolvoxError } from '../../core/errors.ts'
import type { Files, ImageDecoderName } from '../../core/files.ts'
import { decodeJpeg, type JpegImage } from '../jpeg/decode.ts'
import { jpegLsSize } from './jpegLs.ts'
import { together, withinStored } from './native.ts'
import { frameLength, type PixelLayout } from './pixelLayout.ts'
import { rleFrame } from './rle.ts'
import type { Compression } from './transferSyntax.ts'

/** One decoded frame, and what its coding says of the colours. */
export interface CodedFrame {
  readonly data: TypedArray
  readonly colour: 'as declared' | 'ybr' | 'rgb'
}

/** An image of more samples must not be more than 2000 times as large as its coded bytes. */
const unquestioned = 2 ** 24
const largestRatio = 2000

/** Decodes one frame; its size must be what the header declares. */
export function codedFrame(
  bytes: Uint8Array,
  compression: Exclude<Compression, 'none'>,
  layout: PixelLayout,
  { imageDecoder }: Pick<Files, 'imageDecoder'>,
  where: string,
): CodedFrame {
  if (compression === 'rle') {
    const frame = rleFrame(bytes, layout, where)
    return { data: withinStored(frame, { ...layout, frames: 1 }), colour: 'as declared' }
  }
  if (compression === 'jpeg' || isJpeg(bytes)) {
    const image = decodeJpeg(bytes, where, { width: layout.columns, height: layout.rows })
    return { data: sampled(image, image.data, layout, where), colour: colourOf(image, layout) }
  }
  const image = byLibrary(bytes, compression, layout, imageDecoder, where)
  const { data } = image
  const samples =
    image.bits <= 8 ? data : viewAs('uint16', data.buffer, data.byteOffset, Math.floor(data.byteLength / 2))
  // Libraries undo the colour transform of JPEG 2000; JPEG-LS has none.
  const colour = compression === 'jpegLs' ? 'as declared' : 'rgb'
  return { data: sampled(image, samples, layout, where), colour }
}

/** Baseline, progressive or lossless JPEG; JPEG-LS begins alike but has the frame header FF F7. */
function isJpeg(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return false
  for (let at = 2; at + 3 < bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1]
    if (marker === 0xf7) return false
    if (marker >= 0xc0 && marker <= 0xc3) return true
    at += 2 + ((bytes[at + 2] << 8) | bytes[at + 3])
  }
  return false
}

const titles: Readonly<Record<ImageDecoderName, string>> = {
  jpegLs: 'JPEG-LS',
  jpeg2000: 'JPEG 2000',
  htj2k: 'High-Throughput JPEG 2000',
}

function byLibrary(
  bytes: Uint8Array,
  name: ImageDecoderName,
  layout: PixelLayout,
  imageDecoder: Files['imageDecoder'],
  where: string,
) {
  const { rows, columns } = layout
  const count = frameLength(layout)
  if (count > unquestioned && count > bytes.length * largestRatio)
    throw new FormatError(where, `${bytes.length} bytes of ${titles[name]} data cannot hold ${columns} x ${rows} pixels; the file is damaged`) // prettier-ignore
  if (!imageDecoder)
    throw new MissingError(
      where,
      `its pixels are ${titles[name]}, and no decoder is there; use the files of "@volvox/node", or hand in decoders (wasmImageDecoder)`,
    )
  const declared = declaredSize(bytes, name)
  if (!declared || declared.width !== columns || declared.height !== rows)
    throw new FormatError(
      where,
      `its ${titles[name]} data ${declared ? `are ${declared.width} x ${declared.height} pixels` : 'have no sound header'}, the file's header declares ${columns} x ${rows}; the file is damaged`,
    )
  try {
    return imageDecoder(name)(bytes)
  } catch (error) {
    if (error instanceof VolvoxError) throw error.within(where)
    throw new FormatError(where, `its ${titles[name]} data cannot be decoded; the file is damaged or cut short`)
  }
}

/** Size in the codestream's own header, looked at before a library allocates by it. */
function declaredSize(bytes: Uint8Array, name: ImageDecoderName): { width: number; height: number } | null {
  if (name === 'jpegLs') return jpegLsSize(bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  // SIZ follows SOC at once; a JP2 file has boxes in front of its codestream.
  for (let at = 0; at + 24 <= Math.min(bytes.length, 4096); at++) {
    if (view.getUint32(at) !== 0xff4fff51) continue
    if (!soundComponents(bytes, at)) return null
    return {
      width: view.getUint32(at + 8) - view.getUint32(at + 16),
      height: view.getUint32(at + 12) - view.getUint32(at + 20),
    }
  }
  return null
}

/** Whether all components are of full size and a marker follows: damaged ones keep OpenJPH busy without end. */
function soundComponents(bytes: Uint8Array, at: number): boolean {
  const count = (bytes[at + 40] << 8) | bytes[at + 41]
  const sizes = bytes.subarray(at + 42, at + 42 + 3 * count)
  return sizes.every((size, i) => i % 3 === 0 || size === 1) && bytes[at + 42 + 3 * count] === 0xff
}

/** Decoded samples as stored values of the declared type. */
function sampled(
  image: { components: number; bits: number; width: number; height: number; planar?: boolean },
  data: TypedArray,
  layout: PixelLayout,
  where: string,
): TypedArray {
  const count = frameLength(layout)
  const { samples, columns, rows, bitsAllocated, dtype, signed } = layout
  if (
    image.components !== samples ||
    image.width !== columns ||
    image.height !== rows ||
    image.bits > bitsAllocated ||
    data.length < count
  )
    throw new FormatError(
      where,
      `its coded pixels are ${image.width} x ${image.height} of ${image.components} samples and ${image.bits} bits, the header declares ${columns} x ${rows} of ${samples} and ${bitsAllocated}; the file is damaged`,
    )
  const one = { ...layout, frames: 1, bitsStored: Math.min(image.bits, layout.bitsStored), highBit: image.bits - 1 }
  const ordered = image.planar ? together(data, one) : data
  const fitting = bytesOf(dtype) === ordered.BYTES_PER_ELEMENT ? viewAs(dtype, ordered.buffer, ordered.byteOffset, count) : null // prettier-ignore
  if (!fitting) return withinStored(widened(ordered, dtype, count), one)
  // Samples that fill their bytes are complete; else the sign is to be carried.
  return signed && image.bits < bitsAllocated ? withinStored(fitting, { ...one, bitsStored: image.bits }) : fitting
}

function widened(data: TypedArray, dtype: PixelLayout['dtype'], count: number): TypedArray {
  const out = viewAs(dtype, new ArrayBuffer(count * bytesOf(dtype)), 0, count)
  for (let i = 0; i < count; i++) out[i] = data[i]
  return out
}

/** Whether decoded JPEG samples are luminance and chrominance: lossy ones that the file says to be. */
function colourOf(image: JpegImage, { photometric }: PixelLayout): CodedFrame['colour'] {
  if (image.components !== 3 || image.lossless) return 'as declared'
  if (image.colour === 'ybr' && photometric === 'RGB') return 'ybr' // written so by mistake, told by Adobe's or JFIF's marker
  return 'as declared'
}
