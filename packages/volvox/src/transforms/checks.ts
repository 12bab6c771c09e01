import { toFloats } from '../core/convert.ts'
import { dtypes, holds, isFloating } from '../core/dtype.ts'
import { DataError, OptionError, VolvoxError, shown } from '../core/errors.ts'
import { isImage, type Image } from '../core/image.ts'
import { isRecord } from '../core/json.ts'
import { storedVoxels } from '../core/stored.ts'
import { placeOf, sizeOf } from '../core/tensor.ts'

/** What the plain form of a transform was called with. */
export function checkImage(name: string, value: unknown): asserts value is Image {
  if (!isImage(value))
    throw new OptionError(name, `was given ${kindOf(value)} instead of an image; use image(...) or LoadImage`)
  const fault = faultOf(value)
  if (fault) throw new DataError(name, `the image ${fault}`)
}

/** What a dictionary form finds under a key. */
export function checkImageAt(name: string, key: string, value: unknown): asserts value is Image {
  if (!isImage(value))
    throw new DataError(name, `"${key}" holds ${shown(value)} instead of an image; load it with LoadImaged first`)
  const fault = faultOf(value)
  if (fault) throw new DataError(name, `"${key}" ${fault}`)
}

/** What a dictionary form was called with. */
export function checkSample(name: string, value: unknown): void {
  if (isImage(value) || !isRecord(value))
    throw new DataError(name, `was given ${kindOf(value)} instead of a sample; give an object of images by key`)
}

function kindOf(value: unknown): string {
  return isImage(value) ? 'an image' : shown(value)
}

/** Where the parts of an image do not fit each other; null when they do. Voxels that nobody has looked at stay so. */
function faultOf(img: Image): string | null {
  const { shape, dtype, affine, history } = img
  if (!Array.isArray(shape) || shape.length === 0 || !shape.every((n) => Number.isInteger(n) && n >= 0))
    return `has the shape ${shown(shape)}; give [channels, ...sizes]`
  if (!dtypes.includes(dtype)) return `has elements of ${shown(dtype)}; use ${dtypes.join(', ')}`
  if (!Array.isArray(history)) return `has the history ${shown(history)}; give a list, empty where nothing was done`
  const numbers = Array.from(affine)
  if ((numbers.length !== 16 && numbers.length !== 9) || !numbers.every(Number.isFinite))
    return `has the affine ${shown(affine)}; give 16 finite numbers, row by row`
  if (storedVoxels(img)) return null
  if (!holds(dtype, img.data)) return `has ${named(img.data)} for ${dtype}; give the typed array of that element type`
  const needed = sizeOf(shape)
  return img.data.length === needed
    ? null
    : `has ${img.data.length} voxels for the shape ${shown(shape)}, which takes ${needed}`
}

/**
 * Refuses an image of whose voxels something was computed that is no number. NaN or infinity in one of them then spoils all of
 * the result, where elsewhere it stays where it is. The voxels are looked at only in that case.
 */
export function checkSound(name: string, img: Image, ...computed: readonly number[]): void {
  if (computed.every(Number.isFinite) || !isFloating(img.dtype)) return
  const voxels = toFloats(img.dtype, img.data)
  let [count, first] = [0, -1]
  for (let i = 0; i < voxels.length; i++) if (!Number.isFinite(voxels[i]) && count++ === 0) first = i
  if (count === 0) return
  const number = (n: number) => n.toLocaleString('en')
  const place = placeOf(first, img.shape)
  throw new DataError(
    name,
    `${number(count)} of ${number(voxels.length)} voxels are NaN or infinite, the first ${voxels[first]} in channel ${place[0]} at (${place.slice(1).join(', ')}), which spoils the result everywhere; replace them first, e.g. by SignalFillEmpty, or by a function in Lambda`,
  )
}

/** Values of splines through an image: their coefficients depend on all voxels of a line, and so on one that is no number. */
export function soundSplines<T extends Float32Array>(name: string, img: Image, values: T): T {
  if (!values.every(Number.isFinite)) checkSound(name, img, NaN)
  return values
}

function named(data: unknown): string {
  return ArrayBuffer.isView(data) ? `a ${data.constructor.name}` : shown(data)
}

/** What is wrong inside is said of the transform called `name`. */
export function naming<T>(name: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw error instanceof VolvoxError && restOf(error.where, name) === null ? error.within(name) : error
  }
}

/** What is wrong with the image under a key is said of the dictionary form, and of the key. */
export function namingKey<T>(name: string, plainName: string, key: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof VolvoxError)) throw error
    const rest = restOf(error.where, plainName)
    throw rest === null ? error.within(`${name} ("${key}")`) : error.at(`${name}${rest} ("${key}")`)
  }
}

/** What follows a name at the beginning of a place: `.spatialAxis` after `Flip`; null for other places. */
function restOf(where: string, name: string): string | null {
  if (!where.startsWith(name)) return null
  const rest = where.slice(name.length)
  return rest === '' || '.: '.includes(rest[0]) ? rest : null
}
