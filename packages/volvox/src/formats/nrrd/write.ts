import { FormatError, shown } from '../../core/errors.ts'
import { joinedBytes } from '../../core/lists.ts'
import { turnedSpace } from '../affine.ts'
import { orderedBytes } from '../elements.ts'
import type { Part, Volume, Writing } from '../format.ts'
import { nrrdTypeOf } from './header.ts'

/**
 * A .nrrd file, or a .nhdr header with a .raw (or .raw.gz) file beside it, little-endian, in LPS. A single axis after the
 * spatial ones is written in front of them, as Slicer and ITK have vectors; several stay behind as lists.
 */
export function writeNrrd(volume: Volume, writing: Writing): Part[] {
  const { name, compress = false } = writing
  const { dtype, shape, spatialDims, affine } = volume
  const type = nrrdTypeOf(dtype)
  if (!type) throw new FormatError(name, `NRRD has no ${dtype} voxels; convert to float32 first`)
  if (shape.length === 0 || shape.some((size) => size < 1))
    throw new FormatError(name, `the shape is ${shown(shape)}; NRRD needs 1 voxel or more along each axis`)
  const space = Math.min(spatialDims, 3)
  const rest = shape.map((_, axis) => axis).slice(space)
  const spatial = shape.map((_, axis) => axis).slice(0, space)
  const axes = rest.length === 1 ? [...rest, ...spatial] : [...spatial, ...rest]
  const lps = turnedSpace(affine)
  const vector = (column: number): string => `(${[0, 1, 2].map((row) => lps[row * 4 + column]).join(',')})`
  const voxels = orderedBytes(volume, axes.toReversed())
  const data = compress ? writing.deflate(voxels, 'gzip', writing.level) : voxels
  const detached = /\.nhdr$/i.test(name)
  const dataFile = name.replace(/nhdr$/i, compress ? 'raw.gz' : 'raw')
  const lines = [
    'NRRD0004',
    `type: ${type}`,
    `dimension: ${shape.length}`,
    'space: left-posterior-superior',
    `sizes: ${axes.map((axis) => shape[axis]).join(' ')}`,
    `space directions: ${axes.map((axis) => (axis < space ? vector(axis) : 'none')).join(' ')}`,
    `kinds: ${axes.map((axis) => (axis < space ? 'domain' : rest.length === 1 ? 'vector' : 'list')).join(' ')}`,
    'endian: little',
    `encoding: ${compress ? 'gzip' : 'raw'}`,
    `space origin: ${vector(3)}`,
    ...(detached ? [`data file: ${dataFile}`] : []),
  ]
  const header = new TextEncoder().encode(`${lines.join('\n')}\n\n`)
  if (!detached) return [{ name, bytes: joinedBytes([header, data]) }]
  return [
    { name: dataFile, bytes: data },
    { name, bytes: header },
  ]
}
