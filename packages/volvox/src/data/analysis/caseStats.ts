import { bytesToHex } from '@noble/hashes/utils.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { spacingMm } from '../../core/affine.ts'
import { toFloats } from '../../core/convert.ts'
import { DataError } from '../../core/errors.ts'
import { spatialShape, type Image } from '../../core/image.ts'
import { sameShape, sizeOf } from '../../core/tensor.ts'
import { labelComponents } from '../../kernels/index.ts'
import { statisticsOf, type Statistics } from './statistics.ts'

/** What is to be known about a case, under the names of MONAI's DataAnalyzer. */
export interface CaseStats {
  readonly image_stats: {
    /** Per channel. */
    readonly shape: readonly (readonly number[])[]
    readonly channels: number
    /** Without the border whose values are 0 or less, per channel. */
    readonly cropped_shape: readonly (readonly number[])[]
    readonly spacing: readonly number[]
    readonly sizemm: readonly number[]
    readonly intensity: readonly Statistics[]
  }
  /** Where the label is above 0. */
  readonly image_foreground_stats?: { readonly intensity: readonly Statistics[] }
  readonly label_stats?: {
    readonly labels: readonly number[]
    readonly image_intensity: readonly Statistics[]
    readonly label: readonly LabelStats[]
  }
}

/** Of one label value. */
export interface LabelStats {
  readonly image_intensity: readonly Statistics[]
  /** Share of all voxels. */
  readonly foreground_percentage: number
  /** Sizes of the boxes around the connected components, largest component first, and their number. */
  readonly shape?: readonly (readonly number[])[]
  readonly ncomponents?: number
}

/**
 * The statistics of an image [channels, ...spatial] and of its label of whole numbers [1, ...spatial] (MONAI `ImageStats`,
 * `FgImageStats`, `LabelStats`). With `components` connected components are counted.
 */
export function caseStats(img: Image, label: Image | null, components = false): CaseStats {
  const shape = spatialShape(img)
  const channels = Array.from({ length: img.shape[0] }, (_, c) => channelOf(img, c))
  const boxes = channels.map((voxels) => foregroundBox(voxels, shape))
  const spacing = spacingMm(img.affine, shape.length)
  const image_stats = {
    shape: channels.map(() => shape),
    channels: channels.length,
    cropped_shape: boxes.map(({ size }) => size),
    spacing,
    sizemm: shape.map((n, axis) => n * spacing[axis]),
    intensity: channels.map((voxels, c) => statisticsOf(within(voxels, shape, boxes[c]))),
  }
  if (!label) return { image_stats }
  if (!sameShape(spatialShape(label), shape))
    throw new DataError(
      'caseStats',
      `the label has [${spatialShape(label).join(', ')}] voxels, the image [${shape.join(', ')}]; they must lie on one grid`,
    )
  const values = labelValues(label)
  const where = (test: (value: number) => boolean) =>
    channels.map((voxels) => {
      const chosen = voxels.filter((_, i) => test(values[i]))
      return statisticsOf(chosen.length > 0 ? chosen : [0])
    })
  const foreground = where((value) => value > 0)
  const labels = [...new Set(values)].sort((a, b) => a - b)
  return {
    image_stats,
    image_foreground_stats: { intensity: foreground },
    label_stats: {
      labels,
      image_intensity: foreground,
      label: labels.map((one) => ({
        image_intensity: where((value) => value === one),
        foreground_percentage: values.reduce((sum, value) => sum + (value === one ? 1 : 0), 0) / values.length,
        ...(components ? componentsOf(values, one, shape) : {}),
      })),
    },
  }
}

/** SHA-256 of the voxels and their size, to find equal images. */
export function contentOf({ dtype, shape, data }: Image): string {
  const head = new TextEncoder().encode(`${dtype} ${shape.join('x')}\n`)
  return bytesToHex(
    sha256
      .create()
      .update(head)
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      .digest(),
  )
}

function channelOf(img: Image, channel: number): Float32Array {
  const size = sizeOf(spatialShape(img))
  return Float32Array.from(toFloats(img.dtype, img.data.subarray(channel * size, (channel + 1) * size)))
}

/** Whole numbers; of several channels the one with the largest value. */
function labelValues(label: Image): Int16Array {
  const channels = Array.from({ length: label.shape[0] }, (_, c) => channelOf(label, c))
  if (channels.length === 1) return Int16Array.from(channels[0])
  return Int16Array.from(channels[0], (_, i) =>
    channels.reduce((best, one, c) => (one[i] > channels[best][i] ? c : best), 0),
  )
}

interface Box {
  readonly start: readonly number[]
  readonly size: readonly number[]
}

/** The box around the values above 0; the whole image where there are none. */
function foregroundBox(voxels: Float32Array, shape: readonly number[]): Box {
  const low = shape.map((n) => n)
  const high = shape.map(() => -1)
  forEachPlace(shape, (i, place) => {
    if (!(voxels[i] > 0)) return
    place.forEach((at, axis) => {
      low[axis] = Math.min(low[axis], at)
      high[axis] = Math.max(high[axis], at)
    })
  })
  if (high[0] < 0) return { start: shape.map(() => 0), size: shape }
  return { start: low, size: high.map((end, axis) => end - low[axis] + 1) }
}

function within(voxels: Float32Array, shape: readonly number[], { start, size }: Box): Float32Array {
  if (sameShape(size, shape)) return voxels
  const out = new Float32Array(sizeOf(size))
  let at = 0
  forEachPlace(shape, (i, place) => {
    if (place.every((p, axis) => p >= start[axis] && p < start[axis] + size[axis])) out[at++] = voxels[i]
  })
  return out
}

/** Calls with each index in C order and its place; the place is one array that changes. */
function forEachPlace(shape: readonly number[], use: (index: number, place: readonly number[]) => void): void {
  const place = shape.map(() => 0)
  const total = sizeOf(shape)
  for (let i = 0; i < total; i++) {
    use(i, place)
    for (let axis = shape.length - 1; axis >= 0 && ++place[axis] === shape[axis]; axis--) place[axis] = 0
  }
}

function componentsOf(
  values: Int16Array,
  one: number,
  shape: readonly number[],
): Pick<LabelStats, 'shape' | 'ncomponents'> {
  const { labels, count } = labelComponents(
    Uint8Array.from(values, (value) => (value === one ? 1 : 0)),
    shape,
  )
  const boxes = Array.from({ length: count }, () => ({
    low: shape.map((n) => n),
    high: shape.map(() => -1),
    voxels: 0,
  }))
  forEachPlace(shape, (i, place) => {
    const box = boxes[labels[i] - 1]
    if (!box) return
    box.voxels++
    place.forEach((at, axis) => {
      box.low[axis] = Math.min(box.low[axis], at)
      box.high[axis] = Math.max(box.high[axis], at)
    })
  })
  const largestFirst = boxes.sort((a, b) => b.voxels - a.voxels)
  return {
    shape: largestFirst.map(({ low, high }) => high.map((end, axis) => end - low[axis] + 1)),
    ncomponents: count,
  }
}
