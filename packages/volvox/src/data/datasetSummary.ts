import { spacingMm } from '../core/affine.ts'
import { DataError, shown } from '../core/errors.ts'
import { isImage, type Image } from '../core/image.ts'
import { sizeOf } from '../core/tensor.ts'
import { atShare } from './analysis/statistics.ts'
import type { Dataset } from './datasets/dataset.ts'
import { DataLoader } from './loader.ts'
import { decollateBatch } from './collate.ts'
import type { StartWorkers } from './workers.ts'

export interface DatasetSummaryOptions {
  readonly imageKey?: string
  /** Key of the labels that tell what foreground is. */
  readonly labelKey?: string
  readonly numWorkers?: number
  readonly workers?: StartWorkers | null
}

/** Intensities of the foreground of all images. */
export interface IntensityStatistics {
  readonly max: number
  readonly min: number
  readonly mean: number
  readonly std: number
}

/** What suits `Spacingd`, `ScaleIntensityRanged` and `NormalizeIntensityd`, found out from all samples of a data set. */
export interface DatasetSummary {
  /**
   * Millimetres per axis: the median of all images; where the largest is `anisotropicThreshold` (3) times the smallest or more, that axis
   * takes the `percentile`-th (10) percentile.
   */
  getTargetSpacing(options?: { anisotropicThreshold?: number; percentile?: number }): Promise<number[]>
  /** Of voxels whose label is above `foregroundThreshold` (0; -1 takes all). */
  calculateStatistics(foregroundThreshold?: number): Promise<IntensityStatistics>
  /** Percentiles and median of every `interval`-th (10) voxel of the foreground; 1 takes all. */
  calculatePercentiles(options?: PercentileOptions): Promise<{ min: number; max: number; median: number }>
}

export interface PercentileOptions {
  readonly foregroundThreshold?: number
  readonly interval?: number
  readonly minPercentile?: number
  readonly maxPercentile?: number
}

/** Spacing and intensities that suit a data set (MONAI `DatasetSummary`), by the rules of nnU-Net (Isensee et al. 2019). */
export function DatasetSummary(
  dataset: Dataset,
  { imageKey = 'image', labelKey = 'label', numWorkers = 0, workers = null }: DatasetSummaryOptions = {},
): DatasetSummary {
  /** Calls `see` with the samples, one after the other. */
  async function through(see: (image: Image, at: (key: string) => Image) => void): Promise<void> {
    const loader = DataLoader({ dataset, numWorkers, workers })
    try {
      let item = 0
      for await (const batch of loader)
        for (const sample of decollateBatch(batch)) {
          const name = `item ${item++}`
          const at = (key: string): Image => {
            const value = sample[key]
            if (isImage(value)) return value
            throw new DataError(
              name,
              `has no image "${key}" (it has ${Object.keys(sample).join(', ')}); name another key`,
            )
          }
          see(at(imageKey), at)
        }
    } finally {
      await loader.dispose()
    }
  }
  const foreground = (image: Image, label: Image, threshold: number): Float32Array => {
    if (sizeOf(image.shape) !== sizeOf(label.shape))
      throw new DataError(
        'DatasetSummary',
        `an image has the shape ${shown(image.shape)}, its label ${shown(label.shape)}; give labels of one channel for each of the image`,
      )
    return Float32Array.from(image.data as ArrayLike<number>).filter((_, i) => Number(label.data[i]) > threshold)
  }
  return {
    async getTargetSpacing({ anisotropicThreshold = 3, percentile = 10 } = {}) {
      const spacings: number[][] = []
      await through((image) => spacings.push(spacingMm(image.affine, 3).map((mm) => mm || 1)))
      const along = [0, 1, 2].map((axis) => Float64Array.from(spacings, (spacing) => spacing[axis]).sort())
      const target = along.map((all) => atShare(all, 0.5))
      const [largest, smallest] = [Math.max(...target), Math.min(...target)]
      const axis = target.indexOf(largest)
      if (largest / smallest >= anisotropicThreshold) target[axis] = atShare(along[axis], percentile / 100)
      return target
    },
    async calculateStatistics(foregroundThreshold = 0) {
      let [max, min, sum, squares, count] = [-Infinity, Infinity, 0, 0, 0]
      await through((image, at) => {
        for (const x of foreground(image, at(labelKey), foregroundThreshold)) {
          max = Math.max(max, x)
          min = Math.min(min, x)
          sum += x
          squares += x * x
          count++
        }
      })
      const mean = sum / count
      return { max, min, mean, std: Math.sqrt(squares / count - mean * mean) }
    },
    async calculatePercentiles({
      foregroundThreshold = 0,
      interval = 10,
      minPercentile = 0.5,
      maxPercentile = 99.5,
    } = {}) {
      const parts: Float32Array[] = []
      await through((image, at) =>
        parts.push(foreground(image, at(labelKey), foregroundThreshold).filter((_, i) => i % interval === 0)),
      )
      const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0))
      let end = 0
      for (const part of parts) {
        all.set(part, end)
        end += part.length
      }
      all.sort()
      return {
        min: atShare(all, minPercentile / 100),
        max: atShare(all, maxPercentile / 100),
        median: atShare(all, 0.5),
      }
    },
  }
}
