import { FormatError, shown } from '../../core/errors.ts'
import { turnedSpace } from '../affine.ts'
import type { Part, Volume, Writing } from '../format.ts'
import { elementTypeOf } from './header.ts'
import { orderedBytes } from '../elements.ts'

/**
 * A .mha file, or a .mhd header with a .raw (or .zraw) file beside it, little-endian. One axis after the spatial ones is
 * written as channels; several as axes of the image.
 */
export function writeMetaImage(volume: Volume, writing: Writing): Part[] {
  const { name, compress = false } = writing
  const { dtype, shape, spatialDims } = volume
  const elementType = elementTypeOf(dtype)
  if (!elementType) throw new FormatError(name, `MetaImage has no ${dtype} voxels; convert to float32 first`)
  if (shape.some((size) => size < 1))
    throw new FormatError(name, `the shape is ${shown(shape)}; MetaImage needs 1 voxel or more along each axis`)
  const channels = shape.length === spatialDims + 1 ? shape[spatialDims] : 1
  const axes = shape.length === spatialDims + 1 ? shape.slice(0, spatialDims) : shape
  const voxels = orderedBytes(volume, [
    ...axes.map((_, i) => axes.length - 1 - i),
    ...(axes.length < shape.length ? [spatialDims] : []), // channels are fastest
  ])
  const data = compress ? writing.deflate(voxels, 'zlib', writing.level) : voxels
  const detached = /\.mhd$/i.test(name)
  const dataFile = detached ? name.replace(/mhd$/i, compress ? 'zraw' : 'raw') : 'LOCAL'
  const { spacing, offset, directions } = geometryOf(volume, axes.length, name)
  const lines = [
    ['ObjectType', 'Image'],
    ['NDims', axes.length],
    ['BinaryData', 'True'],
    ['BinaryDataByteOrderMSB', 'False'],
    ['CompressedData', compress ? 'True' : 'False'],
    ...(compress ? [['CompressedDataSize', data.length]] : []),
    ['TransformMatrix', directions.join(' ')],
    ['Offset', offset.join(' ')],
    ['CenterOfRotation', axes.map(() => 0).join(' ')],
    ['ElementSpacing', spacing.join(' ')],
    ['DimSize', axes.join(' ')],
    ...(channels > 1 ? [['ElementNumberOfChannels', channels]] : []),
    ['ElementType', elementType],
    ['ElementDataFile', dataFile], // always last
  ]
  const header = new TextEncoder().encode(lines.map(([key, value]) => `${key} = ${value}\n`).join(''))
  if (detached)
    return [
      { name: dataFile, bytes: data },
      { name, bytes: header },
    ]
  const bytes = new Uint8Array(header.length + data.length)
  bytes.set(header)
  bytes.set(data, header.length)
  return [{ name, bytes }]
}

/** Spacing, offset and direction of each axis, in LPS; axes after the third are their own direction. */
function geometryOf(
  { affine, spatialDims }: Volume,
  rank: number,
  name: string,
): { spacing: number[]; offset: number[]; directions: number[] } {
  const axes = Array.from({ length: rank }, (_, i) => i)
  const turned = turnedSpace(affine)
  const lps = (row: number, column: number): number => turned[row * 4 + column]
  const isSpace = (axis: number): boolean => axis < spatialDims
  const spacing = axes.map((axis) =>
    isSpace(axis) ? Math.hypot(...axes.filter(isSpace).map((row) => lps(row, axis))) : 1,
  )
  if (spacing.some((size) => !(size > 0)))
    throw new FormatError(
      name,
      `the affine leaves an axis without extent in ${spatialDims}-D space; a MetaImage of ${spatialDims} axes cannot hold it`,
    )
  const offset = axes.map((row) => (isSpace(row) ? lps(row, 3) : 0))
  const directions = axes.flatMap((axis) =>
    axes.map((row) => (isSpace(axis) && isSpace(row) ? lps(row, axis) / spacing[axis] : axis === row ? 1 : 0)),
  )
  return { spacing, offset, directions }
}
