import type { Span, WindowMode } from '../core/plan.ts'
import { stridesOf } from '../core/tensor.ts'
import { applyAxisBands, bandsFrom, type Bands } from './bands.ts'
import { elementsFrom } from './places.ts'

/** How values along one axis are found: as torch's `interpolate` does, or by a window. */
export type AxisMode = 'nearest' | 'nearest-exact' | 'linear' | 'bicubic' | 'area' | WindowMode

/**
 * Scales the last `outShape.length` axes of [channels, ...shape], or a region of them, to `outShape`, axis by axis (torch
 * `interpolate`).
 */
export function interpolate(
  data: Float32Array,
  channels: number,
  shape: readonly number[],
  outShape: readonly number[],
  modes: AxisMode | readonly AxisMode[],
  alignCorners: boolean,
  region?: readonly Span[],
): Float32Array {
  // Every mode is then the identity.
  const stays = shape.map((length, axis) => {
    const [start, end] = region?.[axis] ?? [0, length]
    return length === outShape[axis] && start === 0 && end === length
  })
  if (stays.every(Boolean)) return data
  const modeOf = (axis: number) => (typeof modes === 'string' ? modes : modes[axis])
  const bands = shape.map((length, axis) =>
    interpolationBands(length, outShape[axis], modeOf(axis), alignCorners, region?.[axis]),
  )
  if (shape.every((_, axis) => modeOf(axis).startsWith('nearest'))) {
    const strides = stridesOf([channels, ...shape])
    const indices = [Int32Array.from({ length: channels }, (_, c) => c), ...bands.map(({ starts }) => starts)]
    const places = indices.map((table, axis) => table.map((i) => i * strides[axis]))
    return elementsFrom('float32', data, places) as Float32Array
  }
  // Shrinking axes go first, so that the others have less to do; the last axis is the slowest.
  const order = shape.map((_, axis) => axis).sort((a, b) => outShape[a] / shape[a] - outShape[b] / shape[b] || b - a)
  const passes = order.filter((axis) => !stays[axis]).map((axis) => ({ axis, bands: bands[axis] }))
  return applyAxisBands(data, [channels, ...shape], passes)
}

/** The banded matrix of torch's `interpolate` along one axis. Positions are float32, as torch computes them. */
export function interpolationBands(
  length: number,
  size: number,
  mode: AxisMode,
  alignCorners: boolean,
  span?: Span,
): Bands {
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
        if (span) return [[Math.min(Math.max(Math.floor(placeIn(span, o, size)), 0), last), 1]]
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
        return [-1, 0, 1, 2].map((k) => [Math.min(Math.max(base + k, 0), last), keys(Math.abs(t - k), -0.75)] as const)
      }
      case 'area': {
        const begin = Math.floor((o * length) / size)
        const end = Math.ceil(((o + 1) * length) / size)
        return Array.from({ length: end - begin }, (_, k) => [begin + k, 1 / (end - begin)] as const)
      }
      default:
        return windowed(o, length, size, mode, span ?? [0, length])
    }
  })
}

/** How far a window reaches, in its usual width, and its weight at a distance. */
const windows: Readonly<Record<string, readonly [reach: number, weight: (t: number) => number]>> = {
  triangle: [1, (t) => Math.max(0, 1 - t)],
  cubic: [2, (t) => keys(t, -0.5)],
  lanczos3: [3, (t) => (t < 3 ? sinc(t) * sinc(t / 3) : 0)],
  gaussian: [1, (t) => (t < 1 ? Math.exp(-4 * t * t) : 0)],
}

/** Where the middle of output voxel o lies, from the outer face of the input's first voxel. */
function placeIn([start, end]: Span, o: number, size: number): number {
  return start + ((o + 0.5) * (end - start)) / size
}

/** Taps of a window about the place of output voxel o; the border is repeated. */
function windowed(
  o: number,
  length: number,
  size: number,
  mode: WindowMode,
  span: Span,
): (readonly [place: number, weight: number])[] {
  const wide = mode.startsWith('wide-')
  const [reach, weight] = windows[wide ? mode.slice('wide-'.length) : mode]
  const width = wide ? Math.max(1, Math.abs(span[1] - span[0]) / size) : 1
  const centre = placeIn(span, o, size) - 0.5
  const taps: [number, number][] = []
  for (let i = Math.ceil(centre - reach * width); i <= centre + reach * width; i++) {
    const w = weight(Math.abs(i - centre) / width)
    if (w !== 0) taps.push([Math.min(Math.max(i, 0), length - 1), w])
  }
  const sum = taps.reduce((all, [, w]) => all + w, 0)
  return taps.map(([place, w]) => [place, w / sum] as const)
}

function sinc(t: number): number {
  return t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t)
}

/** Keys' cubic convolution kernel (1981) with its parameter. */
function keys(t: number, a: number): number {
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1
  return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0
}
