import { castArray, toFloats } from '../../../core/convert.ts'
import { OptionError, ShapeError } from '../../../core/errors.ts'
import { withVoxels, type Image } from '../../../core/image.ts'
import { count } from '../../../core/options.ts'
import { sameShape, stridesOf } from '../../../core/tensor.ts'
import { labelComponents } from '../../../kernels/index.ts'
import { dtypeKind, maskWhere } from '../../shared.ts'
import { calculation } from '../../calculation.ts'

/**
 * Basins of a map that are flooded from markers, or from its minima, within a mask: each voxel gets the marker whose flood
 * reaches it first (MONAI `Watershed`; Beucher and Lantuéjoul 1979, in the order of scikit-image).
 */
export const Watershed = calculation({
  name: 'Watershed',
  options: {
    connectivity: count.nullable().opt('How many axes neighbours may differ in; 1 when null.', 1),
    dtype: dtypeKind.opt('Element type of the result.', 'int64'),
  },
  apply({ connectivity, dtype }, map: Image, mask: Image | null = null, markers: Image | null = null): Image {
    const reach = connectivity ?? 1
    if (reach > map.shape.length)
      throw new OptionError('Watershed.connectivity', `${reach} is more than the ${map.shape.length} axes of the map`)
    for (const [what, other] of [
      ['mask', mask],
      ['markers', markers],
    ] as const)
      // prettier-ignore
      if (other && !sameShape(other.shape, map.shape))
        throw new ShapeError(
          'Watershed',
          `the ${what} has the shape [${other.shape.join(', ')}], the map [${map.shape.join(', ')}]; they must be alike`,
        )
    const heights = Float64Array.from(toFloats(map.dtype, map.data))
    const inside = mask
      ? maskWhere(toFloats(mask.dtype, mask.data), (x) => x !== 0)
      : new Uint8Array(heights.length).fill(1)
    const seeds = markers
      ? Int32Array.from(toFloats(markers.dtype, markers.data))
      : labelComponents(minima(heights, map.shape, reach).map((x, i) => x & inside[i]), map.shape, reach).labels // prettier-ignore
    const labels = flooded(heights, map.shape, reach, inside, seeds)
    return withVoxels(map, { dtype, data: castArray(labels, 'int32', dtype) })
  },
})

/** Steps to neighbours, those along fewer axes first. */
function steps(rank: number, reach: number): number[][] {
  const all = Array.from({ length: 3 ** rank }, (_, code) =>
    Array.from({ length: rank }, (_, axis) => (Math.floor(code / 3 ** (rank - 1 - axis)) % 3) - 1),
  )
  const length = (step: readonly number[]) => step.reduce((sum, s) => sum + Math.abs(s), 0)
  return all.filter((step) => length(step) > 0 && length(step) <= reach).sort((a, b) => length(a) - length(b))
}

/** Visits the neighbours of a voxel that are inside of the array. */
function neighbours(shape: readonly number[], reach: number): (voxel: number, visit: (other: number) => void) => void {
  const strides = stridesOf(shape)
  const moves = steps(shape.length, reach)
  return (voxel, visit) => {
    for (const move of moves) {
      let other = voxel
      const isInside = move.every((step, axis) => {
        const at = (Math.floor(voxel / strides[axis]) % shape[axis]) + step
        other += step * strides[axis]
        return at >= 0 && at < shape[axis]
      })
      if (isInside) visit(other)
    }
  }
}

function flooded(
  heights: Float64Array,
  shape: readonly number[],
  reach: number,
  inside: Uint8Array,
  seeds: Int32Array,
): Int32Array {
  const labels = seeds.map((seed, i) => (inside[i] === 1 ? seed : 0))
  const queue = new Floods(heights)
  labels.forEach((label, i) => label !== 0 && queue.push(i, 0))
  const each = neighbours(shape, reach)
  let age = 0
  for (let voxel = queue.pop(); voxel !== null; voxel = queue.pop()) {
    const label = labels[voxel]
    each(voxel, (other) => {
      if (inside[other] === 0 || labels[other] !== 0) return
      labels[other] = label
      queue.push(other, ++age)
    })
  }
  return labels
}

/** A heap of voxels, lowest and then oldest first; equal ones come in the order that scikit-image's heap gives them. */
class Floods {
  private readonly heights: Float64Array
  private readonly voxels: number[] = []
  private readonly ages: number[] = []

  constructor(heights: Float64Array) {
    this.heights = heights
  }

  push(voxel: number, age: number): void {
    let child = this.voxels.push(voxel) - 1
    this.ages.push(age)
    while (child > 0) {
      const parent = Math.floor((child + 1) / 2) - 1
      if (!this.isBefore(child, parent)) return
      this.swap(child, parent)
      child = parent
    }
  }

  pop(): number | null {
    if (this.voxels.length === 0) return null
    this.swap(0, this.voxels.length - 1)
    const top = this.voxels.pop() as number // there is one
    this.ages.pop()
    for (let i = 0; ;) {
      let least = i
      for (const child of [2 * i + 1, 2 * i + 2])
        if (child < this.voxels.length && this.isBefore(child, least)) least = child
      if (least === i) return top
      this.swap(i, least)
      i = least
    }
  }

  private isBefore(a: number, b: number): boolean {
    const difference = this.heights[this.voxels[a]] - this.heights[this.voxels[b]]
    return difference < 0 || (difference === 0 && this.ages[a] < this.ages[b])
  }

  private swap(a: number, b: number): void {
    for (const list of [this.voxels, this.ages]) [list[a], list[b]] = [list[b], list[a]]
  }
}

/** Voxels of plateaus whose neighbours are all higher; none when there is only one plateau. */
function minima(heights: Float64Array, shape: readonly number[], reach: number): Uint8Array {
  const each = neighbours(shape, reach)
  const seen = new Uint8Array(heights.length)
  const lowest = new Uint8Array(heights.length)
  for (let start = 0; start < heights.length; start++) {
    if (seen[start] === 1) continue
    const plateau = [start]
    seen[start] = 1
    let isLowest = true
    for (let at = 0; at < plateau.length; at++)
      each(plateau[at], (other) => {
        if (heights[other] < heights[start]) isLowest = false
        if (heights[other] !== heights[start] || seen[other] === 1) return
        seen[other] = 1
        plateau.push(other)
      })
    if (isLowest && plateau.length < heights.length) for (const voxel of plateau) lowest[voxel] = 1
  }
  return lowest
}
