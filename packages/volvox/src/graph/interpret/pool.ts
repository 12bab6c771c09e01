import { sizeOf } from '../../core/tensor.ts'
import type { AveragePoolAttrs, MaxPoolAttrs } from '../ops/index.ts'
import type { Kernel, NumberArray } from './array.ts'
import { windowRuns } from './windows.ts'

/** Calls `visit` for each pair of places in y and x that pooling joins, channel by channel, kernel places in order. */
function eachPooled(
  x: readonly number[],
  y: readonly number[],
  attrs: MaxPoolAttrs | AveragePoolAttrs,
  visit: (y: number, x: number) => void,
): void {
  const dilations = 'dilations' in attrs ? attrs.dilations : attrs.kernel.map(() => 1)
  const runs = windowRuns(x.slice(2), attrs.kernel, y.slice(2), { ...attrs, dilations })
  const [inner, outer] = [x, y].map((shape) => sizeOf(shape.slice(2)))
  for (let c = 0; c < x[0] * x[1]; c++)
    for (const run of runs)
      for (let i = 0; i < run.count; i++) visit(c * outer + run.y + i, c * inner + run.x + i * run.step)
}

export const maxPool: Kernel<'maxPool'> = ([x], attrs, [type]) => {
  const out = new Float64Array(sizeOf(type.shape)).fill(-Infinity)
  eachPooled(x.shape, type.shape, attrs, (yi, xi) => (out[yi] = Math.max(out[yi], x.data[xi])))
  return [out]
}

export const maxPoolGrad: Kernel<'maxPoolGrad'> = ([g, x], attrs) => {
  const dx = new Float64Array(x.data.length)
  winners(x, g.shape, attrs).forEach((from, i) => (dx[from] += g.data[i]))
  return [dx]
}

export const maxPoolPick: Kernel<'maxPoolPick'> = ([v, x], attrs, [{ shape }]) => [
  Float64Array.from(winners(x, shape, attrs), (from) => v.data[from]),
]

/** Where the maximum under each window is, the first of several. */
function winners(x: NumberArray, y: readonly number[], attrs: MaxPoolAttrs): Int32Array {
  const best = new Float64Array(sizeOf(y)).fill(-Infinity)
  const from = new Int32Array(best.length)
  eachPooled(x.shape, y, attrs, (yi, xi) => {
    if (x.data[xi] > best[yi]) [best[yi], from[yi]] = [x.data[xi], xi]
  })
  return from
}

export const averagePool: Kernel<'averagePool'> = ([x], attrs, [type]) => {
  const counts = poolCounts(x.shape, type.shape, attrs)
  const out = new Float64Array(counts.length)
  eachPooled(x.shape, type.shape, attrs, (yi, xi) => (out[yi] += x.data[xi] / counts[yi]))
  return [out]
}

export const averagePoolGrad: Kernel<'averagePoolGrad'> = ([g], attrs) => {
  const counts = poolCounts(attrs.shape, g.shape, attrs)
  const dx = new Float64Array(sizeOf(attrs.shape))
  eachPooled(attrs.shape, g.shape, attrs, (yi, xi) => (dx[xi] += g.data[yi] / counts[yi]))
  return [dx]
}

function poolCounts(x: readonly number[], y: readonly number[], attrs: AveragePoolAttrs): Float64Array {
  const counts = new Float64Array(sizeOf(y))
  if (attrs.countIncludePad) return counts.fill(sizeOf(attrs.kernel))
  eachPooled(x, y, attrs, (yi) => counts[yi]++)
  return counts
}
