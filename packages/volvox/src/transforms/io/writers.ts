import { toFloats } from '../../core/convert.ts'
import type { DType } from '../../core/dtype.ts'
import { OptionError } from '../../core/errors.ts'
import { spatialShape, withVoxels, type Image } from '../../core/image.ts'
import type { Sampling, ScalePlan } from '../../core/plan.ts'
import { volumeOf, type Volume } from '../../formats/index.ts'
import { statistics } from '../../kernels/index.ts'
import { cast, floatsOf } from '../shared.ts'
import { Resize } from '../spatial/index.ts'
import { scaleMode } from '../spatial/options.ts'

/** MONAI's writers and the extensions of ours that each stands for. */
const writers: Readonly<Record<string, readonly string[]>> = {
  NibabelWriter: ['.nii.gz', '.nii'],
  ITKWriter: ['.nii.gz', '.nii', '.mha', '.mhd'],
  PILWriter: ['.png', '.bmp'],
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

/** Whether files of this extension hold pixels of 8 or 16 bits, as MONAI's PILWriter writes them. */
export function isPicture(extension: string): boolean {
  return extension === '.png' || extension === '.bmp'
}

/**
 * The pixels of a flat image: cut to 0..1 and multiplied by `scale` where it is given; as in MONAI uint8 unless uint8,
 * uint16 or null, which keeps the type of the image, is asked for.
 */
export function pictureFor(img: Image, asked: DType | null, scale: number | null): Volume {
  const dtype = asked === 'uint8' || asked === 'uint16' ? asked : asked === null ? img.dtype : 'uint8'
  if (scale === null) return flat(cast(img, dtype))
  const values = toFloats(img.dtype, img.data)
  const data = Float32Array.from(values, (x: number) => Math.min(Math.max(Math.fround(x), 0), 1) * scale)
  return flat(cast(cast(withVoxels(img, { dtype: 'float32', data }), scale === 255 ? 'uint8' : 'uint16'), dtype))
}

/** With its channels last, and without the axes of size 1 that a plane may have beyond its two. */
function flat(img: Image): Volume {
  const spatial = spatialShape(img)
  const plane = spatial.slice(2).every((size) => size === 1) ? spatial.slice(0, 2) : spatial
  return { ...volumeOf(img), shape: [...plane, img.shape[0]], spatialDims: plane.length }
}

/** A picture in another size; new values stay within the old ones. */
export function resizedTo(
  spatialSize: readonly number[],
  img: Image,
  mode: Sampling['mode'] | ScalePlan['mode'],
): Image {
  const checked = scaleMode.parse(mode, 'SaveImage.mode')
  const sharp = checked === 'nearest' || checked === 'area'
  const resized = Resize({ spatialSize, mode: checked, alignCorners: sharp ? null : false })(img)
  if (checked === 'nearest') return resized
  const { min, max } = statistics(img.data, img.dtype)
  return withVoxels(resized, { data: floatsOf(resized).map((x) => Math.min(Math.max(x, min), max)) })
}
