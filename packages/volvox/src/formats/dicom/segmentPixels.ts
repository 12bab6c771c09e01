import { OptionError, shown } from '../../core/errors.ts'
import type { Tensor } from '../../core/tensor.ts'

/** Row by row the pixels of one segment in one slice. */
export interface SegmentFrame {
  /** 1 for the first. */
  readonly segment: number
  /** 0 for the first. */
  readonly slice: number
  readonly pixels: Uint8Array
}

/** Frames of all segments; those without a pixel above 0 are left out. */
export interface SegmentPixels {
  readonly segments: number
  readonly frames: readonly SegmentFrame[]
}

/** What 1 is stored as in fractional segments. */
export const largestFraction = 255

const where = 'writeSegmentation'
const mostSegments = 1000

/**
 * Pixels of 0 and 1 of a label map (column, row, slice). Segments count from 1 without gaps (PS3.3, C.8.20.4): labels keep their
 * numbers, and those between have no frames.
 */
export function pixelsOfLabels({ data, shape }: Tensor): SegmentPixels {
  const segments = largestLabel(data)
  return { segments, frames: framesOf(segments, shape, (segment, voxel) => (Number(data[voxel]) === segment ? 1 : 0)) }
}

/** Pixels of 0 to `largestFraction` of fractions (segment, column, row, slice). */
export function pixelsOfFractions({ data, shape: [segments, ...shape] }: Tensor): SegmentPixels {
  if (segments > mostSegments) throw new OptionError(where, `the image has ${segments} channels; a segmentation has up to ${mostSegments} segments`) // prettier-ignore
  for (let i = 0; i < data.length; i++)
    if (!(data[i] >= 0 && data[i] <= 1)) throw new OptionError(where, `the image holds ${shown(Number(data[i]))}; fractions are from 0 to 1 (Activations)`) // prettier-ignore
  const volume = data.length / segments
  const frames = framesOf(segments, shape, (segment, voxel) =>
    Math.round(Number(data[(segment - 1) * volume + voxel]) * largestFraction),
  )
  if (frames.length === 0) throw new OptionError(where, `all fractions are below ${shown(1 / 510)}; a segmentation needs a voxel above 0`) // prettier-ignore
  return { segments, frames }
}

function framesOf(
  segments: number,
  [columns, rows, depth]: readonly number[],
  valueOf: (segment: number, voxel: number) => number,
): SegmentFrame[] {
  const frames: SegmentFrame[] = []
  for (let segment = 1; segment <= segments; segment++)
    for (let slice = 0; slice < depth; slice++) {
      const pixels = new Uint8Array(rows * columns)
      let any = 0
      for (let y = 0; y < rows; y++)
        for (let x = 0; x < columns; x++)
          any |= pixels[y * columns + x] = valueOf(segment, (x * rows + y) * depth + slice)
      if (any !== 0) frames.push({ segment, slice, pixels })
    }
  return frames
}

/** Labels are whole numbers, and few. */
function largestLabel(data: Tensor['data']): number {
  let largest = 0
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i])
    if (!(Number.isInteger(value) && value >= 0 && value <= mostSegments))
      throw new OptionError(where, `the label map holds ${shown(value)}; labels are whole numbers from 0 to ${mostSegments}`) // prettier-ignore
    if (value > largest) largest = value
  }
  if (largest === 0) throw new OptionError(where, 'the label map is empty; a segmentation needs a voxel above 0')
  return largest
}

/** One bit a pixel, the lowest first, frames without gaps (PS3.5, 8.1.1). */
export function asBits(frames: readonly SegmentFrame[]): Uint8Array {
  const out = new Uint8Array(Math.ceil((frames.length * frames[0].pixels.length) / 8))
  let at = 0
  for (const { pixels } of frames) for (const bit of pixels) out[at >> 3] |= bit << (at++ & 7)
  return out
}

/** One byte a pixel. */
export function asBytes(frames: readonly SegmentFrame[]): Uint8Array {
  const plane = frames[0].pixels.length
  const out = new Uint8Array(frames.length * plane)
  frames.forEach(({ pixels }, i) => out.set(pixels, i * plane))
  return out
}
