import { allocate, type TypedArray } from '../core/dtype.ts'
import { ShapeError } from '../core/errors.ts'
import { isImage, type Image } from '../core/image.ts'
import { sameShape, sizeOf, type Tensor, isTensorLike } from '../core/tensor.ts'
import type { Sample } from '../transforms/sample.ts'

/** What a batch keeps of each of its images beside the voxels. */
export type Place = Omit<Image, 'data' | 'dtype' | 'shape'>

/** Stacked tensors, [N, ...]. */
export interface BatchTensor extends Tensor {
  /** Affine, meta and history of each image; absent when plain tensors or numbers were stacked. */
  readonly places?: readonly Place[]
}

/** Samples put together: tensors where values can be stacked, lists of N where not (names, records). */
export type SampleBatch = Readonly<Record<string, BatchTensor | readonly unknown[]>>

/** Puts the samples of a batch together; a component can be built anew in a worker thread. */
export interface Collate {
  (samples: readonly (Sample | readonly Sample[])[]): SampleBatch
  readonly componentName?: string
  readonly options?: Readonly<Record<string, unknown>>
}

/**
 * Stacks samples key by key (MONAI `list_data_collate`); lists of samples, from cropping transforms, are joined first. Images and
 * tensors of equal shape become one tensor, numbers a float32 vector (int32 when all are whole), anything else a list.
 */
export function listDataCollate(samples: readonly (Sample | readonly Sample[])[]): SampleBatch {
  const flat = samples.flat() as Sample[]
  if (flat.length === 0) throw new ShapeError('listDataCollate', 'there are no samples; give at least one')
  const keys = Object.keys(flat[0])
  return Object.fromEntries(
    keys.map((key) => {
      const values = flat.map((sample, i) => {
        if (!(key in sample))
          throw new ShapeError(
            `batch.${key}`,
            `sample ${i} has no "${key}" (it has ${Object.keys(sample).join(', ')}); give all samples the same keys`,
          )
        return sample[key]
      })
      return [key, stacked(key, values)]
    }),
  )
}

/** The samples of a batch (MONAI `decollate_batch`); voxels are views of the batch. */
export function decollateBatch(batch: SampleBatch): Sample[] {
  const first = Object.values(batch)[0]
  const count = first === undefined ? 0 : isTensorLike(first) ? (first.shape[0] ?? 0) : first.length
  return Array.from({ length: count }, (_, i) =>
    Object.fromEntries(
      Object.entries(batch).map(([key, value]) => [key, isTensorLike(value) ? itemOf(value, i) : value[i]]),
    ),
  )
}

/** The tensor under `key`; throws when the batch has none. */
export function tensorOf(batch: SampleBatch, key: string): BatchTensor {
  const value = batch[key]
  if (!isTensorLike(value))
    throw new ShapeError(
      `batch.${key}`,
      `there is no tensor "${key}" in the batch (it has ${Object.keys(batch).join(', ')}); name another key`,
    )
  return value
}

function itemOf(tensor: BatchTensor, i: number): unknown {
  const shape = tensor.shape.slice(1)
  if (shape.length === 0) return Number(tensor.data[i])
  const size = sizeOf(shape)
  const data = tensor.data.subarray(i * size, (i + 1) * size)
  return { ...tensor.places?.[i], dtype: tensor.dtype, shape, data }
}

function stacked(key: string, values: readonly unknown[]): BatchTensor | readonly unknown[] {
  if (values.every((value) => typeof value === 'number')) {
    const dtype = values.every(Number.isInteger) ? 'int32' : 'float32'
    return {
      dtype,
      shape: [values.length],
      data: dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values),
    }
  }
  if (!values.every(isTensorLike)) return values
  const [first] = values
  values.forEach((value, i) => {
    if (!sameShape(value.shape, first.shape) || value.dtype !== first.dtype)
      throw new ShapeError(
        `batch.${key}`,
        `sample ${i} is ${value.dtype} [${value.shape.join(', ')}], sample 0 ${first.dtype} [${first.shape.join(', ')}]; crop, pad or resize to one shape (and cast to one type), or use batchSize 1`,
      )
  })
  const size = sizeOf(first.shape)
  const data = allocate(first.dtype, size * values.length)
  values.forEach((value, i) => (data as { set(from: TypedArray, offset: number): void }).set(value.data, i * size))
  const batch: BatchTensor = { dtype: first.dtype, shape: [values.length, ...first.shape], data }
  return values.every(isImage) ? { ...batch, places: values.map(placeOf) } : batch
}

function placeOf(img: Image): Place {
  const { data: _data, dtype: _dtype, shape: _shape, ...place } = img
  return place
}
