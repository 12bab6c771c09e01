import { toFloats } from '../../core/convert.ts'
import type { Image } from '../../core/image.ts'
import { sizeOf } from '../../core/tensor.ts'

/** Flat voxel numbers of foreground and background, in C order. */
export interface ForegroundIndices {
  readonly foreground: Int32Array
  readonly background: Int32Array
}

/**
 * Voxels where any channel of the label is not 0 (of several channels the first is the background and does not count),
 * and the others; with an image, only those of the others where any of its channels is above `threshold`.
 */
export function foregroundIndices(label: Image, image?: Image, threshold = 0): ForegroundIndices {
  const sides = sidesOf(label, image, threshold)
  const foreground = new Int32Array(sides.length)
  const background = new Int32Array(sides.length)
  let [f, b] = [0, 0]
  for (let i = 0; i < sides.length; i++) {
    if (sides[i] === inForeground) foreground[f++] = i
    else if (sides[i] === inBackground) background[b++] = i
  }
  return { foreground: foreground.slice(0, f), background: background.slice(0, b) }
}

/** Numbers that can be asked for one by one, though nobody has listed them. */
export interface Listed {
  readonly length: number
  at(index: number): number | undefined
}

/** The same for a few of the voxels: they are counted now, and looked for when asked for. */
export function foregroundVoxels(
  label: Image,
  image?: Image,
  threshold = 0,
): { readonly foreground: Listed; readonly background: Listed } {
  const sides = sidesOf(label, image, threshold)
  const blocks = Math.ceil(sides.length / blockLength)
  const counts = [new Int32Array(blocks), new Int32Array(blocks)]
  for (let block = 0; block < blocks; block++) {
    const end = Math.min(sides.length, (block + 1) * blockLength)
    let [inside, outside] = [0, 0]
    for (let i = block * blockLength; i < end; i++) {
      inside += sides[i] >> 1
      outside += sides[i] & 1
    }
    counts[0][block] = inside
    counts[1][block] = outside
  }
  return { foreground: listed(sides, inForeground, counts[0]), background: listed(sides, inBackground, counts[1]) }
}

const inForeground = 0b10
const inBackground = 0b01
const blockLength = 4096

/** On which side each voxel is; 0 for none. */
function sidesOf(label: Image, image: Image | undefined, threshold: number): Uint8Array {
  const sides = new Uint8Array(sizeOf(label.shape.slice(1)))
  if (image) eachValue(image, 0, (values, from) => markAbove(sides, values, from, threshold))
  else sides.fill(inBackground)
  eachValue(label, label.shape[0] > 1 ? 1 : 0, (values, from) => markOthers(sides, values, from))
  return sides
}

type Numbers = ReturnType<typeof toFloats>

function eachValue(img: Image, first: number, mark: (values: Numbers, from: number) => void): void {
  const values = toFloats(img.dtype, img.data)
  const size = sizeOf(img.shape.slice(1))
  for (let c = first; c < img.shape[0]; c++) mark(values, c * size)
}

function markAbove(sides: Uint8Array, values: Numbers, from: number, threshold: number): void {
  for (let i = 0; i < sides.length; i++) if (values[from + i] > threshold) sides[i] = inBackground
}

function markOthers(sides: Uint8Array, values: Numbers, from: number): void {
  for (let i = 0; i < sides.length; i++) if (values[from + i] !== 0) sides[i] = inForeground
}

/** Where `side` is, of which each block has so many. */
function listed(sides: Uint8Array, side: number, counts: Int32Array): Listed {
  return {
    length: counts.reduce((sum, count) => sum + count, 0),
    at(index) {
      let [left, block] = [index, 0]
      while (block < counts.length && left >= counts[block]) left -= counts[block++]
      for (let i = block * blockLength; i < sides.length; i++) if (sides[i] === side && left-- === 0) return i
      return undefined
    },
  }
}

/** 1 for each voxel that satisfies `test` in any of the channels from `first`, or in the chosen ones. */
export function anyChannel(
  img: Image,
  test: (x: number) => unknown,
  first = 0,
  chosen?: readonly number[],
): Uint8Array {
  const size = sizeOf(img.shape.slice(1))
  const values = toFloats(img.dtype, img.data)
  const mask = new Uint8Array(size)
  const channels = chosen ?? Array.from({ length: img.shape[0] - first }, (_, c) => first + c)
  for (const c of channels) for (let i = 0; i < size; i++) if (test(values[c * size + i])) mask[i] = 1
  return mask
}

/** First and one past the last index along each axis of the non-zero elements of a mask; null when there are none. */
export function boundingBox(mask: Uint8Array, shape: readonly number[]): { start: number[]; end: number[] } | null {
  const start = [...shape]
  const end = shape.map(() => 0)
  const last = shape.length - 1
  const rowLength = shape[last]
  for (let row = 0; row * rowLength < mask.length; row++) {
    const from = mask.indexOf(1, row * rowLength)
    if (from < 0) break
    row = Math.floor(from / rowLength) // straight to the next row that has any
    const to = mask.lastIndexOf(1, (row + 1) * rowLength - 1)
    let rest = row
    for (let axis = last - 1; axis >= 0; axis--) {
      const index = rest % shape[axis]
      rest = Math.floor(rest / shape[axis])
      start[axis] = Math.min(start[axis], index)
      end[axis] = Math.max(end[axis], index + 1)
    }
    start[last] = Math.min(start[last], from - row * rowLength)
    end[last] = Math.max(end[last], to - row * rowLength + 1)
  }
  return end[last] === 0 ? null : { start, end }
}
