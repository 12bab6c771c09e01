import { toFloats } from '../../core/convert.ts'
import type { Image } from '../../core/image.ts'
import { instance, type Option } from '../../core/options.ts'
import { sizeOf } from '../../core/tensor.ts'
import { countMarks, markAbove, markOthers, rowsAbove } from '../../kernels/index.ts'

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
  const [inside, outside] = countMarks(sides, blockLength, [inForeground, inBackground])
  return { foreground: listed(sides, inForeground, inside), background: listed(sides, inBackground, outside) }
}

const inForeground = 2
const inBackground = 1
const blockLength = 4096

/** On which side each voxel is; 0 for none. */
function sidesOf(label: Image, image: Image | undefined, threshold: number): Uint8Array {
  const sides = new Uint8Array(sizeOf(label.shape.slice(1)))
  if (image) eachChannel(image, 0, (values) => markAbove(values, threshold, inBackground, sides))
  else sides.fill(inBackground)
  eachChannel(label, label.shape[0] > 1 ? 1 : 0, (values) => markOthers(values, inForeground, sides))
  return sides
}

function eachChannel(img: Image, first: number, mark: (values: ReturnType<typeof toFloats>) => void): void {
  const values = toFloats(img.dtype, img.data)
  const size = sizeOf(img.shape.slice(1))
  for (let c = first; c < img.shape[0]; c++) mark(values.subarray(c * size, (c + 1) * size))
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

/** 1 for each voxel that satisfies `test` in any of the channels. */
export function anyChannel(img: Image, test: (x: number) => unknown): Uint8Array {
  const size = sizeOf(img.shape.slice(1))
  const values = toFloats(img.dtype, img.data)
  const mask = new Uint8Array(size)
  for (let c = 0; c < img.shape[0]; c++) for (let i = 0; i < size; i++) if (test(values[c * size + i])) mask[i] = 1
  return mask
}

/** First and one past the last index along each axis. */
export interface Box {
  readonly start: number[]
  readonly end: number[]
}

const positive = (x: number): boolean => x > 0

/** The option of transforms that look for foreground. */
export const selectFn: Option<(value: number) => unknown> = instance<(value: number) => unknown>(
  'a function of a voxel value',
  (value) => typeof value === 'function',
).opt('Says which values are foreground.', positive)

/** The box around the voxels that satisfy `test` in any of the channels; null when there are none. */
export function boxWhere(img: Image, test: (x: number) => unknown, channels: readonly number[]): Box | null {
  const shape = img.shape.slice(1)
  const size = sizeOf(shape)
  const values = toFloats(img.dtype, img.data)
  const boxes = channels.flatMap((c) => boxAround(values.subarray(c * size, (c + 1) * size), shape, test) ?? [])
  if (boxes.length === 0) return null
  return {
    start: shape.map((_, axis) => Math.min(...boxes.map(({ start }) => start[axis]))),
    end: shape.map((_, axis) => Math.max(...boxes.map(({ end }) => end[axis]))),
  }
}

/** The box around the non-zero elements of a mask; null when there are none. */
export function boundingBox(mask: Uint8Array, shape: readonly number[]): Box | null {
  return boxAround(mask, shape, (x) => x !== 0)
}

function boxAround(values: ArrayLike<number>, shape: readonly number[], test: (x: number) => unknown): Box | null {
  const last = shape.length - 1
  const length = shape[last]
  const ends =
    test === positive && values instanceof Float32Array ? rowsAbove(values, length, 0) : rowsWhere(values, length, test)
  const start = [...shape]
  const end = shape.map(() => 0)
  for (let row = 0; 2 * row < ends.length; row++) {
    const to = ends[2 * row + 1]
    if (to === 0) continue
    start[last] = Math.min(start[last], ends[2 * row])
    end[last] = Math.max(end[last], to)
    for (let axis = last - 1, rest = row; axis >= 0; axis--) {
      const index = rest % shape[axis]
      rest = Math.floor(rest / shape[axis])
      start[axis] = Math.min(start[axis], index)
      end[axis] = Math.max(end[axis], index + 1)
    }
  }
  return end[last] === 0 ? null : { start, end }
}

/** As `rowsAbove` of kernels, for any test. */
function rowsWhere(values: ArrayLike<number>, length: number, test: (x: number) => unknown): Int32Array {
  const ends = new Int32Array(length === 0 ? 0 : (2 * values.length) / length)
  for (let row = 0; 2 * row < ends.length; row++) {
    let [from, to] = [row * length, (row + 1) * length]
    while (from < to && !test(values[from])) from++
    while (to > from && !test(values[to - 1])) to--
    if (from < to) ends.set([from - row * length, to - row * length], 2 * row)
  }
  return ends
}
