import { FormatError } from '../../core/errors.ts'

interface Size {
  readonly width: number
  readonly height: number
}

/** Bytes of filtered rows: each has a byte in front that names its filter. */
export function bytesOfRows({ width, height }: Size, bitsPerPixel: number): number {
  return height * (Math.ceil((width * bitsPerPixel) / 8) + 1)
}

/** Undoes the filters of all rows in place (PNG, section 9). */
export function unfilter(rows: Uint8Array, { width, height }: Size, bitsPerPixel: number, where: string): void {
  const stride = Math.ceil((width * bitsPerPixel) / 8)
  const step = Math.max(1, bitsPerPixel / 8)
  for (let row = 0; row < height; row++) {
    const start = row * (stride + 1) + 1
    const filter = rows[start - 1]
    const above = start - stride - 1
    const [left, up] = [filter === 1, filter === 2]
    if (filter > 4)
      throw new FormatError(where, `row ${row} has filter ${filter}, PNG has 0 to 4; the data are damaged`)
    if (filter === 0 || (row === 0 && up)) continue
    for (let i = 0; i < stride; i++) {
      const a = i >= step ? rows[start + i - step] : 0
      if (left) {
        rows[start + i] += a
        continue
      }
      const b = row > 0 ? rows[above + i] : 0
      if (up) rows[start + i] += b
      else if (filter === 3) rows[start + i] += (a + b) >> 1
      else rows[start + i] += nearest(a, b, row > 0 && i >= step ? rows[above + i - step] : 0)
    }
  }
}

/** Paeth's predictor: whichever of left, above and above left is nearest to left + above - above left. */
function nearest(a: number, b: number, c: number): number {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)]
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c
}
