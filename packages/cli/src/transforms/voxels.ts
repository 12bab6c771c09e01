import { castArray, image, toFloats, withVoxels, type DType, type Image } from 'volvox'

/** The image with other values in the same places. */
export function changed(img: Image, change: (value: number, voxel: number) => number, dtype: DType = 'float32'): Image {
  const values = Float64Array.from(toFloats(img.dtype, img.data), change)
  return withVoxels(img, { dtype, data: castArray(values, 'float64', dtype) })
}

/** [channels, width, height] as [width, height, channels], as histology has its colours. */
export function coloursLast({ dtype, shape, data }: Image): Image {
  const [channels, ...size] = shape
  const voxels = data.length / channels
  const values = toFloats(dtype, data)
  const moved = Float64Array.from(values, (_, i) => values[(i % channels) * voxels + Math.floor(i / channels)])
  return image(dtype, [...size, channels], castArray(moved, 'float64', dtype))
}
