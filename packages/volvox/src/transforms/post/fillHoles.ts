import type { TypedArray } from '../../core/dtype.ts'
import { spatialShape, withVoxels } from '../../core/image.ts'
import { count, intOrInts } from '../../core/options.ts'
import { componentRuns, type Runs } from '../../kernels/index.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { checkChannels, connectivityOf } from './limits.ts'
import { voxelsPerChannel } from '../shared.ts'
import { labelsOf } from './largestComponent.ts'

/**
 * Fill what a label encloses (MONAI `FillHoles`): voxels of other values from which no path of neighbours leads to the
 * border of the image. Of several channels each is a label, filled with 1.
 */
export const FillHoles = voxels({
  name: 'FillHoles',
  options: {
    appliedLabels: intOrInts.opt('Labels (or channels) to fill; all but 0 when null.', null),
    connectivity: count.opt('How many axes neighbours on such a path may differ in; all when null.', null),
  },
  apply(img, { appliedLabels, connectivity }) {
    const shape = spatialShape(img)
    const reach = connectivityOf('FillHoles', connectivity, shape.length)
    const channels = img.shape[0]
    const size = voxelsPerChannel(img)
    const chosen = appliedLabels === null ? [] : [appliedLabels].flat()
    const labels = chosen.length > 0 ? chosen.filter((label) => label !== 0) : labelsOf(img, channels > 1)
    if (channels > 1) checkChannels('FillHoles', labels, channels)
    const data = img.data.slice()
    for (const label of new Set(labels)) {
      const values = channels > 1 ? data.subarray(label * size, (label + 1) * size) : data
      if (channels > 1) toOnes(values)
      fill(values, channels > 1 ? 1 : label, shape, reach)
    }
    return withVoxels(img, { data })
  },
})

export const FillHolesd = dictionary(FillHoles)

function element(data: TypedArray, value: number): never {
  return (data instanceof BigInt64Array || data instanceof BigUint64Array ? BigInt(value) : value) as never // as the elements are
}

/** A filled channel holds nothing but 0 and 1. */
function toOnes(values: TypedArray): void {
  const one = element(values, 1)
  for (let i = 0; i < values.length; i++) if (Number(values[i]) !== 0) values[i] = one
}

function fill(values: TypedArray, label: number, shape: readonly number[], connectivity: number): void {
  const own = element(values, label)
  const outside = new Uint8Array(values.length)
  for (let i = 0; i < outside.length; i++) outside[i] = values[i] === own ? 0 : 1
  const runs = componentRuns(outside, shape, connectivity)
  const open = reachingTheBorder(runs, shape)
  runs.components.forEach((component, run) => {
    if (open[component] === 0) values.fill(own, runs.begins[run], runs.ends[run])
  })
}

/** 1 for each component with a voxel on a face of the image. */
function reachingTheBorder({ begins, ends, components, count }: Runs, shape: readonly number[]): Uint8Array {
  const length = shape[shape.length - 1]
  const open = new Uint8Array(count + 1)
  for (let run = 0; run < begins.length; run++) {
    let row = Math.floor(begins[run] / length)
    const start = row * length
    let border = begins[run] === start || ends[run] === start + length
    for (let axis = shape.length - 2; axis >= 0 && !border; axis--) {
      const place = row % shape[axis]
      border = place === 0 || place === shape[axis] - 1
      row = Math.floor(row / shape[axis])
    }
    if (border) open[components[run]] = 1
  }
  return open
}
