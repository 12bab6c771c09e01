import { labelComponents } from '../../kernels/index.ts'
import { distinctValues, maskWhere } from '../shared.ts'
import { clearSmallParts } from '../post/removeSmallObjects.ts'

/** The mask without its parts of fewer voxels than `least`; neighbours share a face. */
export function withoutSmallParts(mask: Uint8Array, shape: readonly number[], least: number): Uint8Array {
  const out = mask.slice()
  clearSmallParts(out, shape, 1, least)
  return out
}

/** The mask with its holes (parts of what it leaves out) of fewer voxels than `least` filled. */
export function withoutSmallHoles(mask: Uint8Array, shape: readonly number[], least: number): Uint8Array {
  const inverted = (values: Uint8Array) => values.map((x) => 1 - x)
  return inverted(withoutSmallParts(inverted(mask), shape, least))
}

/** Numbers from 1 for connected voxels of one value, in the order of their first voxels; 0 where the value is 0. */
export function partsOfLabels(
  values: ArrayLike<number>,
  shape: readonly number[],
  connectivity: number,
): { readonly labels: Int32Array; readonly count: number } {
  const mixed = new Int32Array(values.length)
  let total = 0
  for (const value of distinctValues(values).filter((x) => x !== 0)) {
    const { labels, count } = labelComponents(maskWhere(values, (x) => x === value), shape, connectivity) // prettier-ignore
    for (let i = 0; i < mixed.length; i++) if (labels[i] > 0) mixed[i] = total + labels[i]
    total += count
  }
  const numbers = new Map<number, number>([[0, 0]])
  for (const part of mixed) if (!numbers.has(part)) numbers.set(part, numbers.size)
  return { labels: mixed.map((part) => numbers.get(part) ?? 0), count: total }
}
