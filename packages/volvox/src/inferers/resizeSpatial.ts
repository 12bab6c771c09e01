import { sizeOf, type FloatTensor } from '../core/tensor.ts'

/** Which voxels a new one is made of: one, or two and the second one's share. */
type Source = (i: number, from: number, to: number) => readonly [first: number, second: number, share: number]

const sources = {
  /** torch's `nearest`. */
  nearest: (i, from, to) => {
    const at = Math.min(Math.floor((i * from) / to), from - 1)
    return [at, at, 0]
  },
  /** The value at the centre of each new voxel: torch's `nearest-exact`. */
  nearestExact: (i, from, to) => {
    const at = Math.min(Math.floor(((i + 0.5) * from) / to), from - 1)
    return [at, at, 0]
  },
  /** torch's `bilinear` and `trilinear`, corners not aligned. */
  linear: (i, from, to) => {
    const at = Math.max(((i + 0.5) * from) / to - 0.5, 0)
    const first = Math.floor(at)
    return [first, Math.min(first + 1, from - 1), at - first]
  },
} satisfies Record<string, Source>

/** The last axes of a tensor, resized to `size`. */
export function resizeSpatial(image: FloatTensor, size: readonly number[], mode: keyof typeof sources): FloatTensor {
  const before = image.shape.length - size.length
  return size.reduce((current, n, axis) => resizeAxis(current, before + axis, n, sources[mode]), image)
}

function resizeAxis(image: FloatTensor, axis: number, to: number, source: Source): FloatTensor {
  const { shape, data } = image
  const from = shape[axis]
  if (from === to) return image
  const inner = sizeOf(shape.slice(axis + 1))
  const outer = sizeOf(shape.slice(0, axis))
  const out = new Float32Array(outer * to * inner)
  for (let i = 0; i < to; i++) {
    const [first, second, share] = source(i, from, to)
    for (let n = 0; n < outer; n++) {
      const [a, b, target] = [(n * from + first) * inner, (n * from + second) * inner, (n * to + i) * inner]
      for (let j = 0; j < inner; j++) out[target + j] = data[a + j] * (1 - share) + data[b + j] * share
    }
  }
  return { dtype: 'float32', shape: shape.with(axis, to), data: out }
}
