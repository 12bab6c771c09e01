import { OptionError } from '../core/errors.ts'
import { picks } from '../core/lists.ts'
import { floats, sizeOf, type FloatTensor } from '../core/tensor.ts'

/** How the outputs of overlapping windows are blended: all alike, or less towards the borders of a window. */
export type BlendMode = 'constant' | 'gaussian'

/** Steps between windows along each axis (MONAI `_get_scan_interval`): at least 1, and the whole axis where the window covers it. */
export function scanInterval(
  imageSize: readonly number[],
  roiSize: readonly number[],
  overlap: readonly number[],
): number[] {
  return roiSize.map((roi, axis) =>
    roi === imageSize[axis] ? roi : Math.max(1, Math.trunc(roi * (1 - overlap[axis]))),
  )
}

/** First voxels of all windows, last axis fastest; the last window along an axis ends with the image (MONAI `dense_patch_slices`). */
export function densePatchStarts(
  imageSize: readonly number[],
  patchSize: readonly number[],
  interval: readonly number[],
): number[][] {
  const along = imageSize.map((size, axis) => {
    const patch = Math.min(patchSize[axis] || size, size)
    const own: number[] = []
    for (let start = 0; ; start += interval[axis]) {
      own.push(Math.min(start, size - patch))
      if (start + patch >= size || interval[axis] === 0) break
    }
    return own
  })
  return [...picks(along)]
}

/** The weight of each voxel of a window, `patchSize` in shape (MONAI `compute_importance_map`); never below 0.001. */
export function importanceMap(
  patchSize: readonly number[],
  mode: BlendMode = 'constant',
  sigmaScale: number | readonly number[] = 0.125,
): FloatTensor {
  if (mode === 'constant') return floats(patchSize, new Float32Array(sizeOf(patchSize)).fill(1))
  let map = Float32Array.of(1)
  patchSize.forEach((size, axis) => {
    const sigma = size * (typeof sigmaScale === 'number' ? sigmaScale : sigmaScale[axis])
    if (!(sigma > 0))
      throw new OptionError('importanceMap.sigmaScale', `gives axis ${axis} a width of ${sigma}; give numbers above 0`)
    const bell = Float32Array.from({ length: size }, (_, i) =>
      Math.exp((i - (size - 1) / 2) ** 2 / (-2 * sigma * sigma)),
    )
    const wider = new Float32Array(map.length * size)
    for (let i = 0; i < wider.length; i++) wider[i] = map[Math.floor(i / size)] * bell[i % size]
    map = wider
  })
  const least = map.reduce((a, b) => Math.min(a, b), Infinity)
  const floor = Math.max(least, 1e-3)
  return floats(
    patchSize,
    map.map((weight) => Math.max(weight, floor)),
  )
}
