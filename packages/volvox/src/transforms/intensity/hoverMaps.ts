import { toFloats } from '../../core/convert.ts'
import { ShapeError } from '../../core/errors.ts'
import { withVoxels } from '../../core/image.ts'
import { text } from '../../core/options.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { cast, dtypeKind } from '../shared.ts'

/**
 * Horizontal and vertical distances of each pixel to the centre of its instance, scaled to [-1, 1] on either side: the targets of
 * HoVerNet, [1, H, W] to [2, H, W] (MONAI `ComputeHoVerMaps`; Graham et al. 2019).
 */
export const ComputeHoVerMaps = voxels({
  name: 'ComputeHoVerMaps',
  options: { dtype: dtypeKind.opt('Element type of the result.', 'float32') },
  apply(img, { dtype }) {
    if (img.shape.length !== 3 || img.shape[0] !== 1)
      throw new ShapeError(
        'ComputeHoVerMaps',
        `was given a mask of shape [${img.shape.join(', ')}]; give one channel of instance numbers, [1, H, W]`,
      )
    const [, height, width] = img.shape
    const instances = pixelsByLabel(toFloats(img.dtype, img.data))
    const data = new Float64Array(2 * height * width)
    for (const pixels of instances.values()) {
      const scaled = (distanceOf: (pixel: number) => number, offset: number) => {
        const middle = pixels.reduce((sum, pixel) => sum + distanceOf(pixel), 0) / pixels.length
        const distances = pixels.map((pixel) => distanceOf(pixel) - middle)
        const least = distances.reduce((a, b) => Math.min(a, b))
        const most = distances.reduce((a, b) => Math.max(a, b))
        pixels.forEach((pixel, i) => {
          const distance = distances[i]
          data[offset + pixel] = distance < 0 ? distance / -least : distance > 0 ? distance / most : 0
        })
      }
      scaled((pixel) => pixel % width, 0)
      scaled((pixel) => Math.floor(pixel / width), height * width)
    }
    return cast(withVoxels(img, { dtype: 'float64', shape: [2, height, width], data }), dtype)
  },
})

export const ComputeHoVerMapsd = dictionary(ComputeHoVerMaps, {
  options: {
    newKeyPrefix: text.nullable().opt('Stands before the key of the result; the mask is replaced when null.', 'hover_'),
  },
  resultKey: (key, { newKeyPrefix }) => (typeof newKeyPrefix === 'string' ? newKeyPrefix + key : key),
})

/** The pixels of each instance; 0 is background. */
function pixelsByLabel(labels: ArrayLike<number>): Map<number, number[]> {
  const found = new Map<number, number[]>()
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] <= 0) continue
    const pixels = found.get(labels[i])
    if (pixels) pixels.push(i)
    else found.set(labels[i], [i])
  }
  return found
}
