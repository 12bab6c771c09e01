import { FormatError } from '../../core/errors.ts'
import { joinedBytes } from '../../core/lists.ts'
import { forwardTransform } from './forwardTransform.ts'
import { zigzag } from './header.ts'
import { huffmanTables, quantisations } from './standardTables.ts'

/**
 * A baseline JPEG of grey (1 sample) or RGB (3) pixels, row by row, samples together: colour differences at half the size
 * across and down, the tables of T.81. Equal to what libjpeg writes by default, byte for byte.
 */
export function encodeJpeg(
  pixels: Uint8Array,
  width: number,
  height: number,
  samples: 1 | 3,
  quality: number,
  where: string,
): Uint8Array {
  if (width > 65535 || height > 65535)
    throw new FormatError(
      where,
      `${width} x ${height} pixels do not fit; JPEG holds up to 65535 a side, use .png or .tif`,
    )
  const sampling = samples === 3 ? 2 : 1
  const planes = samples === 3 ? planesOf(pixels, width, height) : [padded(pixels, width, height, [8, 8])]
  const tables = quantisations.slice(0, samples === 3 ? 2 : 1).map((table) => scaledTable(table, quality))
  const writer = new BitWriter()
  const previous = [0, 0, 0]
  const block = new Int32Array(64)
  const [across, down] = [Math.ceil(width / (8 * sampling)), Math.ceil(height / (8 * sampling))]
  for (let row = 0; row < down; row++)
    for (let column = 0; column < across; column++)
      planes.forEach((plane, i) => {
        const factor = i === 0 ? sampling : 1
        for (let y = 0; y < factor; y++)
          for (let x = 0; x < factor; x++) {
            const [left, top] = [8 * (column * factor + x), 8 * (row * factor + y)]
            const kind = Math.min(i, 1)
            // Blocks that only fill up a unit repeat the one before.
            if (left >= plane.stride || top * plane.stride >= plane.data.length) writeRepeat(writer, kind)
            else {
              takeBlock(plane, left, top, block)
              forwardTransform(block)
              previous[i] = writeBlock(writer, block, tables[kind], kind, previous[i])
            }
          }
      })
  return joinedBytes([headers(width, height, samples, sampling, tables), writer.done(), Uint8Array.of(0xff, 0xd9)])
}

interface Plane {
  readonly stride: number
  readonly data: Uint8Array
}

/** Sample `offset` of each pixel, with the last column and row repeated up to multiples of `unitX` and `unitY`. */
function padded(
  pixels: Uint8Array,
  width: number,
  height: number,
  [unitX, unitY]: readonly [number, number],
  step = 1,
  offset = 0,
): Plane {
  const [stride, rows] = [Math.ceil(width / unitX) * unitX, Math.ceil(height / unitY) * unitY]
  const data = new Uint8Array(stride * rows)
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < stride; x++)
      data[y * stride + x] = pixels[(Math.min(y, height - 1) * width + Math.min(x, width - 1)) * step + offset]
  return { stride, data }
}

/** Brightness, and the two colour differences at half the size (JFIF 1.02, in 16 fractional bits). */
function planesOf(rgb: Uint8Array, width: number, height: number): Plane[] {
  const ycc = new Uint8Array(rgb.length)
  for (let i = 0; i < rgb.length; i += 3) {
    const [r, g, b] = [rgb[i], rgb[i + 1], rgb[i + 2]]
    ycc[i] = (19595 * r + 38470 * g + 7471 * b + 32768) >> 16
    ycc[i + 1] = (-11059 * r - 21709 * g + 32768 * b + 8421375) >> 16
    ycc[i + 2] = (32768 * r - 27439 * g - 5329 * b + 8421375) >> 16
  }
  const differences = [1, 2].map((sample) => halved(padded(ycc, width, height, [16, 2], 3, sample)))
  return [
    padded(ycc, width, height, [8, 8], 3),
    ...differences.map(({ stride, data }) => padded(data, stride, data.length / stride, [8, 8])),
  ]
}

/** Means of four, rounded down and up by turns. */
function halved({ stride, data }: Plane): Plane {
  const out = new Uint8Array(data.length / 4)
  const half = stride / 2
  for (let i = 0; i < out.length; i++) {
    const [x, y] = [i % half, Math.floor(i / half)]
    const from = 2 * (y * stride + x)
    out[i] = (data[from] + data[from + 1] + data[from + stride] + data[from + stride + 1] + 1 + (x % 2)) >> 2
  }
  return { stride: half, data: out }
}

