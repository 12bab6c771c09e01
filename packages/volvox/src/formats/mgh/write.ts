import { spacingMm } from '../../core/affine.ts'
import { viewAs, type DType } from '../../core/dtype.ts'
import { FormatError, shown } from '../../core/errors.ts'
import { orderedBytes, swapBytes } from '../elements.ts'
import type { Part, Volume, Writing } from '../format.ts'

/** Bytes of a header that have a meaning, and where the voxels begin. */
export const [headerLength, voxelsStart] = [90, 284]

export const mghTypes: Readonly<Record<number, DType>> = {
  0: 'uint8',
  1: 'int32',
  3: 'float32',
  4: 'int16',
  10: 'uint16',
}

/**
 * A .mgh file, gzipped where the name ends in z. One axis after the spatial ones is written as frames. Directions, spacing
 * and centre are float32, so that is how exact the affine comes back.
 */
export function writeMgh(volume: Volume, writing: Writing): Part[] {
  const { name } = writing
  const { dtype, shape, spatialDims, affine } = volume
  const type = dtype === 'bool' ? 0 : Object.keys(mghTypes).find((code) => mghTypes[Number(code)] === dtype)
  if (type === undefined)
    throw new FormatError(name, `MGH has no ${dtype} voxels; convert to uint8, int16, int32 or float32 first`)
  const space = shape.slice(0, Math.min(spatialDims, 3))
  const frames = shape.slice(space.length)
  if (frames.length > 1 || shape.some((size) => size < 1))
    throw new FormatError(name, `the shape is ${shown(shape)}; MGH holds three axes of space and one of frames`)
  const dims = [...space, 1, 1, 1].slice(0, 3)
  const spacing = spacingMm(affine, 3)
  const voxels = orderedBytes(volume)
  swapBytes(dtype, viewAs(dtype, voxels.buffer, voxels.byteOffset, volume.data.length))
  const bytes = new Uint8Array(voxelsStart + voxels.length)
  const view = new DataView(bytes.buffer)
  ;[1, ...dims, frames[0] ?? 1, Number(type), 0].forEach((value, i) => view.setInt32(4 * i, value))
  view.setInt16(28, 1) // the affine is meant
  const columns = [0, 1, 2].flatMap((axis) => [0, 1, 2].map((row) => affine[row * 4 + axis] / spacing[axis]))
  const centre = [0, 1, 2].map((row) =>
    [0, 1, 2].reduce((sum, axis) => sum + (affine[row * 4 + axis] * dims[axis]) / 2, affine[row * 4 + 3]),
  )
  ;[...spacing, ...columns, ...centre].forEach((value, i) => view.setFloat32(30 + 4 * i, value))
  bytes.set(voxels, voxelsStart)
  return [{ name, bytes: /z$/i.test(name) ? writing.deflate(bytes, 'gzip', writing.level) : bytes }]
}
