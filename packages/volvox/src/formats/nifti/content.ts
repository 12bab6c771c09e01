import { FormatError, MissingError } from '../../core/errors.ts'
import type { Reading } from '../format.ts'
import { inflateExpected, isGzip } from '../gzip.ts'
import { headerBytes, type ParsedHeader } from './header.ts'
import { baseName } from '../paths.ts'

/** Header and voxels in one file, in two, or in two with an Analyze header. */
export type FileKind = 'single' | 'pair' | 'analyze'

/** A block of a NIfTI header extension; codes are registered with the NIfTI committee (2 DICOM, 4 AFNI, 6 text, ...). */
export interface NiftiExtension {
  readonly code: number
  readonly data: Uint8Array
}

/** Inflated bytes, checked to hold all voxels from `offset` on; `own` when nobody else holds them. */
export interface Content {
  readonly bytes: Uint8Array
  readonly own: boolean
  readonly offset: number
  /** The inflated file (or its part up to `headerEnd`) that begins with the header. */
  readonly header: Uint8Array
  readonly headerEnd: number
}

/** What may follow the voxels and is read over. */
const slack = 2 ** 20

export function contentOf(
  bytes: Uint8Array,
  parsed: ParsedHeader,
  kind: FileKind,
  voxelBytes: number,
  reading: Reading,
): Content {
  const least = headerBytes[parsed.version] + 4
  const declared = parsed.header.vox_offset
  const offset = kind === 'single' && declared === 0 ? least : declared
  if (!(Number.isInteger(offset) && offset >= (kind === 'single' ? headerBytes[parsed.version] : 0)))
    throw new FormatError(
      reading.name,
      `vox_offset is ${declared}; it must be a whole number${kind === 'single' ? `, ${least} or more` : ' of 0 or more'}`,
    )
  if (kind === 'single') {
    const content = inflated(bytes, offset, voxelBytes, reading.name, reading)
    return { ...content, offset, header: content.bytes, headerEnd: offset }
  }
  const image = imageOf(reading)
  const header = isGzip(bytes)
    ? inflateExpected(bytes, headerBytes[parsed.version], slack, reading.inflate, reading.name)
    : bytes
  return { ...inflated(image.bytes, offset, voxelBytes, image.name, reading), offset, header, headerEnd: header.length }
}

function inflated(
  bytes: Uint8Array,
  offset: number,
  voxelBytes: number,
  where: string,
  reading: Reading,
): { bytes: Uint8Array; own: boolean } {
  const own = isGzip(bytes)
  const content = own ? inflateExpected(bytes, offset + voxelBytes, slack, reading.inflate, where, true) : bytes
  if (content.length < offset)
    throw new FormatError(
      where,
      `the voxels begin at byte ${offset} by vox_offset, but the file holds ${content.length} bytes; it is damaged or cut short`,
    )
  if (content.length < offset + voxelBytes)
    throw new FormatError(
      where,
      `${content.length - offset} bytes of voxels are there, the header declares ${voxelBytes}; the file is cut short`,
    )
  return { bytes: content, own }
}

/** The .img beside a .hdr: gzipped as its header is, or not. */
function imageOf(reading: Reading): { name: string; bytes: Uint8Array } {
  const name = baseName(reading.name)
  const plain = name.replace(/\.gz$/i, '').replace(/hdr$/, 'img').replace(/HDR$/, 'IMG')
  if (!/img$/i.test(plain))
    throw new FormatError(
      reading.name,
      'its voxels are in a file of their own; name the header .hdr and the voxels .img, side by side',
    )
  const candidates = /\.gz$/i.test(name) ? [`${plain}.gz`, plain] : [plain, `${plain}.gz`]
  for (const candidate of candidates)
    try {
      return {
        name: `${reading.name.slice(0, reading.name.length - name.length)}${candidate}`,
        bytes: reading.sidecar(candidate),
      }
    } catch (error) {
      if (!(error instanceof MissingError)) throw error
    }
  throw new MissingError(
    reading.name,
    `its voxels should be in ${candidates[0]} beside it, which is not there; put both files in one folder`,
  )
}

/** The extension blocks between header and voxels. */
export function extensionsOf(
  { header, headerEnd }: Content,
  { version, littleEndian }: ParsedHeader,
  where: string,
): NiftiExtension[] {
  const start = headerBytes[version]
  const out: NiftiExtension[] = []
  if (headerEnd < start + 4 || header[start] === 0) return out
  const view = new DataView(header.buffer, header.byteOffset, header.length)
  for (let at = start + 4; at + 8 <= headerEnd;) {
    const size = view.getInt32(at, littleEndian)
    if (size === 0) break // padding up to the voxels
    if (!(size >= 8 && at + size <= headerEnd))
      throw new FormatError(
        where,
        `a header extension of ${size} bytes at byte ${at} does not fit before byte ${headerEnd}; the header is damaged`,
      )
    out.push({ code: view.getInt32(at + 4, littleEndian), data: header.slice(at + 8, at + size) })
    at += size
  }
  return out
}
