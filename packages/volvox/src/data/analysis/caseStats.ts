import { spacingMm } from '../../core/affine.ts'
import { toFloats } from '../../core/convert.ts'
import { DataError } from '../../core/errors.ts'
import { image, spatialShape, type Image } from '../../core/image.ts'
import { sameShape, sizeOf } from '../../core/tensor.ts'
import { componentBoxes } from '../../transforms/croppad/componentBoxes.ts'
import { boundingBox } from '../../transforms/croppad/foreground.ts'
import { SpatialCrop } from '../../transforms/croppad/index.ts'
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
  const channels = channelsOf(img)
  const foregrounds = channels.map((voxels) => foregroundOf(image('float32', [1, ...shape], voxels)))
  const spacing = spacingMm(img.affine, shape.length)
  const image_stats = {
    shape: channels.map(() => shape),
    channels: channels.length,
    cropped_shape: foregrounds.map(spatialShape),
    spacing,
    sizemm: shape.map((n, axis) => n * spacing[axis]),
    intensity: foregrounds.map(({ data }) => statisticsOf(data as Float32Array)), // of `channelsOf`
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

function channelsOf(img: Image): Float32Array[] {
  const size = sizeOf(spatialShape(img))
  return Array.from({ length: img.shape[0] }, (_, c) =>
    Float32Array.from(toFloats(img.dtype, img.data.subarray(c * size, (c + 1) * size))),
  )
}

/** Whole numbers; of several channels the one with the largest value. */
function labelValues(label: Image): Int16Array {
  const channels = channelsOf(label)
  if (channels.length === 1) return Int16Array.from(channels[0])
  return Int16Array.from(channels[0], (_, i) =>
    channels.reduce((best, one, c) => (one[i] > channels[best][i] ? c : best), 0),
  )
}

/** A channel without the border whose values are 0 or less; whole where there is nothing else. */
function foregroundOf(channel: Image): Image {
  const mask = Uint8Array.from(channel.data as Float32Array, (x) => (x > 0 ? 1 : 0)) // of `channelsOf`
  const box = boundingBox(mask, spatialShape(channel))
  return box ? SpatialCrop({ roiStart: box.start, roiEnd: box.end })(channel) : channel
}

function componentsOf(
  values: Int16Array,
  one: number,
  shape: readonly number[],
): Pick<LabelStats, 'shape' | 'ncomponents'> {
  const boxes = componentBoxes(
    Uint8Array.from(values, (value) => (value === one ? 1 : 0)),
    shape,
  )
  const largestFirst = boxes.sort((a, b) => b.voxels - a.voxels)
  return {
    shape: largestFirst.map(({ start, end }) => end.map((past, axis) => past - start[axis])),
    ncomponents: boxes.length,
  }
}
