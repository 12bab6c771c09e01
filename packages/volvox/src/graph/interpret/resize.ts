import { sizeOf } from '../../core/tensor.ts'
import { resizeTaps, type ResizeAttrs } from '../ops/index.ts'
import { threeAxes, type Kernel } from './array.ts'

/** Calls `visit` for each weighted contribution of an input voxel to an output voxel. */
function eachResized(
  x: readonly number[],
  attrs: ResizeAttrs,
  visit: (y: number, x: number, weight: number) => void,
): void {
  const from = threeAxes(x.slice(2), 1)
  const to = threeAxes(attrs.sizes, 1)
  const [td, th, tw] = from.map((length, axis) => resizeTaps(length, to[axis], attrs))
  let y = 0
  for (let c = 0; c < x[0] * x[1]; c++)
    for (const d of td)
      for (const h of th)
        for (const w of tw) {
          for (const a of d)
            for (const b of h)
              for (const e of w) {
                const place = ((c * from[0] + a.index) * from[1] + b.index) * from[2] + e.index
                visit(y, place, a.weight * b.weight * e.weight)
              }
          y++
        }
}

export const resize: Kernel<'resize'> = ([x], attrs, [type]) => {
  const out = new Float64Array(sizeOf(type.shape))
  eachResized(x.shape, attrs, (yi, xi, weight) => (out[yi] += weight * x.data[xi]))
  return [out]
}

export const resizeGrad: Kernel<'resizeGrad'> = ([g], attrs) => {
  const dx = new Float64Array(sizeOf(attrs.shape))
  eachResized(attrs.shape, attrs, (yi, xi, weight) => (dx[xi] += weight * g.data[yi]))
  return [dx]
}
