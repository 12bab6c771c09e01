import { stridesOf } from '../core/tensor.ts'

// Surface elements between 8 voxels (4 in 2-D): what part of an object's surface passes between them, by which of them are
// inside (Nikolov et al. 2021, deep learning for head and neck anatomy; MONAI `get_code_to_measure_table`).

/**
 * Normals of the surface between 8 voxels, times its area in voxel faces, for one code of each kind; signs do not matter.
 * Bit 7 of a code is the first voxel, bit 0 the last. Other codes follow by turning, mirroring and inverting.
 */
// prettier-ignore
const kinds: readonly (readonly [code: number, normals: readonly (readonly [number, number, number])[]])[] = [
  [0, []],
  [1, [[1, 1, 1]]],
  [3, [[2, 2, 0], [2, 2, 0]]],
  [6, [[1, 1, 1], [1, 1, 1]]],
  [7, [[4, 0, 0], [2, 2, 2], [1, 1, 1]]],
  [15, [[4, 0, 0], [4, 0, 0]]],
  [22, [[1, 1, 1], [1, 1, 1], [1, 1, 1]]],
  [23, [[1, 1, 1], [2, 2, 2], [2, 2, 2], [1, 1, 1]]],
  [24, [[1, 1, 1], [1, 1, 1]]],
  [25, [[0, 2, 2], [0, 2, 2], [1, 1, 1]]],
  [27, [[1, 1, 1], [3, 3, 3], [0, 2, 2], [2, 0, 2]]],
  [30, [[4, 0, 0], [1, 1, 1], [2, 2, 2], [1, 1, 1]]],
  [60, [[2, 2, 0], [2, 2, 0], [2, 2, 0], [2, 2, 0]]],
  [105, [[1, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1]]],
]

/** Normals are counted in eighths of a face. */
const unit = 1 / 8

const orders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const

/** The area (in 2-D: the length) that each code of neighbouring voxels stands for. */
export function surfaceElements(spacing: readonly number[]): Float64Array {
  return spacing.length === 2 ? contourLengths(spacing[0], spacing[1]) : surfaceAreas(spacing)
}

function surfaceAreas(spacing: readonly number[]): Float64Array {
  const areas = new Float64Array(256)
  const faces = [spacing[1] * spacing[2], spacing[0] * spacing[2], spacing[0] * spacing[1]]
  for (const [code, normals] of kinds)
    for (const order of orders) {
      const area = normals
        .map((normal) => Math.hypot(...order.map((from, axis) => normal[from] * unit * faces[axis])))
        .reduce((sum, part) => sum + part, 0)
      for (let flips = 0; flips < 8; flips++) {
        const turned = turnedCode(code, order, flips)
        areas[turned] = areas[255 - turned] = area
      }
    }
  return areas
}

/** The code of the same voxels with the axes reordered, and mirrored where a bit of `flips` is set. */
function turnedCode(code: number, order: readonly number[], flips: number): number {
  let turned = 0
  for (let voxel = 0; voxel < 8; voxel++) {
    if (!((code >> (7 - voxel)) & 1)) continue
    const at = [voxel >> 2, (voxel >> 1) & 1, voxel & 1]
    const [a, b, c] = order.map((from, axis) => at[from] ^ ((flips >> axis) & 1))
    turned |= 1 << (7 - (4 * a + 2 * b + c))
  }
  return turned
}

/** A corner is cut off by half the diagonal, two corners that face each other twice, sides side by side along an axis. */
function contourLengths(first: number, second: number): Float64Array {
  const diagonal = Math.hypot(first, second) / 2
  const one = [1, 2, 4, 7, 8, 11, 13, 14]
  return Float64Array.from({ length: 16 }, (_, code) => {
    if (code === 0 || code === 15) return 0
    if (one.includes(code)) return diagonal
    if (code === 6 || code === 9) return 2 * diagonal
    return code === 3 || code === 12 ? second : first
  })
}

/** What a mask's surface is between voxels: places between 2 voxels along each axis, one fewer than voxels. */
export interface Surface {
  readonly shape: readonly number[]
  /** 1 where the surface passes. */
  readonly edges: Uint8Array
  readonly areas: Float64Array
}

/** The surface of a mask in 2-D or 3-D. */
export function surfaceOf(mask: Uint8Array, shape: readonly number[], spacing: readonly number[]): Surface {
  const table = surfaceElements(spacing)
  const size = shape.map((n) => n - 1)
  const strides = stridesOf(shape)
  const corners = Array.from({ length: 2 ** shape.length }, (_, corner) =>
    strides.reduce((offset, stride, axis) => offset + ((corner >> (shape.length - 1 - axis)) & 1) * stride, 0),
  )
  const length = size.reduce((product, n) => product * n, 1)
  const [edges, areas] = [new Uint8Array(length), new Float64Array(length)]
  const own = stridesOf(size)
  for (let i = 0; i < length; i++) {
    const start = own.reduce((at, stride, axis) => at + (Math.floor(i / stride) % size[axis]) * strides[axis], 0)
    let code = 0
    for (const corner of corners) code = 2 * code + mask[start + corner]
    edges[i] = code === 0 || code === table.length - 1 ? 0 : 1
    areas[i] = table[code]
  }
  return { shape: size, edges, areas }
}
