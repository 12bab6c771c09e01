import { ShapeError, shown } from '../../core/errors.ts'
import { count, intOrInts, text } from '../../core/options.ts'
import { sizeOf } from '../../core/tensor.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { medianSteps } from '../../kernels/index.ts'
import { pure } from '../layer.ts'
import { perAxis } from '../named.ts'
import { network, optionError } from '../network.ts'

/** The median under a box around each voxel, whose border goes on beyond the image (MONAI MedianFilter). */
export const MedianFilter = network({
  name: 'MedianFilter',
  options: {
    radius: intOrInts.req('Voxels on each side, for all axes or for each.'),
    spatialDims: count.where((n) => n <= 3, '1, 2 or 3').opt('Spatial axes, the last ones.', 3),
    device: text.opt('No effect: where a graph runs is the matter of a session.', 'cpu'),
  },
  check({ radius }) {
    if ([radius].flat().some((n) => n < 0)) optionError('radius', `${shown(radius)} is below 0; give 0 or more`)
  },
  build: ({ radius, spatialDims }) => {
    const radii = perAxis(radius, spatialDims, 'radius')
    return pure((x) => {
      const before = x.shape.length - spatialDims
      if (before < 0)
        throw new ShapeError('MedianFilter', `got shape ${shown(x.shape)}; give ${spatialDims} spatial axes`)
      const pads = [...new Array<number>(before).fill(0), ...radii]
      return median(shifts(m.pad(x, [...pads, ...pads], 'replicate'), x.shape, pads))
    })
  },
})

/** A padded image cut back to `shape` at every place where that fits. */
function shifts(padded: Value, shape: readonly number[], pads: readonly number[]): Value[] {
  const spans = pads.map((n) => 2 * n + 1)
  return Array.from({ length: sizeOf(spans) }, (_, i) => {
    let left = i
    const starts = spans.map((span) => {
      const start = left % span
      left = Math.floor(left / span)
      return start
    })
    return m.slice(padded, starts, shape)
  })
}

/** The median, element by element, of an odd number of values: they are sorted as far as it takes to know the middle one. */
function median(values: readonly Value[]): Value {
  const wires = [...values]
  for (const { low, high, least, most } of medianSteps(values.length)) {
    const [a, b] = [wires[low], wires[high]]
    if (least) wires[low] = m.min(a, b)
    if (most) wires[high] = m.max(a, b)
  }
  return wires[(values.length - 1) / 2]
}
