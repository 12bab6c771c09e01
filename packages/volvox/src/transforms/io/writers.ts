import { toFloats } from '../../core/convert.ts'
import type { DType } from '../../core/dtype.ts'
import { OptionError } from '../../core/errors.ts'
import { spatialShape, withVoxels, type Image } from '../../core/image.ts'
import type { Sampling, ScaleMode } from '../../core/plan.ts'
import { volumeOf, type Volume } from '../../formats/index.ts'
import { statistics } from '../../kernels/index.ts'
import { cast, floatsOf } from '../shared.ts'
import { Resize } from '../spatial/index.ts'
import { scaleMode } from '../spatial/options.ts'

const pictures = ['.png', '.jpg', '.jpeg', '.tif', '.tiff', '.bmp']
const medical = ['.nii.gz', '.nii', '.hdr']

/** MONAI's writers and the extensions of ours that each stands for. */
const writers: Readonly<Record<string, readonly string[]>> = {
  NibabelWriter: [...medical, '.mgz', '.mgh'],
  ITKWriter: [...medical, '.mha', '.mhd', '.nrrd', '.nhdr', ...pictures],
  PILWriter: pictures,
}

function nameOf(writer: string): string {
  return writer.slice(writer.lastIndexOf('.') + 1)
}

/** Refuses a writer that is unknown, or that does not write files of this extension. */
export function checkWriter(writer: string, extension: string): void {
  const extensions = writers[nameOf(writer)]
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

/** Whether the values are to be those of a picture: the extensions that MONAI gives to its PILWriter. */
export function isPicture(writer: string | null, extension: string): boolean {
  return pictures.includes(extension) && (writer === null || nameOf(writer) === 'PILWriter')
}

/** As MONAI's ITKWriter has it: in NIfTI, channels are the components of a vector, which stand in the fifth axis. */
export function vectorsFor(volume: Volume, writer: string | null, extension: string): Volume {
  const { shape, spatialDims, meta } = volume
  const channels = shape.length === spatialDims + 1
  if (writer === null || nameOf(writer) !== 'ITKWriter' || !medical.includes(extension) || !channels) return volume
  const vector = 1007
  return { ...volume, shape: [...shape.slice(0, -1), 1, shape[spatialDims]], meta: { ...meta, intent_code: vector } }
}

/**
 * The pixels of an image: cut to 0..1 and multiplied by `scale` where it is given; as in MONAI uint8 unless uint8,
 * uint16 or null, which keeps the type of the image, is asked for. TIFF holds every type.
 */
export function pictureFor(img: Image, asked: DType | null, scale: number | null, extension: string): Volume {
  const anyType = extension.startsWith('.tif')
  const dtype = asked === null ? img.dtype : anyType || asked === 'uint8' || asked === 'uint16' ? asked : 'uint8'
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
export function resizedTo(spatialSize: readonly number[], img: Image, mode: Sampling['mode'] | ScaleMode): Image {
  const checked = scaleMode.parse(mode, 'SaveImage.mode')
  const sharp = checked === 'nearest' || checked === 'area'
  const resized = Resize({ spatialSize, mode: checked, alignCorners: sharp ? null : false })(img)
  if (checked === 'nearest') return resized
  const { min, max } = statistics(img.data, img.dtype)
  return withVoxels(resized, { data: floatsOf(resized).map((x) => Math.min(Math.max(x, min), max)) })
}
