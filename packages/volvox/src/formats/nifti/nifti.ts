import { bytesOf, type DType } from '../../core/dtype.ts'
import { FormatError, shown } from '../../core/errors.ts'
import { sizeOf } from '../../core/tensor.ts'
import { elementsAt, voxelsOf, type StoredElements } from '../elements.ts'
import { volume, type Format, type Reading, type Volume } from '../format.ts'
import { inflateHead, isGzip } from '../gzip.ts'
import { contentOf, extensionsOf, type FileKind } from './content.ts'
import { centredAffine, niftiAffine, pixdimAffine } from './affine.ts'
import { headerBytes, headerKind, parseHeader, shapeOf, type NiftiHeader, type ParsedHeader } from './header.ts'
import { writeNifti } from './write.ts'
import { firstFastestLayout } from '../reorder.ts'

/**
 * NIfTI-1 and -2 in one file or as a .hdr/.img pair, plain or gzipped, in either byte order; Analyze 7.5 pairs are read
 * too (their origin field, which only SPM used, is not). Memory is bounded by the voxels that the header declares, once
 * as stored and once as given back, and a header is believed only as far as the file is long enough for it; data after
 * the voxels are read over up to 1 MiB.
 */
export const nifti: Format = {
  name: 'NIfTI',
  extensions: ['.nii', '.nii.gz', '.hdr', '.hdr.gz', '.img', '.img.gz'],
  sniff: (head) => headerKind(head) !== null,
  read,
  write: writeNifti,
}

function read(bytes: Uint8Array, reading: Reading): Volume {
  const where = reading.name
  if (bytes.length === 0) throw new FormatError(where, 'the file is empty; fetch or write it again')
  const head = isGzip(bytes) ? inflateHead(bytes, headerBytes[2] + 4, where) : bytes
  const parsed = parseHeader(head, where)
  const kind = kindOf(parsed, where)
  const { header, littleEndian } = parsed
  const type = storedType(header.datatype, where)
  const shape = shapeOf(parsed, where)
  const spatialDims = Math.min(shape.length, 3)
  const affine =
    kind === 'analyze' ? analyzeAffine(header, reading) : niftiAffine(header, reading.affineRule ?? 'nibabel', where)
  const content = contentOf(bytes, parsed, kind, sizeOf(shape) * type.components * bytesOf(type.dtype), reading)
  const data = elementsAt(content, content.offset, type.dtype, sizeOf(shape) * type.components, littleEndian)
  const layout = firstFastestLayout(shape, type.components)
  const scaling = type.components > 1 ? null : scalingOf(header, kind, where)
  const voxels = voxelsOf({ dtype: type.dtype, data, layout, scaling }, reading.as, reading.later)
  const extensions = kind === 'analyze' ? [] : extensionsOf(content, parsed, where)
  return volume(
    voxels,
    layout.shape,
    spatialDims,
    affine,
    { ...header, ...(extensions.length > 0 && { extensions }) },
    reading,
  )
}

function kindOf({ header, version }: ParsedHeader, where: string): FileKind {
  const magic = header.magic.slice(0, 3)
  if (magic === `n+${version}`) return 'single'
  if (magic === `ni${version}`) return 'pair'
  if (version === 1 && /\.hdr(\.gz)?$/i.test(where)) return 'analyze'
  const at = version === 1 ? 344 : 4
  throw new FormatError(
    where,
    `the magic text is ${shown(header.magic)} at byte ${at}, NIfTI-${version} has "n+${version}" or "ni${version}"; the file is damaged or not NIfTI`,
  )
}

const types: Readonly<Record<number, readonly [dtype: DType, components: number]>> = {
  2: ['uint8', 1],
  4: ['int16', 1],
  8: ['int32', 1],
  16: ['float32', 1],
  32: ['float32', 2],
  64: ['float64', 1],
  128: ['uint8', 3],
  256: ['int8', 1],
  512: ['uint16', 1],
  768: ['uint32', 1],
  1024: ['int64', 1],
  1280: ['uint64', 1],
  1792: ['float64', 2],
  2304: ['uint8', 4],
}

const refusedTypes: Readonly<Record<number, string>> = {
  1: 'one bit a voxel',
  1536: '128-bit floating point',
  2048: 'complex numbers (complex256)',
}

function storedType(code: number, where: string): { dtype: DType; components: number } {
  const known = types[code]
  if (known) return { dtype: known[0], components: known[1] }
  const refused = refusedTypes[code]
  throw new FormatError(
    where,
    refused
      ? `the voxels are ${refused}, which Volvox does not read; convert them to a real type such as float32, e.g. the magnitude`
      : `datatype is ${code}, which NIfTI does not define; the header is damaged`,
  )
}

/** A slope of 0 means no scaling; one that is not finite is read the same, as NiBabel does. */
function scalingOf(header: NiftiHeader, kind: FileKind, where: string): StoredElements['scaling'] {
  const { scl_slope: slope } = header
  const intercept = kind === 'analyze' ? 0 : header.scl_inter // Analyze has the slope only by a custom of SPM
  if (slope === 0 || !Number.isFinite(slope) || (slope === 1 && intercept === 0)) return null
  if (!Number.isFinite(intercept))
    throw new FormatError(where, `scl_inter is ${intercept} beside a scl_slope of ${slope}; it must be a finite number`)
  return { slope, intercept }
}

function analyzeAffine(header: NiftiHeader, { affineRule, name }: Reading): number[] {
  const uncoded = { ...header, sform_code: 0, qform_code: 0, srow_x: [], srow_y: [], srow_z: [] }
  const affine = affineRule === 'standard' ? pixdimAffine(uncoded) : centredAffine(uncoded)
  if (affine.some((x) => !Number.isFinite(x)) || [0, 5, 10].some((i) => affine[i] === 0))
    throw new FormatError(name, `pixdim is ${shown(header.pixdim.slice(1, 4))}; each axis needs a voxel size above 0`)
  return affine
}
