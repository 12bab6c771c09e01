import { spacingMm } from '../../core/affine.ts'
import { bytesOf, type DType } from '../../core/dtype.ts'
import { FormatError, shown } from '../../core/errors.ts'
import type { Part, Volume, Writing } from '../format.ts'
import { qformFields } from './affine.ts'
import type { NiftiExtension } from './content.ts'
import { headerBytes, serialiseHeader, type NiftiHeader, type NiftiVersion } from './header.ts'
import { sizeOf } from '../../core/tensor.ts'
import { orderedBytes } from '../elements.ts'

const codes: Partial<Record<DType, number>> = {
  bool: 2,
  uint8: 2,
  int8: 256,
  int16: 4,
  uint16: 512,
  int32: 8,
  uint32: 768,
  int64: 1024,
  uint64: 1280,
  float32: 16,
  float64: 64,
}

/**
 * A little-endian NIfTI file, or a .hdr/.img pair where the name ends in .hdr; gzipped where it ends in .gz. The sform is
 * the affine; the qform too, where the affine has no shear. Codes, units, intent, description and extensions are
 * taken over from `meta` when the volume was read from NIfTI.
 */
export function writeNifti(given: Volume, writing: Writing): Part[] {
  const volume = withThreeSpatialAxes(given)
  const { name } = writing
  const code = codes[volume.dtype]
  if (code === undefined) throw new FormatError(name, `NIfTI has no ${volume.dtype} voxels; convert to float32 first`)
  if (volume.shape.length > 7)
    throw new FormatError(name, `the image has ${volume.shape.length} axes, NIfTI holds at most 7; drop or join some`)
  if (volume.shape.some((size) => size < 1))
    throw new FormatError(name, `the shape is ${shown(volume.shape)}; NIfTI needs 1 voxel or more along each axis`)
  const paired = /\.hdr(\.gz)?$/i.test(name)
  const version: NiftiVersion = writing.nifti2 || volume.shape.some((size) => size > 32767) ? 2 : 1
  const extensions = extensionBytes(volume)
  const headerSize = headerBytes[version] + extensions.length
  const header = serialiseHeader(
    { ...headerOf(volume, version, paired ? 0 : headerSize), datatype: code, bitpix: 8 * bytesOf(volume.dtype) },
    version,
  )
  const voxels = sizeOf(volume.shape) * bytesOf(volume.dtype)
  const bytes = new Uint8Array(headerSize + voxels)
  bytes.set(header)
  bytes.set(extensions, headerBytes[version])
  bytes.set(orderedBytes(volume), headerSize)
  const pack = (part: Uint8Array): Uint8Array =>
    /\.gz$/i.test(name) ? writing.deflate(part, 'gzip', writing.level) : part
  if (!paired) return [{ name, bytes: pack(bytes) }]
  const imageName = name.replace(/hdr(?=(\.gz)?$)/, 'img').replace(/HDR(?=(\.GZ)?$)/i, 'IMG')
  return [
    { name: imageName, bytes: pack(bytes.subarray(headerSize)) },
    { name, bytes: pack(bytes.subarray(0, headerSize)) },
  ]
}

/** NIfTI's first three axes are space; what comes after them in a flat image must come after axes of size 1. */
function withThreeSpatialAxes(volume: Volume): Volume {
  const { shape, spatialDims } = volume
  if (shape.length === spatialDims) return volume
  const ones = new Array<number>(3 - spatialDims).fill(1)
  return { ...volume, shape: [...shape.slice(0, spatialDims), ...ones, ...shape.slice(spatialDims)], spatialDims: 3 }
}

function headerOf({ shape, spatialDims, affine, meta }: Volume, version: NiftiVersion, offset: number): NiftiHeader {
  const spacing = spacingMm(affine, 3)
  const { qfac, quaternion, exact } = qformFields(affine, spacing)
  const rest = Array.isArray(meta.pixdim) ? meta.pixdim.slice(4, shape.length + 1) : []
  const sizes = Array.from({ length: 7 }, (_, axis) =>
    axis < 3 ? spacing[axis] : axis < shape.length && axis >= spatialDims ? number(rest[axis - 3], 1) : 0,
  )
  const sformCode = number(meta.sform_code, 0) || number(meta.qform_code, 0) || 2
  return {
    sizeof_hdr: headerBytes[version],
    dim_info: 0,
    dim: [shape.length, ...shape, ...new Array<number>(7 - shape.length).fill(1)],
    intent_p1: number(meta.intent_p1, 0),
    intent_p2: number(meta.intent_p2, 0),
    intent_p3: number(meta.intent_p3, 0),
    intent_code: number(meta.intent_code, 0),
    intent_name: text(meta.intent_name),
    datatype: 0,
    bitpix: 0,
    slice_start: 0,
    slice_end: 0,
    slice_code: 0,
    slice_duration: 0,
    pixdim: [qfac, ...sizes],
    vox_offset: offset,
    scl_slope: 1,
    scl_inter: 0,
    xyzt_units: number(meta.xyzt_units, 0) || 2, // millimetres
    cal_max: 0,
    cal_min: 0,
    toffset: number(meta.toffset, 0),
    descrip: text(meta.descrip),
    aux_file: text(meta.aux_file),
    qform_code: exact ? number(meta.qform_code, 0) || sformCode : 0,
    sform_code: sformCode,
    quatern_b: quaternion[0],
    quatern_c: quaternion[1],
    quatern_d: quaternion[2],
    qoffset_x: affine[3],
    qoffset_y: affine[7],
    qoffset_z: affine[11],
    srow_x: affine.slice(0, 4),
    srow_y: affine.slice(4, 8),
    srow_z: affine.slice(8, 12),
    magic: offset === 0 ? `ni${version}` : `n+${version}\0${version === 2 ? '\r\n\x1a\n' : ''}`,
  }
}

/** The flag that says whether extensions follow, and the extensions, each padded to a multiple of 16 bytes. */
function extensionBytes({ meta }: Volume): Uint8Array {
  const extensions = (Array.isArray(meta.extensions) ? meta.extensions : []).filter(isExtension)
  const sizes = extensions.map(({ data }) => Math.ceil((data.length + 8) / 16) * 16)
  const bytes = new Uint8Array(4 + sizes.reduce((sum, size) => sum + size, 0))
  const view = new DataView(bytes.buffer)
  if (extensions.length > 0) bytes[0] = 1
  let at = 4
  extensions.forEach(({ code, data }, i) => {
    view.setInt32(at, sizes[i], true)
    view.setInt32(at + 4, code, true)
    bytes.set(data, at + 8)
    at += sizes[i]
  })
  return bytes
}

function isExtension(value: unknown): value is NiftiExtension {
  return (
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    typeof value.code === 'number' &&
    'data' in value &&
    value.data instanceof Uint8Array
  )
}

function number(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
