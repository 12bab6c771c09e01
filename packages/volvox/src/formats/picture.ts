import { FormatError, shown } from '../core/errors.ts'
import type { DType, TypedArray } from '../core/dtype.ts'
import type { Volume } from './format.ts'
import type { Layout } from './reorder.ts'
import { orderedBytes } from './elements.ts'
import { viewAs } from '../core/dtype.ts'

/** Pixels row by row from the top, samples of a pixel together, as a volume has them: to the right, down, samples. */
export function pictureLayout(width: number, height: number, samples: number, start = 0): Layout {
  return samples > 1
    ? { start, shape: [width, height, samples], strides: [samples, width * samples, 1] }
    : { start, shape: [width, height], strides: [1, width] }
}

/** Pixels row by row from the top, samples of a pixel together. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly samples: number
  readonly dtype: DType
  readonly data: TypedArray
}

/** A flat volume as a picture; axes of size 1 beyond the second do not count. */
export function pictureOf(volume: Volume, name: string, format: string): Picture {
  const { shape, spatialDims, dtype } = volume
  const channelAxes = shape.slice(spatialDims)
  const [width, height = 1, ...deeper] = shape.slice(0, spatialDims)
  if (width === undefined || deeper.some((size) => size !== 1) || channelAxes.length > 1)
    throw new FormatError(
      name,
      `an image of shape ${shown(shape)} is not flat; ${format} holds two axes of space and one of samples, so cut a slice or use .nii.gz`,
    )
  const samples = channelAxes[0] ?? 1
  if (!(width >= 1 && height >= 1 && samples >= 1))
    throw new FormatError(name, `the shape is ${shown(shape)}; ${format} needs 1 pixel or more along each axis`)
  const bytes = orderedBytes({ dtype, shape: [width, height, samples], data: volume.data }, [1, 0, 2])
  const data = viewAs(dtype, bytes.buffer, bytes.byteOffset, volume.data.length)
  return { width, height, samples, dtype, data }
}
