import { identity } from '../../core/affine.ts'
import { bytesOf, type DType } from '../../core/dtype.ts'
import { FormatError, shown } from '../../core/errors.ts'
import { sizeOf } from '../../core/tensor.ts'
import { checkAffine } from '../affine.ts'
import { ByteReader } from '../byteReader.ts'
import { elementsAt, voxelsOf } from '../elements.ts'
import { volume, type Format, type Reading, type Volume } from '../format.ts'
import { inflateExpected, inflateHead, isGzip } from '../gzip.ts'
import { firstFastestLayout } from '../reorder.ts'
import { headerLength, mghTypes, voxelsStart, writeMgh } from './write.ts'

/** Tags after the voxels (history, colour tables) are read over up to this size. */
const slack = 2 ** 20

/**
 * FreeSurfer's .mgh and its gzipped form .mgz, big-endian. Memory is bounded by the voxels that the header declares, once
 * as stored and once as given back, and the header is believed only as far as the file is long enough for it.
 */
export const mgh: Format = {
  name: 'MGH',
  extensions: ['.mgh', '.mgz', '.mgh.gz'],
  sniff: (head) =>
    head.length >= headerLength &&
    [0, 0, 0, 1].every((byte, i) => head[i] === byte) &&
    plausible(new ByteReader(head, '', false)),
  read,
  write: writeMgh,
}

/** The magic is only a 1, so what follows must look like sizes and a type, too. */
function plausible(reader: ByteReader): boolean {
  return [4, 8, 12, 16].every((at) => reader.i32(at) >= 1) && reader.i32(20) in mghTypes
}

function read(bytes: Uint8Array, reading: Reading): Volume {
  const where = reading.name
  const packed = isGzip(bytes)
  const head = packed ? inflateHead(bytes, headerLength, where) : bytes.subarray(0, headerLength)
  const header = headerOf(head, where)
  const { shape, dtype } = header
  const needed = sizeOf(shape) * bytesOf(dtype)
  const whole = packed ? inflateExpected(bytes, voxelsStart + needed, slack, reading.inflate, where, true) : bytes
  if (!(whole.length - voxelsStart >= needed))
    throw new FormatError(
      where,
      `${Math.max(0, whole.length - voxelsStart)} bytes of voxels are there, the header declares ${needed}; the file is cut short`,
    )
  const data = elementsAt({ bytes: whole, own: packed }, voxelsStart, dtype, sizeOf(shape), false)
  const voxels = voxelsOf({ dtype, data, layout: firstFastestLayout(shape) }, reading.as, reading.later)
  return volume(voxels, shape, 3, header.affine, { ...header.fields, ...scanFields(whole, needed) }, reading)
}

interface MghHeader {
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly affine: readonly number[]
  /** The header under NiBabel's names. */
  readonly fields: Readonly<Record<string, unknown>>
}

function headerOf(head: Uint8Array, where: string): MghHeader {
  const reader = new ByteReader(head, where, false)
  const version = reader.i32(0)
  if (version !== 1)
    throw new FormatError(where, `version is ${version} at byte 0, MGH has 1; the file is damaged or not MGH`)
  const dims = [4, 8, 12, 16].map((at) => reader.i32(at))
  if (dims.some((size) => size < 1))
    throw new FormatError(
      where,
      `the sizes are ${shown(dims)}; each axis needs 1 voxel or more, so the header is damaged`,
    )
  const type = reader.i32(20)
  const dtype = mghTypes[type]
  if (!dtype)
    throw new FormatError(
      where,
      `type is ${type}; readable are 0 (uint8), 1 (int32), 3 (float32), 4 (int16) and 10 (uint16)`,
    )
  const coded = reader.i16(28) > 0
  const floats = (at: number, count: number): number[] =>
    Array.from({ length: count }, (_, i) => reader.f32(at + 4 * i))
  const delta = coded ? floats(30, 3) : [1, 1, 1]
  // Three columns: the directions of the axes. Files without them are coronal slices by FreeSurfer's convention.
  const columns = coded ? floats(42, 9) : [-1, 0, 0, 0, 0, -1, 0, 1, 0]
  const centre = coded ? floats(78, 3) : [0, 0, 0]
  const affine = identity()
  for (let row = 0; row < 3; row++) {
    for (let axis = 0; axis < 3; axis++) affine[row * 4 + axis] = columns[axis * 3 + row] * delta[axis] + 0
    affine[row * 4 + 3] =
      centre[row] - [0, 1, 2].reduce((sum, axis) => sum + (affine[row * 4 + axis] * dims[axis]) / 2, 0)
  }
  checkAffine(affine, 'the matrix of delta, Mdc and Pxyz_c', where)
  return {
    shape: dims[3] > 1 ? dims : dims.slice(0, 3),
    dtype,
    affine,
    fields: {
      version,
      dims,
      type,
      dof: reader.i32(24),
      goodRASFlag: reader.i16(28),
      delta,
      Mdc: columns,
      Pxyz_c: centre,
    },
  }
}

/** Parameters of the scan, which may follow the voxels. */
function scanFields(bytes: Uint8Array, voxelBytes: number): Record<string, number> {
  const names = ['tr', 'flip_angle', 'te', 'ti', 'fov']
  const start = voxelsStart + voxelBytes
  if (bytes.length < start + 4 * names.length) return {}
  const reader = new ByteReader(bytes, '', false)
  return Object.fromEntries(names.map((name, i) => [name, reader.f32(start + 4 * i)]))
}
