import type { FloatTensor } from '../core/tensor.ts'
import { resizeTaps } from '../graph/ops/index.ts'
import { applyBands, bandsFrom } from '../kernels/index.ts'

/** Resizes `[batch, channel, ...spatial]` to a spatial size by linear interpolation (MONAI default_upsampler). */
export function defaultUpsampler(
  spatialSize: readonly number[],
  alignCorners = false,
): (map: FloatTensor) => FloatTensor {
  return (map) =>
    spatialSize.reduce<FloatTensor>(({ shape, data }, size, i) => {
      const axis = i + 2
      const taps = resizeTaps(shape[axis], size, { mode: 'linear', alignCorners })
      const bands = bandsFrom(shape[axis], size, (o) => taps[o].map(({ index, weight }) => [index, weight] as const))
      return { dtype: 'float32', shape: shape.toSpliced(axis, 1, size), data: applyBands(data, shape, axis, bands) }
    }, map)
}

/** Each item's values from its largest, which becomes 0, to its smallest, which becomes 1 (MONAI default_normalizer). */
export function defaultNormalizer(map: FloatTensor): FloatTensor {
  const { shape } = map
  const data = map.data.slice()
  const size = data.length / shape[0]
  for (let item = 0; item < shape[0]; item++) rescale(data.subarray(item * size, (item + 1) * size), 1, 0)
  return { dtype: 'float32', shape, data }
}

const round = Math.fround

/** Maps values in place from their extent to [low, high]; equal ones are multiplied by `low` (MONAI rescale_array). */
export function rescale(values: Float32Array, low = 0, high = 1): void {
  const least = values.reduce((a, b) => Math.min(a, b), Infinity)
  const span = round(values.reduce((a, b) => Math.max(a, b), -Infinity) - least)
  for (let i = 0; i < values.length; i++)
    values[i] = span === 0 ? values[i] * low : round(round(round(values[i] - least) / span) * (high - low)) + low
}
