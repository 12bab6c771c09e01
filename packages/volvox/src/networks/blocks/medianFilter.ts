import { ShapeError, shown } from '../../core/errors.ts'
import { count, intOrInts, text } from '../../core/options.ts'
import { sizeOf } from '../../core/tensor.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
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
  const middle = (values.length - 1) / 2
  const needed = new Set([middle])
  const steps = sortingNetwork(values.length)
    .reverse()
    .flatMap(([low, high]) => {
      const wants = { low, high, least: needed.has(low), most: needed.has(high) }
      if (!wants.least && !wants.most) return []
      needed.add(low).add(high)
      return [wants]
    })
  const wires = [...values]
  for (const { low, high, least, most } of steps.reverse()) {
    const [a, b] = [wires[low], wires[high]]
    if (least) wires[low] = m.min(a, b)
    if (most) wires[high] = m.max(a, b)
  }
  return wires[middle]
}

/** Pairs to be put in order, one after the other, until `count` values are sorted (Batcher 1968). */
function sortingNetwork(count: number): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = []
  for (let size = 1; size < count; size *= 2)
    for (let step = size; step >= 1; step /= 2)
      for (let start = step % size; start + step < count; start += 2 * step)
        for (let i = start; i < Math.min(start + step, count - step); i++)
          if (Math.floor(i / (2 * size)) === Math.floor((i + step) / (2 * size))) pairs.push([i, i + step])
  return pairs
}
