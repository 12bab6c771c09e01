import { sizeOf } from '../../core/tensor.ts'
import { gridSampler } from '../gridSampler.ts'
import type { Kernel } from './array.ts'

export const gridSample: Kernel<'gridSample'> = ([x, grid], attrs, [type]) => {
  const y = new Float64Array(sizeOf(type.shape))
  gridSampler(x.shape, grid.shape, attrs).sample(x.data, grid.data, y)
  return [y]
}

export const gridSampleGrad: Kernel<'gridSampleGrad'> = ([g, x, grid], attrs) => {
  const [dx, dGrid] = [new Float64Array(x.data.length), new Float64Array(grid.data.length)]
  gridSampler(x.shape, grid.shape, attrs).pullBack(g.data, x.data, grid.data, dx, dGrid)
  return [dx, dGrid]
}
