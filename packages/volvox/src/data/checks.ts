import { DataError } from '../core/errors.ts'
import { isImage, spatialShape, type Image } from '../core/image.ts'
import { sameShape } from '../core/tensor.ts'
import type { Sample } from '../transforms/sample.ts'

/** How far apart, in mm, two grids may place a voxel and still be the same; file formats store float32. */
const sameGridMm = 0.01

export interface SegmentationCheck {
  readonly imageKey?: string
  readonly labelKey?: string
  /** Label values that are allowed, e.g. the keys of `labels` in dataset.json; any whole number when empty. */
  readonly values: readonly number[]
}

/** Throws `DataError` when image and label of a sample cannot be trained on: other shape or place, NaN, labels that are not declared. */
export function checkSegmentation(
  sample: Sample,
  name: string,
  { imageKey = 'image', labelKey = 'label', values }: SegmentationCheck,
): void {
  const image = imageOf(sample, imageKey, name)
  const label = imageOf(sample, labelKey, name)
  if (!sameShape(spatialShape(image), spatialShape(label)))
    throw new DataError(
      name,
      `the label has [${spatialShape(label).join(', ')}] voxels, the image [${spatialShape(image).join(', ')}]; they must lie on one grid`,
    )
  const apart = cornerDistance(image, label)
  if (apart > sameGridMm)
    throw new DataError(
      name,
      `the label lies up to ${apart.toPrecision(3)} mm away from the image, by their affines; they must lie on one grid`,
    )
  checkFinite(image, name)
  const allowed = new Set(values)
  for (const value of label.data) {
    const n = Number(value)
    if (!Number.isInteger(n)) throw new DataError(name, `the label has the value ${n}; labels are whole numbers`)
    if (allowed.size > 0 && !allowed.has(n))
      throw new DataError(
        name,
        `the label has the value ${n}, which "labels" does not declare (${[...allowed].join(', ')}); declare it or correct the file`,
      )
  }
}

/** Throws `DataError` when a voxel is NaN or infinite. */
export function checkFinite({ data }: Image, name: string): void {
  const bad = data.findIndex((value: number | bigint) => !Number.isFinite(Number(value)))
  if (bad >= 0)
    throw new DataError(name, `voxel ${bad} of the image is ${data[bad]}; all voxels must be finite numbers`)
}

function imageOf(sample: Sample, key: string, name: string): Image {
  const value = sample[key]
  if (!isImage(value)) throw new DataError(name, `"${key}" is not an image; load it first`)
  return value
}

/** The largest distance between the places that two affines give to the corners of one grid. */
function cornerDistance(a: Image, b: Image): number {
  const shape = spatialShape(a)
  let furthest = 0
  for (let corner = 0; corner < 1 << shape.length; corner++) {
    const index = shape.map((n, axis) => ((corner >> axis) & 1 ? n - 1 : 0))
    const gap = [0, 1, 2].map((row) => {
      const difference = (column: number) => a.affine[row * 4 + column] - b.affine[row * 4 + column]
      return index.reduce((sum, i, axis) => sum + i * difference(axis), difference(3))
    })
    furthest = Math.max(furthest, Math.hypot(...gap))
  }
  return furthest
}
