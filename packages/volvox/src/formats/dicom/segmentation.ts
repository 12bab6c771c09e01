import { invert, multiply, type Affine } from '../../core/affine.ts'
import { FormatError, shown } from '../../core/errors.ts'
import type { Files } from '../../core/files.ts'
import { allocate } from '../../core/dtype.ts'
import { sizeOf, type Tensor } from '../../core/tensor.ts'
import { latticeOf, sliceAffine } from './arrange.ts'
import type { DataSet } from './dataSet.ts'
import type { DicomFile } from './part10.ts'
import { frameSets, groupOf, type Slice } from './slices.ts'
import { storedPixels } from './storedPixels.ts'
import { itemsOf, numberOf, textOf } from './values.ts'

/** What a concept is called in a coding scheme, e.g. `10200004`, `SCT`, `Liver`. */
export interface Code {
  readonly value: string
  readonly scheme: string
  readonly meaning: string
}

/** One segment of a segmentation object. */
export interface Segment {
  /** 1 for the first one; what label maps hold. */
  readonly number: number
  readonly label: string
  readonly description?: string
  readonly category?: Code
  readonly type?: Code
  /** AUTOMATIC, SEMIAUTOMATIC or MANUAL. */
  readonly algorithm?: string
}

/** A lattice in voxel order column, row, slice. */
export interface SliceGrid {
  readonly shape: readonly number[]
  readonly affine: Affine
}

export interface Segmentation extends SliceGrid {
  readonly segments: readonly Segment[]
  readonly fractional: boolean
  /** Whether any voxel belongs to several segments. */
  readonly overlapping: boolean
  /** Column, row, slice, segment: uint8 of 0 and 1, or float32 of 0 to 1 where it is fractional. */
  readonly channels: Tensor
}

/** Segmentation storage (PS3.4, B.5). */
export const segmentationClass = '1.2.840.10008.5.1.4.1.1.66.4'

export function isSegmentation(set: DataSet): boolean {
  return textOf(set, 'SOPClassUID') === segmentationClass || itemsOf(set, 'SegmentSequence').length > 0
}

/**
 * The segments of a DICOM segmentation object (PS3.3, A.51). Slices without a segment are usually left out of the file: the
 * lattice is that of the frames, filled up, or `grid`, that of the series which was segmented.
 */
export function segmentationOf(
  file: DicomFile,
  slices: readonly Slice[],
  files: Pick<Files, 'imageDecoder'>,
  where: string,
  grid?: SliceGrid,
): Segmentation {
  const { set } = file
  const segments = segmentsOf(set, where)
  const { data, layout } = storedPixels(file, files, where)
  const fractional = textOf(set, 'SegmentationType') === 'FRACTIONAL'
  const largest = fractional ? (numberOf(set, 'MaximumFractionalValue', where) ?? 255) : 1
  const { shape, affine } = grid ?? latticeOf(slices, where)
  const inverse = invert(affine)
  const [columns, rows, depth] = shape
  const plane = layout.rows * layout.columns
  const count = segments.length
  const total = [columns, rows, depth, count]
  if (sizeOf(total) > largestChannels(data.length))
    throw new FormatError(where, `its ${count} segments on ${shape.join(' x ')} voxels are out of all proportion to its ${slices.length} frames; the file is damaged`) // prettier-ignore
  const out = allocate(fractional ? 'float32' : 'uint8', sizeOf(total))
  const taken = new Uint8Array(columns * rows * depth)
  let overlapping = false
  for (const slice of slices) {
    const channel = channelOf(slice, segments, where)
    const [x0, y0, z] = voxelOf(slice, inverse, affine, where)
    if (x0 < 0 || y0 < 0 || z < 0 || x0 + layout.columns > columns || y0 + layout.rows > rows || z >= depth)
      throw new FormatError(where, `frame ${slice.frame + 1} lies outside of the ${shape.join(' x ')} voxels of the series; give the series that was segmented`) // prettier-ignore
    for (let i = 0; i < plane; i++) {
      const value = Number(data[slice.frame * plane + i])
      if (value === 0) continue
      const x = x0 + (i % layout.columns)
      const y = y0 + Math.floor(i / layout.columns)
      const voxel = (x * rows + y) * depth + z
      if (taken[voxel] !== 0 && taken[voxel] !== (channel % 255) + 1) overlapping = true
      taken[voxel] = (channel % 255) + 1
      out[voxel * count + channel] = fractional ? value / largest : 1
    }
  }
  const channels: Tensor = { dtype: fractional ? 'float32' : 'uint8', shape: total, data: out }
  return { segments, fractional, overlapping, shape: total.slice(0, 3), affine, channels }
}

