import { FormatError } from '../../core/errors.ts'

const [clear, end, firstFree, mostCodes] = [256, 257, 258, 4096]

/**
 * TIFF's LZW: codes of 9 to 12 bits, highest bit first, one bit longer one code before the table is full. An entry is
 * kept as the place in the output where it was first written, and its length.
 */
export function unpackLzw(bytes: Uint8Array, expected: number, where: string): Uint8Array {
  const out = new Uint8Array(expected)
  const [starts, lengths] = [new Uint32Array(mostCodes), new Uint32Array(mostCodes)]
  let [filled, next, width, bits, count, previous] = [0, firstFree, 9, 0, 0, -1]
  let [previousStart, previousLength] = [0, 0]
  for (let at = 0; filled < expected;) {
    while (count < width && at < bytes.length) {
      bits = ((bits << 8) | bytes[at++]) & 0xffffff
      count += 8
    }
    if (count < width) break
    count -= width
    const code = (bits >> count) & ((1 << width) - 1)
    if (code === end) break
    if (code === clear) {
      ;[next, width, previous] = [firstFree, 9, -1]
      continue
    }
    const start = filled
    if (code < clear) out[filled++] = code
    else {
      // The code that is just being made stands for the previous entry and its own first byte again.
      const isNew = code === next && previous >= 0
      if (!isNew && code >= next)
        throw new FormatError(where, `the LZW data name entry ${code} of ${next}; the file is damaged`)
      const [from, length] = isNew ? [previousStart, previousLength + 1] : [starts[code], lengths[code]]
      const stop = Math.min(expected, filled + length)
      for (let i = from; filled < stop; i++) out[filled++] = out[i]
    }
    if (previous >= 0 && next < mostCodes) {
      starts[next] = previousStart
      lengths[next] = previousLength + 1
      next++
      if (next + 1 >= 1 << width && width < 12) width++
    }
    ;[previous, previousStart, previousLength] = [code, start, filled - start]
  }
  return out.subarray(0, filled)
}

/** Undoes differences between neighbours of a row; `step` samples lie between equal ones. */
export function undoDifferences(data: Uint8Array | Uint16Array | Uint32Array, rowLength: number, step: number): void {
  for (let row = 0; row + rowLength <= data.length; row += rowLength)
    for (let i = row + step; i < row + rowLength; i++) data[i] += data[i - step]
}

/** Undoes predictor 3: differences of bytes, with the bytes of a row's floats sorted by weight, highest first. */
export function undoFloatDifferences(bytes: Uint8Array, rowLength: number, step: number, size: number): void {
  undoDifferences(bytes, rowLength, step)
  const count = rowLength / size
  const row = new Uint8Array(rowLength)
  for (let start = 0; start + rowLength <= bytes.length; start += rowLength) {
    for (let i = 0; i < count; i++)
      for (let b = 0; b < size; b++) row[i * size + (size - 1 - b)] = bytes[start + b * count + i]
    bytes.set(row, start)
  }
}

const reversed = Uint8Array.from({ length: 256 }, (_, byte) =>
  [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, bit) => sum | (((byte >> bit) & 1) << (7 - bit)), 0),
)

/** Bytes with their bits the other way round (FillOrder 2). */
export function reversedBits(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => reversed[byte])
}