function takeBlock({ stride, data }: Plane, x: number, y: number, block: Int32Array): void {
  for (let row = 0; row < 8; row++)
    for (let column = 0; column < 8; column++) block[8 * row + column] = data[(y + row) * stride + x + column] - 128
}

/** The table of quality 50 for another one, as libjpeg scales it. */
function scaledTable(table: readonly number[], quality: number): number[] {
  const percent = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality
  return table.map((value) => Math.min(255, Math.max(1, Math.floor((value * percent + 50) / 100))))
}

/** Writes a block; gives its first coefficient, from which the next one's is told. */
function writeBlock(
  writer: BitWriter,
  block: Int32Array,
  table: readonly number[],
  kind: number,
  previous: number,
): number {
  const at = (k: number): number => {
    const [value, divisor] = [block[zigzag[k]], 8 * table[k]]
    const size = Math.floor((Math.abs(value) + (divisor >> 1)) / divisor)
    return value < 0 ? -size : size
  }
  const first = at(0)
  writer.value(kind, 0, first - previous)
  let zeros = 0
  for (let k = 1; k < 64; k++) {
    const value = at(k)
    if (value === 0) {
      zeros++
      continue
    }
    for (; zeros > 15; zeros -= 16) writer.symbol(16 + kind, 0xf0)
    writer.value(16 + kind, zeros << 4, value)
    zeros = 0
  }
  if (zeros > 0) writer.symbol(16 + kind, 0)
  return first
}

/** A block without a difference to the one before. */
function writeRepeat(writer: BitWriter, kind: number): void {
  writer.value(kind, 0, 0)
  writer.symbol(16 + kind, 0)
}

/** For each table the code of each value, and its length. */
const codes = new Map(
  huffmanTables.map(({ id, counts, values }) => {
    const byValue = new Map<number, readonly [code: number, length: number]>()
    let [code, at] = [0, 0]
    counts.forEach((count, i) => {
      for (let n = 0; n < count; n++) byValue.set(values[at++], [code++, i + 1])
      code <<= 1
    })
    return [id, byValue] as const
  }),
)

class BitWriter {
  #bytes = new Uint8Array(4096)
  #length = 0
  #bits = 0
  #count = 0

  symbol(table: number, value: number): void {
    const [code, length] = codes.get(table)?.get(value) ?? [0, 0]
    this.#put(code, length)
  }

  /** The size of a number behind `run`, then its bits; negative ones as one less. */
  value(table: number, run: number, value: number): void {
    const size = 32 - Math.clz32(Math.abs(value))
    this.symbol(table, run | size)
    this.#put((value < 0 ? value - 1 : value) & ((1 << size) - 1), size)
  }

  done(): Uint8Array {
    if (this.#count > 0) this.#put((1 << (8 - this.#count)) - 1, 8 - this.#count) // filled up with ones
    return this.#bytes.subarray(0, this.#length)
  }

  #put(bits: number, count: number): void {
    this.#bits = (this.#bits << count) | bits
    this.#count += count
    while (this.#count >= 8) {
      this.#count -= 8
      const byte = (this.#bits >>> this.#count) & 255
      this.#byte(byte)
      if (byte === 255) this.#byte(0)
    }
    this.#bits &= (1 << this.#count) - 1
  }

  #byte(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes[this.#length++] = byte
  }
}

function headers(
  width: number,
  height: number,
  samples: 1 | 3,
  sampling: number,
  tables: readonly (readonly number[])[],
): Uint8Array {
  const segment = (marker: number, ...body: number[]): number[] => [0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255, ...body] // prettier-ignore
  const parts = Array.from({ length: samples }, (_, i) => i)
  return Uint8Array.from([
    0xff,
    0xd8,
    ...segment(0xe0, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0), // JFIF 1.01, square pixels
    ...tables.flatMap((table, i) => segment(0xdb, i, ...table)),
    ...segment(0xc0, 8, height >> 8, height & 255, width >> 8, width & 255, samples,
      ...parts.flatMap((i) => [i + 1, i === 0 ? sampling * 17 : 17, Math.min(i, 1)])), // prettier-ignore
    ...huffmanTables.filter(({ id }) => samples === 3 || id % 16 === 0).flatMap(({ id, counts, values }) => segment(0xc4, id, ...counts, ...values)), // prettier-ignore
    ...segment(0xda, samples, ...parts.flatMap((i) => [i + 1, Math.min(i, 1) * 17]), 0, 63, 0),
  ])
}