/** A label map: the number of the segment at each voxel, 0 where there is none. */
export function labelMapOf({ segments, channels, shape }: Segmentation): Tensor {
  const count = segments.length
  const wide = segments.some(({ number }) => number > 255)
  const data = allocate(wide ? 'uint16' : 'uint8', sizeOf(shape))
  for (let voxel = 0; voxel < data.length; voxel++)
    for (let channel = 0; channel < count; channel++)
      if (channels.data[voxel * count + channel] !== 0) data[voxel] = segments[channel].number
  return { dtype: wide ? 'uint16' : 'uint8', shape, data }
}

/** Frames may leave out empty slices, but not almost all: a bound for what is allocated. */
function largestChannels(stored: number): number {
  return Math.max(2 ** 28, stored * 64)
}

export function segmentsOf(set: DataSet, where: string): Segment[] {
  const segments = itemsOf(set, 'SegmentSequence').map((item, i): Segment => {
    const code = (keyword: 'SegmentedPropertyCategoryCodeSequence' | 'SegmentedPropertyTypeCodeSequence') =>
      codeOf(itemsOf(item, keyword)[0])
    return {
      number: numberOf(item, 'SegmentNumber', where) ?? i + 1,
      label: textOf(item, 'SegmentLabel') ?? `Segment ${i + 1}`,
      description: textOf(item, 'SegmentDescription'),
      category: code('SegmentedPropertyCategoryCodeSequence'),
      type: code('SegmentedPropertyTypeCodeSequence'),
      algorithm: textOf(item, 'SegmentAlgorithmType'),
    }
  })
  if (segments.length === 0) throw new FormatError(where, 'is a segmentation without SegmentSequence (0062,0002); the file is damaged') // prettier-ignore
  return segments
}

function codeOf(item: DataSet | undefined): Code | undefined {
  const [value, scheme, meaning] = (['CodeValue', 'CodingSchemeDesignator', 'CodeMeaning'] as const).map((keyword) =>
    textOf(item, keyword),
  )
  return value === undefined ? undefined : { value, scheme: scheme ?? '', meaning: meaning ?? '' }
}

function channelOf({ file, frame }: Slice, segments: readonly Segment[], where: string): number {
  const group = groupOf(frameSets(file.set, frame), 'SegmentIdentificationSequence')
  const number = numberOf(group, 'ReferencedSegmentNumber', where) ?? (segments.length === 1 ? segments[0].number : NaN)
  const channel = segments.findIndex((segment) => segment.number === number)
  if (channel < 0) throw new FormatError(where, `frame ${frame + 1} belongs to segment ${shown(number)}, which is not there; the file is damaged`) // prettier-ignore
  return channel
}

/** Place of a frame's first pixel in the grid, whose axes and pixels must be the frame's. */
function voxelOf(slice: Slice, inverse: Affine, affine: Affine, where: string): [number, number, number] {
  const { position, across, down } = slice
  if (!position || !across || !down) throw new FormatError(where, `frame ${slice.frame + 1} has no place in space; the file is damaged`) // prettier-ignore
  const relative = multiply(inverse, sliceAffine(slice, [-affine[2], -affine[6], affine[10]])) // the step in LPS
  const aligned = [0, 1, 4, 5, 8, 9].every((i) => Math.abs(relative[i] - (i === 0 || i === 5 ? 1 : 0)) < 1e-3)
  const place = [3, 7, 11].map((i) => relative[i])
  const whole = place.map(Math.round)
  if (!aligned || place.some((value, i) => Math.abs(value - whole[i]) > 0.05))
    throw new FormatError(where, `frame ${slice.frame + 1} does not lie on the pixels of the series (off by ${Math.max(...place.map((value, i) => Math.abs(value - whole[i]))).toFixed(2)} voxels); give the series that was segmented`) // prettier-ignore
  return whole as [number, number, number]
}
