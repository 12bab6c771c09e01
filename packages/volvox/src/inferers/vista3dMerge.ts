import { roundEven } from '../core/convert.ts'
import { sizeOf, type FloatTensor } from '../core/tensor.ts'
import { labelComponents } from '../kernels/index.ts'

/** Points of objects in the voxels of their masks: coordinates `[B, N, 3]`, and labels `[B, N]`, -1 for none. */
export interface MarkedPoints {
  readonly coords: FloatTensor
  readonly labels: FloatTensor
}

/** How far from a component, in voxels, a point still stands for it. */
const reach = 2

/**
 * Logits `[B, 1, D, H, W]` that points correct: those of the points replace them in the components, of what would appear or
 * vanish, that a positive or negative point lies in or beside (MONAI VISTA3D.connected_components_combine). As in
 * MONAI, components may reach through the masks of neighbouring objects, and NaN stays NaN.
 */
export function mergedByComponents(logits: FloatTensor, marked: FloatTensor, points: MarkedPoints): FloatTensor {
  const [objects, , ...grid] = logits.shape
  const voxels = sizeOf(grid)
  const inside = markedInside(logits, points)
  const [appearing, vanishing] = [new Uint8Array(objects * voxels), new Uint8Array(objects * voxels)]
  marked.data.forEach((value, i) => {
    const [before, after] = [isForeground(logits.data[i]), isForeground(value)]
    if (after && (!before || inside.has(Math.floor(i / voxels)))) appearing[i] = 1
    if (before && !after) vanishing[i] = 1
  })
  const shape = [objects, ...grid]
  const parts = [vanishing, appearing].map((mask) => labelComponents(mask, shape, 3).labels)
  const data = logits.data.slice()
  forEachPoint(points, (object, place, label) => {
    if (label < 0) return
    const labels = parts[label % 2].subarray(object * voxels, (object + 1) * voxels)
    const component = componentNear(labels, grid, place)
    if (component > 0)
      labels.forEach((one, i) => {
        if (one === component) data[object * voxels + i] = marked.data[object * voxels + i]
      })
  })
  logits.data.forEach((value, i) => {
    if (Number.isNaN(value)) data[i] = NaN
  })
  return { ...logits, data }
}

/** Whether the sigmoid of a logit, in float32, is above one half. */
function isForeground(logit: number): boolean {
  return Math.fround(1 / (1 + Math.exp(-logit))) > 0.5
}

/** The objects of which any point, of whatever label, lies where their logits are above 0. */
function markedInside({ shape, data }: FloatTensor, points: MarkedPoints): ReadonlySet<number> {
  const [, , depth, height, width] = shape
  const inside = new Set<number>()
  forEachPoint(points, (object, [x, y, z]) => {
    if (x >= depth || y >= height || z >= width) return
    if (data[((object * depth + x) * height + y) * width + z] > 0) inside.add(object)
  })
  return inside
}

/** The last of the components that come within the smallest distance, up to `reach`, at which there is one; else 0. */
function componentNear(
  labels: Int32Array,
  [depth, height, width]: readonly number[],
  [x, y, z]: readonly number[],
): number {
  for (let margin = 0; margin <= reach; margin++) {
    let most = 0
    for (let i = Math.max(x - margin, 0); i <= Math.min(x + margin, depth - 1); i++)
      for (let j = Math.max(y - margin, 0); j <= Math.min(y + margin, height - 1); j++)
        for (let k = Math.max(z - margin, 0); k <= Math.min(z + margin, width - 1); k++)
          most = Math.max(most, labels[(i * height + j) * width + k])
    if (most > 0) return most
  }
  return 0
}

function forEachPoint(
  { coords, labels }: MarkedPoints,
  visit: (object: number, place: readonly number[], label: number) => void,
): void {
  const [objects, count] = labels.shape
  for (let object = 0; object < objects; object++)
    for (let n = 0; n < count; n++) {
      const at = object * count + n
      visit(object, Array.from(coords.data.subarray(3 * at, 3 * at + 3), roundEven), labels.data[at])
    }
}
