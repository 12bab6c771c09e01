import { FormatError, OptionError, ShapeError } from '../../core/errors.ts'
import { allocate } from '../../core/dtype.ts'
import type { Files } from '../../core/files.ts'
import { spatialShape, type Image } from '../../core/image.ts'
import { toFloats } from '../../core/convert.ts'
import { volumeOf, writePng, type Volume } from '../../formats/index.ts'

/** MONAI's writers and the extensions of ours that each stands for. */
const writers: Readonly<Record<string, readonly string[]>> = {
  NibabelWriter: ['.nii.gz', '.nii'],
  ITKWriter: ['.nii.gz', '.nii', '.mha', '.mhd'],
  PILWriter: ['.png'],
}

/** Refuses a writer that is unknown, or that does not write files of this extension. */
export function checkWriter(writer: string, extension: string): void {
  const extensions = writers[writer.slice(writer.lastIndexOf('.') + 1)]
  if (!extensions)
    throw new OptionError(
      'SaveImage.writer',
      `"${writer}" is unknown; give ${Object.keys(writers).join(', ')}, or null to choose by the extension`,
    )
  if (!extensions.includes(extension))
    throw new OptionError(
      'SaveImage.writer',
      `"${writer}" does not write "${extension}" files; use ${extensions.join(', ')} as outputExt, or another writer`,
    )
}

/**
 * The image with three spatial axes at least and its channels last; `squeezeEndDims` leaves out axes of size 1 at the
 * end, a single channel among them.
 */
export function volumeFor(img: Image, squeezeEndDims: boolean): Volume {
  const spatial = spatialShape(img)
  const all = [...spatial, ...new Array<number>(Math.max(0, 3 - spatial.length)).fill(1), img.shape[0]]
  const last = all.findLastIndex((size) => size !== 1)
  const shape = squeezeEndDims ? all.slice(0, Math.max(last, 0) + 1) : all
  return { ...volumeOf(img), shape, spatialDims: Math.min(shape.length, 3) }
}

/** A PNG of a flat image of gray, RGB or RGBA; the first axis runs to the right, as MONAI's PILWriter has it. */
export function pngOf(img: Image, scale: number | null, files: Files): Uint8Array {
  const [width, height, ...deeper] = spatialShape(img)
  const channels = img.shape[0]
  if (height === undefined || deeper.some((size) => size !== 1))
    throw new ShapeError(
      'SaveImage',
      `an image of shape [${img.shape.join(', ')}] is not flat; PNG holds two spatial axes, use .nii.gz or cut a slice`,
    )
  if (channels !== 1 && channels !== 3 && channels !== 4)
    throw new ShapeError(
      'SaveImage',
      `PNG holds 1, 3 or 4 channels, the image has ${channels}; choose some or use .nii.gz`,
    )
  if (scale !== null && scale !== 255)
    throw new FormatError('SaveImage.scale', `${scale} needs 16 bits a pixel, PNGs are written with 8; use 255 or null`)
  const values = toFloats(img.dtype, img.data)
  const pixels = allocate('uint8', values.length) as Uint8Array
  const size = width * height
  for (let channel = 0; channel < channels; channel++)
    for (let x = 0; x < width; x++)
      for (let y = 0; y < height; y++) {
        const value = values[channel * size + x * height + y]
        const scaled = scale === null ? value : scale * Math.min(Math.max(value, 0), 1)
        pixels[(y * width + x) * channels + channel] = Math.trunc(scaled)
      }
  return writePng(pixels, width, height, channels, files)
}
