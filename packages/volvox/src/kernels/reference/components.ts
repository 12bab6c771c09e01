import { precedingSteps, type Components } from '../components.ts'
import { stridesOf } from '../../core/tensor.ts'

/** `labelComponents` as a flood fill, for any number of axes: slow and plain. */
export function labelComponents(mask: Uint8Array, shape: readonly number[], connectivity: number): Components {
  const strides = stridesOf(shape)
  const before = precedingSteps(shape.length, connectivity)
  const steps = [...before, ...before.map((step) => step.map((s) => -s))]
  const labels = new Int32Array(mask.length)
  const sizes: number[] = []
  mask.forEach((inside, seed) => {
    if (!inside || labels[seed]) return
    sizes.push(0)
    const open = [seed]
    labels[seed] = sizes.length
    for (let voxel = open.pop(); voxel !== undefined; voxel = open.pop()) {
      sizes[sizes.length - 1]++
      const place = shape.map((n, axis) => Math.floor(voxel / strides[axis]) % n)
      for (const step of steps) {
        const next = place.map((p, axis) => p + step[axis])
        if (next.some((p, axis) => p < 0 || p >= shape[axis])) continue
        const neighbour = next.reduce((sum, p, axis) => sum + p * strides[axis], 0)
        if (!mask[neighbour] || labels[neighbour]) continue
        labels[neighbour] = sizes.length
        open.push(neighbour)
      }
    }
  })
  return { labels, count: sizes.length, sizes: Int32Array.from(sizes) }
}
