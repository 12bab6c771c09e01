import { applyBands, bandsFrom, type Bands } from './bands.ts'

/** How torch's `interpolate` finds values along one axis. */
export type AxisMode = 'nearest' | 'nearest-exact' | 'linear' | 'bicubic' | 'area'

/** Scales the last `outShape.length` axes of [channels, ...shape] to `outShape`, axis by axis (torch `interpolate`). */
export function interpolate(
  data: Float32Array,
  channels: number,
  shape: readonly number[],
  outShape: readonly number[],
  mode: AxisMode,
  alignCorners: boolean,
): Float32Array {
  const current = [channels, ...shape]
  let values = data
  // Shrinking axes go first, so that the others have less to do; the last axis is the slowest.
  const order = shape.map((_, axis) => axis).sort((a, b) => outShape[a] / shape[a] - outShape[b] / shape[b] || b - a)
  for (const axis of order) {
    if (shape[axis] === outShape[axis]) continue // every mode is then the identity
    values = applyBands(values, current, axis + 1, interpolationBands(shape[axis], outShape[axis], mode, alignCorners))
    current[axis + 1] = outShape[axis]
  }
  return values
}

/** The banded matrix of torch's `interpolate` along one axis. Positions are float32, as torch computes them. */
export function interpolationBands(length: number, size: number, mode: AxisMode, alignCorners: boolean): Bands {
  const { fround } = Math
  const ratio = fround(length / size)
  const scale = !alignCorners ? ratio : size > 1 ? fround((length - 1) / (size - 1)) : 0
  const last = length - 1
  const position = (o: number) => (alignCorners ? fround(scale * o) : fround(fround(scale * (o + 0.5)) - 0.5))
  return bandsFrom(length, size, (o) => {
    switch (mode) {
      case 'nearest':
        return [[Math.min(Math.floor(fround(o * ratio)), last), 1]]
      case 'nearest-exact':
        return [[Math.min(Math.floor(fround((o + 0.5) * ratio)), last), 1]]
      case 'linear': {
        const x = Math.max(position(o), 0)
        const base = Math.min(Math.floor(x), last)
        return [
          [base, 1 - (x - base)],
          [Math.min(base + 1, last), x - base],
        ]
      }
      case 'bicubic': {
        const base = Math.floor(position(o))
        const t = position(o) - base
        return [-1, 0, 1, 2].map((k) => [Math.min(Math.max(base + k, 0), last), convolution(Math.abs(t - k))] as const)
      }
      case 'area': {
        const begin = Math.floor((o * length) / size)
        const end = Math.ceil(((o + 1) * length) / size)
        return Array.from({ length: end - begin }, (_, k) => [begin + k, 1 / (end - begin)] as const)
      }
      default:
        return mode satisfies never
    }
  })
}

/** Keys' cubic convolution kernel with a = -0.75. */
function convolution(t: number): number {
  if (t <= 1) return (1.25 * t - 2.25) * t * t + 1
  return t < 2 ? ((-0.75 * t + 3.75) * t - 6) * t + 3 : 0
}
