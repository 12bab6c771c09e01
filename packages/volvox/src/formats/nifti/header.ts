import { FormatError, shown } from '../../core/errors.ts'

/** The fields of a NIfTI-1 or NIfTI-2 header, under the names of the standard. */
export interface NiftiHeader {
  readonly sizeof_hdr: number
  readonly dim_info: number
  /** The number of axes, then the voxels along each of seven. */
  readonly dim: readonly number[]
  readonly intent_p1: number
  readonly intent_p2: number
  readonly intent_p3: number
  readonly intent_code: number
  readonly intent_name: string
  readonly datatype: number
  readonly bitpix: number
  readonly slice_start: number
  readonly slice_end: number
  readonly slice_code: number
  readonly slice_duration: number
  /** The handedness of the qform, then the voxel size along each of seven axes. */
  readonly pixdim: readonly number[]
  readonly vox_offset: number
  readonly scl_slope: number
  readonly scl_inter: number
  readonly xyzt_units: number
  readonly cal_max: number
  readonly cal_min: number
  readonly toffset: number
  readonly descrip: string
  readonly aux_file: string
  /** The least value in Analyze; of NIfTI-1 only. */
  readonly glmin?: number
  readonly qform_code: number
  readonly sform_code: number
  readonly quatern_b: number
  readonly quatern_c: number
  readonly quatern_d: number
  readonly qoffset_x: number
  readonly qoffset_y: number
  readonly qoffset_z: number
  readonly srow_x: readonly number[]
  readonly srow_y: readonly number[]
  readonly srow_z: readonly number[]
  readonly magic: string
}

type Kind = 'uint8' | 'int16' | 'int32' | 'int64' | 'float32' | 'float64' | 'text'
type Field = readonly [name: string, kind: Kind, count?: number]

/** The layouts, field after field without gaps. Analyze 7.5 is version 1 without the part from `qform_code` on. */
const layouts = {
  1: [
    ['sizeof_hdr', 'int32'],
    ['data_type', 'text', 10],
    ['db_name', 'text', 18],
    ['extents', 'int32'],
    ['session_error', 'int16'],
    ['regular', 'text', 1],
    ['dim_info', 'uint8'],
    ['dim', 'int16', 8],
    ['intent_p1', 'float32'],
    ['intent_p2', 'float32'],
    ['intent_p3', 'float32'],
    ['intent_code', 'int16'],
    ['datatype', 'int16'],
    ['bitpix', 'int16'],
    ['slice_start', 'int16'],
    ['pixdim', 'float32', 8],
    ['vox_offset', 'float32'],
    ['scl_slope', 'float32'],
    ['scl_inter', 'float32'],
    ['slice_end', 'int16'],
    ['slice_code', 'uint8'],
    ['xyzt_units', 'uint8'],
    ['cal_max', 'float32'],
    ['cal_min', 'float32'],
    ['slice_duration', 'float32'],
    ['toffset', 'float32'],
    ['glmax', 'int32'],
    ['glmin', 'int32'],
    ['descrip', 'text', 80],
    ['aux_file', 'text', 24],
    ['qform_code', 'int16'],
    ['sform_code', 'int16'],
    ['quatern_b', 'float32'],
    ['quatern_c', 'float32'],
    ['quatern_d', 'float32'],
    ['qoffset_x', 'float32'],
    ['qoffset_y', 'float32'],
    ['qoffset_z', 'float32'],
    ['srow_x', 'float32', 4],
    ['srow_y', 'float32', 4],
    ['srow_z', 'float32', 4],
    ['intent_name', 'text', 16],
    ['magic', 'text', 4],
  ],
  2: [
    ['sizeof_hdr', 'int32'],
    ['magic', 'text', 8],
    ['datatype', 'int16'],
    ['bitpix', 'int16'],
    ['dim', 'int64', 8],
    ['intent_p1', 'float64'],
    ['intent_p2', 'float64'],
    ['intent_p3', 'float64'],
    ['pixdim', 'float64', 8],
    ['vox_offset', 'int64'],
    ['scl_slope', 'float64'],
    ['scl_inter', 'float64'],
    ['cal_max', 'float64'],
    ['cal_min', 'float64'],
    ['slice_duration', 'float64'],
    ['toffset', 'float64'],
    ['slice_start', 'int64'],
    ['slice_end', 'int64'],
    ['descrip', 'text', 80],
    ['aux_file', 'text', 24],
    ['qform_code', 'int32'],
    ['sform_code', 'int32'],
    ['quatern_b', 'float64'],
    ['quatern_c', 'float64'],
    ['quatern_d', 'float64'],
    ['qoffset_x', 'float64'],
    ['qoffset_y', 'float64'],
    ['qoffset_z', 'float64'],
    ['srow_x', 'float64', 4],
    ['srow_y', 'float64', 4],
    ['srow_z', 'float64', 4],
    ['slice_code', 'int32'],
    ['xyzt_units', 'int32'],
    ['intent_code', 'int32'],
    ['intent_name', 'text', 16],
    ['dim_info', 'uint8'],
    ['unused_str', 'text', 15],
  ],
} as const satisfies Record<number, readonly Field[]>

export type NiftiVersion = keyof typeof layouts

/** Bytes of a header, without the four that say whether extensions follow. */
export const headerBytes: Readonly<Record<NiftiVersion, number>> = { 1: 348, 2: 540 }

export interface ParsedHeader {
  readonly header: NiftiHeader
  readonly version: NiftiVersion
  readonly littleEndian: boolean
}

