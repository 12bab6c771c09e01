import { componentRuns, labelComponents } from '../../kernels/index.ts'

/** The mask without its parts of fewer voxels than `least`; neighbours share a face. */
export function withoutSmallParts(mask: Uint8Array, shape: readonly number[], least: number): Uint8Array {
  const { begins, ends, components, sizes } = componentRuns(mask, shape, 1)
  const out = mask.slice()
  components.forEach((component, run) => {
    if (sizes[component - 1] < least) out.fill(0, begins[run], ends[run])
  })
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
  const distinct = new Set(Array.from(values).filter((x) => x !== 0))
  const mixed = new Int32Array(values.length)
  let total = 0
  for (const value of distinct) {
    const { labels, count } = labelComponents(Uint8Array.from(values, (x) => (x === value ? 1 : 0)), shape, connectivity) // prettier-ignore
    for (let i = 0; i < mixed.length; i++) if (labels[i] > 0) mixed[i] = total + labels[i]
    total += count
  }
  const numbers = new Map<number, number>([[0, 0]])
  for (const part of mixed) if (!numbers.has(part)) numbers.set(part, numbers.size)
  return { labels: mixed.map((part) => numbers.get(part) ?? 0), count: total }
}
