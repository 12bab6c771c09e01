import { ShapeError } from '../core/errors.ts'
import { sizeOf, stridesOf } from '../core/tensor.ts'
import type { Mask } from './masks.ts'

/**
 * The middle lines of an object, one voxel wide and connected as the object is (skimage.morphology.skeletonize): of slices
 * by Zhang and Suen 1984, of volumes by Lee et al. 1994.
 */
export function skeletonize(mask: Mask): Mask {
  const { shape, data } = mask
  if (shape.length !== 2 && shape.length !== 3)
    throw new ShapeError('skeletonize', `masks have shape [${shape.join(', ')}]; give 2 or 3 spatial axes`)
  const lattice = bordered(shape)
  const inside = new Uint8Array(sizeOf(lattice.shape))
  lattice.places.forEach((place, i) => (inside[place] = data[i]))
  if (shape.length === 2) thinSlice(inside, lattice)
  else thinVolume(inside, lattice)
  return { shape, data: Uint8Array.from(lattice.places, (place) => inside[place]) }
}

/** A lattice with a border of one voxel, so that every voxel has all neighbours. */
interface Bordered {
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  /** Where the voxels of the image lie in it, in their order. */
  readonly places: readonly number[]
}

function bordered(size: readonly number[]): Bordered {
  const shape = size.map((n) => n + 2)
  const strides = stridesOf(shape)
  const places = size.reduce<number[]>(
    (all, n, axis) => all.flatMap((place) => Array.from({ length: n }, (_, i) => place + (i + 1) * strides[axis])),
    [0],
  )
  return { shape, strides, places }
}

/** Zhang and Suen: the south-east border and the north-west corners go, then the other way round, until all stay. */
function thinSlice(inside: Uint8Array, { strides: [row], places }: Bordered): void {
  const around = [-row - 1, -row, -row + 1, 1, row + 1, row, row - 1, -1] // clockwise from the north-west
  const patternAt = (place: number) => around.reduce((sum, step, i) => sum | (inside[place + step] << i), 0)
  for (let isChanged = true; isChanged;) {
    isChanged = false
    for (const pass of [1, 2]) {
      const removed = places.filter((place) => inside[place] === 1 && (passes[patternAt(place)] & pass) > 0)
      for (const place of removed) inside[place] = 0
      isChanged ||= removed.length > 0
    }
  }
}

/** By the pattern of the neighbours (a bit each), in which of the two passes a voxel goes: 1, 2, or both, 3. */
const passes = Array.from({ length: 256 }, (_, pattern) => {
  const around = Array.from({ length: 8 }, (_, i) => (pattern >> i) & 1)
  const count = around.reduce((a, b) => a + b, 0)
  const entries = around.filter((value, i) => value === 0 && around[(i + 1) % 8] === 1).length
  if (count < 2 || count > 6 || entries !== 1) return 0
  const [, north, , east, , south, , west] = around
  const first = north * east * south === 0 && east * south * west === 0
  const second = north * east * west === 0 && north * south * west === 0
  return Number(first) + 2 * Number(second)
})
// skimage's table differs from the paper, so that diagonal lines stay and corners of two lines go.
const differing = {
  0: [48, 129],
  1: [3, 6, 11, 12, 14, 131, 134, 161, 194, 198],
  2: [24, 26, 56, 96, 104, 108, 176, 192, 224],
  3: [10, 40, 130, 160],
}
for (const [pass, patterns] of Object.entries(differing)) for (const pattern of patterns) passes[pattern] = Number(pass)

/** Lee: borders of the six directions go in turn, where neither holes nor ends nor parts change. */
function thinVolume(inside: Uint8Array, { shape, strides, places }: Bordered): void {
  const around = cube.map((offset) => offset.reduce((sum, n, axis) => sum + n * strides[axis], 0))
  const [plane, row] = strides
  const flat = shape[0] === 3 // one plane and its border: its two sides count as no borders
  const directions = [-row, row, 1, -1, ...(flat ? [] : [plane, -plane])]
  const neighbours = new Uint8Array(27)
  const look = (place: number): Uint8Array => {
    for (let i = 0; i < 27; i++) neighbours[i] = inside[place + around[i]]
    return neighbours
  }
  for (let unchanged = 0; unchanged < directions.length;) {
    unchanged = 0
    for (const direction of directions) {
      const candidates = places.filter(
        (place) =>
          inside[place] === 1 && inside[place + direction] === 0 && isRemovable(look(place)) && isSimple(neighbours),
      )
      let removed = 0
      for (const place of candidates) {
        // Others went before it: it may connect now.
        if (!isSimple(look(place))) continue
        inside[place] = 0
        removed++
      }
      if (removed === 0) unchanged++
    }
  }
}

/** Offsets of the 27 voxels around and at one; its own is the 14th. */
const cube = Array.from({ length: 27 }, (_, i) => [Math.floor(i / 9) - 1, (Math.floor(i / 3) % 3) - 1, (i % 3) - 1])
const middle = 13

/** Cells of the middle cube (itself, faces, edges, corners), each with the cubes that it is part of. */
const cells = cube.map((offset) => ({
  sign: offset.reduce((sign, n) => (n === 0 ? -sign : sign), 1),
  shared: cube.flatMap((other, i) =>
    i !== middle && other.every((n, axis) => n === 0 || n === offset[axis]) ? [i] : [],
  ),
}))

/** Whether it is no end of a line, and the Euler characteristic is the same without it. */
function isRemovable(around: Uint8Array): boolean {
  let count = -1
  for (let i = 0; i < 27; i++) count += around[i]
  if (count === 1) return false
  let lost = 0
  for (const { sign, shared } of cells) if (shared.every((i) => around[i] === 0)) lost += sign
  return lost === 0
}

/** The neighbours, in the cube around the middle, that touch each neighbour. */
const touching = cube.map((a, i) =>
  cube.flatMap((b, j) => (j !== i && j !== middle && b.every((n, axis) => Math.abs(n - a[axis]) <= 1) ? [j] : [])),
)

/** Whether its neighbours are one part without it. */
function isSimple(around: Uint8Array): boolean {
  const seen = new Uint8Array(27)
  let parts = 0
  for (let i = 0; i < 27; i++) {
    if (i === middle || around[i] === 0 || seen[i] === 1) continue
    if (++parts > 1) return false
    const waiting = [i]
    seen[i] = 1
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
      for (const j of touching[next]) {
        if (around[j] === 0 || seen[j] === 1) continue
        seen[j] = 1
        waiting.push(j)
      }
  }
  return true
}