/** Version and byte order by the header's own size, or null where the bytes are no NIfTI or Analyze header. */
export function headerKind(head: Uint8Array): { version: NiftiVersion; littleEndian: boolean } | null {
  if (head.length < 4) return null
  const view = new DataView(head.buffer, head.byteOffset, 4)
  for (const littleEndian of [true, false])
    for (const version of [1, 2] as const)
      if (view.getInt32(0, littleEndian) === headerBytes[version]) return { version, littleEndian }
  return null
}

export function parseHeader(head: Uint8Array, where: string): ParsedHeader {
  const kind = headerKind(head)
  if (head.length < 4)
    throw new FormatError(where, `the file ends after ${head.length} bytes; a NIfTI header takes 348 or 540`)
  if (!kind) {
    const size = new DataView(head.buffer, head.byteOffset, 4).getInt32(0, true)
    throw new FormatError(
      where,
      `sizeof_hdr is ${size} at byte 0, NIfTI has 348 or 540; the file is damaged or not NIfTI`,
    )
  }
  const bytes = headerBytes[kind.version]
  if (head.length < bytes)
    throw new FormatError(
      where,
      `the file ends after ${head.length} bytes, inside its ${bytes}-byte header; it is cut short`,
    )
  const view = new DataView(head.buffer, head.byteOffset, bytes)
  const header: Record<string, Value> = {}
  let at = 0
  for (const [name, type, count] of layouts[kind.version] as readonly Field[]) {
    header[name] =
      type === 'text' ? readText(view, at, count ?? 1) : readNumbers(view, at, type, count, kind.littleEndian)
    at += sizes[type] * (count ?? 1)
  }
  return { header: header as unknown as NiftiHeader, ...kind } // both layouts have every field of NiftiHeader
}

export function serialiseHeader(header: NiftiHeader, version: NiftiVersion, littleEndian = true): Uint8Array {
  const bytes = new Uint8Array(headerBytes[version])
  const view = new DataView(bytes.buffer)
  const fields = header as unknown as Readonly<Record<string, Value | undefined>>
  let at = 0
  for (const [name, type, count] of layouts[version] as readonly Field[]) {
    const value = fields[name] ?? (type === 'text' ? '' : 0)
    if (typeof value === 'string')
      bytes.set(
        [...value].slice(0, count).map((c) => c.charCodeAt(0) & 0xff),
        at,
      )
    else [value].flat().forEach((x, i) => writeNumber(view, at + i * sizes[type], type, Number(x), littleEndian))
    at += sizes[type] * (count ?? 1)
  }
  return bytes
}

type Value = number | readonly number[] | string

const sizes: Record<Kind, number> = { uint8: 1, int16: 2, int32: 4, int64: 8, float32: 4, float64: 8, text: 1 }

function readText(view: DataView, at: number, length: number): string {
  const codes = Array.from({ length }, (_, i) => view.getUint8(at + i))
  const end = codes.indexOf(0)
  return String.fromCharCode(...(end < 0 ? codes : codes.slice(0, end)))
}

function readNumbers(
  view: DataView,
  at: number,
  kind: Kind,
  count: number | undefined,
  littleEndian: boolean,
): number | number[] {
  const read = (i: number): number => readNumber(view, at + i * sizes[kind], kind, littleEndian)
  return count === undefined ? read(0) : Array.from({ length: count }, (_, i) => read(i))
}

function readNumber(view: DataView, at: number, kind: Kind, littleEndian: boolean): number {
  if (kind === 'int16') return view.getInt16(at, littleEndian)
  if (kind === 'int32') return view.getInt32(at, littleEndian)
  if (kind === 'int64') return Number(view.getBigInt64(at, littleEndian))
  if (kind === 'float32') return view.getFloat32(at, littleEndian)
  if (kind === 'float64') return view.getFloat64(at, littleEndian)
  return view.getUint8(at)
}

function writeNumber(view: DataView, at: number, kind: Kind, value: number, littleEndian: boolean): void {
  if (kind === 'int16') view.setInt16(at, value, littleEndian)
  else if (kind === 'int32') view.setInt32(at, value, littleEndian)
  else if (kind === 'int64') view.setBigInt64(at, BigInt(Math.trunc(value)), littleEndian)
  else if (kind === 'float32') view.setFloat32(at, value, littleEndian)
  else if (kind === 'float64') view.setFloat64(at, value, littleEndian)
  else view.setUint8(at, value)
}

/**
 * FreeSurfer's way of storing values of a surface, whose length does not fit in 16 bits: -1 with the length in `glmin`, or the
 * 163842 vertices of its finest sphere as 27307 x 1 x 6.
 */
function surfaceShape(shape: number[], header: NiftiHeader): number[] {
  const [x, y, z, ...rest] = shape
  if (x === -1 && y === 1 && z === 1) return [header.glmin ?? x, 1, 1, ...rest]
  return x === 27307 && y === 1 && z === 6 ? [x * z, 1, 1, ...rest] : shape
}

/** The size of each axis, checked: 1 to 7 axes of one voxel or more. */
export function shapeOf({ header, version }: ParsedHeader, where: string): number[] {
  const [rank, ...sizesOfAxes] = header.dim
  const at = version === 1 ? 40 : 16
  if (!(rank >= 1 && rank <= 7))
    throw new FormatError(
      where,
      `dim[0] is ${rank} at byte ${at}, NIfTI-${version} allows 1 to 7; the file is damaged or not NIfTI`,
    )
  const shape = surfaceShape(sizesOfAxes.slice(0, rank), header)
  shape.forEach((size, i) => {
    if (!(size >= 1))
      throw new FormatError(
        where,
        `dim[${i + 1}] is ${size} in ${shown(shape)}; each axis needs 1 voxel or more, so the header is damaged`,
      )
  })
  return shape
}
