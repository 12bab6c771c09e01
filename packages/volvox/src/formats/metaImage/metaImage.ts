import { identity } from '../../core/affine.ts'
import { bytesOf, type TypedArray } from '../../core/dtype.ts'
import { FormatError, shown } from '../../core/errors.ts'
import { sizeOf } from '../../core/tensor.ts'
import { checkAffine, turnedSpace } from '../affine.ts'
import { elementsAt, elementsOfText, voxelsOf } from '../elements.ts'
import { volume, type Format, type Reading, type Volume } from '../format.ts'
import { inflateExpected } from '../gzip.ts'
import { parseMetaHeader, type MetaImageHeader } from './header.ts'
import { writeMetaImage } from './write.ts'
import { firstFastestLayout } from '../reorder.ts'

/**
 * MetaImage: .mha in one file, .mhd with its voxels in others. Positions are converted from LPS to RAS. Memory is bounded
 * by the voxels that the header declares, once as stored and once as given back, and the header is believed only as far
 * as the data are long enough for it.
 */
export const metaImage: Format = {
  name: 'MetaImage',
  extensions: ['.mha', '.mhd'],
  sniff: (head) => {
    const text = String.fromCharCode(...head)
    return /^\s*[A-Za-z]\w*\s*=/.test(text) && /^NDims\s*=/m.test(text)
  },
  read,
  write: writeMetaImage,
}

function read(bytes: Uint8Array, reading: Reading): Volume {
  const header = parseMetaHeader(bytes, reading.name)
  const { shape, channels, dtype } = header
  const count = sizeOf(shape) * channels
  const stored = header.binary
    ? binaryVoxels(bytes, header, count, reading)
    : asciiVoxels(bytes, header, count, reading)
  const layout = firstFastestLayout(shape, channels)
  const voxels = voxelsOf({ dtype, data: stored, layout }, reading.as)
  return volume(
    voxels,
    layout.shape,
    Math.min(shape.length, 3),
    affineOf(header, reading.name),
    { ...header.fields, spacing: header.spacing },
    reading,
  )
}

/** The affine of the first three axes. */
function affineOf({ shape, spacing, offset, directions }: MetaImageHeader, where: string): number[] {
  const rank = shape.length
  const lps = identity()
  for (let row = 0; row < Math.min(rank, 3); row++) {
    for (let axis = 0; axis < Math.min(rank, 3); axis++)
      lps[row * 4 + axis] = directions[axis * rank + row] * spacing[axis]
    lps[row * 4 + 3] = offset[row]
  }
  const affine = turnedSpace(lps)
  checkAffine(affine, 'TransformMatrix with ElementSpacing', where)
  return affine
}

function binaryVoxels(bytes: Uint8Array, header: MetaImageHeader, count: number, reading: Reading): TypedArray {
  const { dtype, littleEndian } = header
  const needed = count * bytesOf(dtype)
  const found = dataBytes(bytes, header, needed, reading)
  return elementsAt(found, 0, dtype, count, littleEndian)
}

/** The bytes of all voxels; `own` when nobody else holds them. */
function dataBytes(
  bytes: Uint8Array,
  header: MetaImageHeader,
  needed: number,
  reading: Reading,
): { bytes: Uint8Array; own: boolean } {
  const { dataFile } = header
  if (/^LOCAL$/i.test(dataFile))
    return pieceOf(bytes.subarray(header.bytes), header, needed, reading.name, reading, true)
  const list = /^LIST(?:\s+(\d+)D)?$/i.exec(dataFile)
  if (list)
    return listedBytes(
      bytes,
      header,
      list[1] === undefined ? header.shape.length - 1 : Number(list[1]),
      needed,
      reading,
    )
  if (/%\d*d/.test(dataFile))
    throw new FormatError(
      reading.name,
      `ElementDataFile is the name pattern ${shown(dataFile)}, which Volvox does not read; list the files (LIST) or join them in one`,
    )
  return pieceOf(reading.sidecar(dataFile), header, needed, `${reading.name} (${dataFile})`, reading, true)
}

/** One file's voxels: inflated, or checked to be long enough. */
function pieceOf(
  file: Uint8Array,
  header: MetaImageHeader,
  needed: number,
  where: string,
  reading: Reading,
  briefly: boolean,
): { bytes: Uint8Array; own: boolean } {
  const { headerSize, compressed, fields } = header
  const start = headerSize >= 0 ? headerSize : file.length - needed
  if (compressed) {
    const size = Number(fields.CompressedDataSize ?? NaN)
    const packed = file.subarray(
      Math.max(start, 0),
      Number.isSafeInteger(size) && size > 0 ? Math.max(start, 0) + size : file.length,
    )
    const inflated = inflateExpected(packed, needed, 0, reading.inflate, where, briefly)
    if (inflated.length < needed) throw shortOf(inflated.length, needed, where)
    return { bytes: inflated, own: true }
  }
  if (start < 0 || file.length - start < needed)
    throw shortOf(Math.max(0, file.length - Math.max(start, 0)), needed, where)
  return { bytes: file.subarray(start, start + needed), own: false }
}

function shortOf(found: number, needed: number, where: string): FormatError {
  return new FormatError(
    where,
    `${found} bytes of voxels are there, the header declares ${needed}; the data are cut short`,
  )
}

/** Voxels of a file for each image of the first `dims` axes, named line by line after the header. */
function listedBytes(
  bytes: Uint8Array,
  header: MetaImageHeader,
  dims: number,
  needed: number,
  reading: Reading,
): { bytes: Uint8Array; own: boolean } {
  const count = sizeOf(header.shape.slice(dims))
  const names = new TextDecoder()
    .decode(bytes.subarray(header.bytes))
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (names.length !== count)
    throw new FormatError(
      reading.name,
      `ElementDataFile lists ${names.length} files, DimSize ${shown(header.shape)} needs ${count}`,
    )
  const pieces = names.map(
    (name) => pieceOf(reading.sidecar(name), header, needed / count, `${reading.name} (${name})`, reading, false).bytes,
  )
  const out = new Uint8Array(needed)
  pieces.forEach((piece, i) => out.set(piece, (i * needed) / count))
  return { bytes: out, own: true }
}

function asciiVoxels(bytes: Uint8Array, header: MetaImageHeader, count: number, reading: Reading): TypedArray {
  const { name } = reading
  if (header.compressed)
    throw new FormatError(name, 'CompressedData is True beside BinaryData False; compressed voxels are always binary')
  const local = /^LOCAL$/i.test(header.dataFile)
  const text = local ? bytes.subarray(header.bytes) : reading.sidecar(header.dataFile)
  return elementsOfText(text, header.dtype, count, name)
}
