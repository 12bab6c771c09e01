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
  const isLabel = anyChannel(label, (x) => x !== 0, label.shape[0] > 1 ? 1 : 0)
  const isBody = image && anyChannel(image, (x) => x > threshold)
  const foreground = new Int32Array(isLabel.length)
  const background = new Int32Array(isLabel.length)
  let [f, b] = [0, 0]
  for (let i = 0; i < isLabel.length; i++) {
    if (isLabel[i]) foreground[f++] = i
    else if (!isBody || isBody[i]) background[b++] = i
  }
  return { foreground: foreground.slice(0, f), background: background.slice(0, b) }
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
