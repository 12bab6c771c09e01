import { allocate, bytesIn, bytesOf, viewAs, type DType, type TypedArray } from '../core/dtype.ts'
import { toFloats } from '../core/convert.ts'
import { FormatError, shown } from '../core/errors.ts'
import { canGather, gatherFloats } from '../kernels/index.ts'
import { heldElements } from '../kernels/runtime.ts'
import type { StoredVoxels } from '../core/stored.ts'
import { sizeOf, stridesOf, type Tensor } from '../core/tensor.ts'
import { reorder, type Layout } from './reorder.ts'

/** Elements of a file that are to become voxels. */
export interface StoredElements {
  readonly dtype: DType
  readonly data: TypedArray
  readonly layout: Layout
  /** Value = stored * slope + intercept, in float64; absent where the file does not scale. */
  readonly scaling?: { readonly slope: number; readonly intercept: number } | null
}

/** Voxels of a file; with `stored` they are still to be made from that, and `data` is empty. */
export interface FileVoxels {
  readonly dtype: DType
  readonly data: TypedArray
  readonly stored?: StoredVoxels
}

/**
 * Voxels in C order, scaled. Without `as` they keep the stored type, or become float64 where they are scaled (as
 * NiBabel's do); a scaling that gives float32 is still computed in float64 and rounded once.
 * With `later`, float32 voxels may be left to be made by `gatherFloats`.
 */
export function voxelsOf(stored: StoredElements, as?: 'float32' | 'float64', later = false): FileVoxels {
  const { dtype, data, layout, scaling } = stored
  if (as && dtype.endsWith('float16'))
    return voxelsOf({ ...stored, dtype: 'float32', data: toFloats(dtype, data) }, as, later)
  const length = sizeOf(layout.shape)
  const target = as ?? (scaling ? 'float64' : dtype)
  const gathering = { dtype, elements: () => data, ...layout, scaling: scaling ?? null }
  if (target === 'float32' && canGather(gathering))
    return later
      ? { dtype: target, data: new Float32Array(0), stored: { ...gathering, ...heldElements(data) } }
      : { dtype: target, data: gatherFloats(gathering) }
  const out = allocate(target, length)
  if ((target !== 'float32' && target !== 'float64') || (target === dtype && !scaling))
    reorder(dtype, data, layout, out)
  else {
    // In slabs that stay in the cache between being moved and being converted.
    const { start, shape, strides } = layout
    const plane = length / (shape[0] ?? 1)
    const rows = Math.max(1, Math.min(32 * Math.ceil(2 ** 15 / plane), shape[0] ?? 1))
    const slab = allocate(dtype, rows * plane)
    for (let row = 0; row < (shape[0] ?? 1); row += rows) {
      const part = [Math.min(rows, (shape[0] ?? 1) - row), ...shape.slice(1)]
      const moved = slab.subarray(0, part[0] * plane)
      reorder(dtype, data, { start: start + row * (strides[0] ?? 0), shape: part, strides }, moved)
      convert(moved, out as Float32Array | Float64Array, row * plane, scaling)
    }
  }
  return { dtype: target, data: out }
}

/** Writes `data`, scaled in float64, into `out` at `start`; 64-bit integers are rounded to float64 first. */
function convert(
  data: TypedArray,
  out: Float32Array | Float64Array,
  start: number,
  scaling: StoredElements['scaling'],
): void {
  const { slope, intercept } = scaling ?? { slope: 1, intercept: 0 }
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    for (let i = 0; i < data.length; i++) out[start + i] = Number(data[i]) * slope + intercept
  } else if (!scaling) out.set(data, start)
  else {
    // Through a block of float64, since `set` converts from any type at full speed where a loop over any type does not.
    const block = new Float64Array(Math.min(4096, data.length))
    for (let done = 0; done < data.length; done += block.length) {
      const length = Math.min(block.length, data.length - done)
      block.set(data.subarray(done, done + length))
      for (let i = 0; i < length; i++) out[start + done + i] = block[i] * slope + intercept
    }
  }
}

/** `count` elements from byte `offset` of `bytes`; they are only changed (to this machine's byte order) where they are `own`. */
export function elementsAt(
  { bytes, own }: { readonly bytes: Uint8Array; readonly own: boolean },
  offset: number,
  dtype: DType,
  count: number,
  littleEndian: boolean,
): TypedArray {
  const data = viewAs(dtype, bytes.buffer, bytes.byteOffset + offset, count)
  if (littleEndian || bytesOf(dtype) === 1) return data
  const mine = own ? data : data.slice()
  swapBytes(dtype, mine)
  return mine
}

/** `count` elements from text, separated by white space or commas. */
export function elementsOfText(text: Uint8Array, dtype: DType, count: number, where: string): TypedArray {
  // Each value takes a digit and a space at least.
  if (text.length < 2 * count - 1)
    throw new FormatError(
      where,
      `${text.length} bytes of text cannot hold the ${count} values that the header declares; the data are cut short`,
    )
  const values = new TextDecoder()
    .decode(text)
    .trim()
    .split(/[\s,]+/, count)
  if (values.length < count)
    throw new FormatError(
      where,
      `${values.length} values are there, the header declares ${count}; the data are cut short`,
    )
  const data = allocate(dtype, count)
  for (let i = 0; i < count; i++) {
    const value = Number(values[i])
    if (values[i] === '' || (Number.isNaN(value) && !/^[-+]?nan$/i.test(values[i])))
      throw new FormatError(where, `value ${i + 1} is ${shown(values[i])}, which is no number`)
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = wholeNumber(values[i], where)
    else data[i] = value
  }
  return data
}

function wholeNumber(text: string, where: string): bigint {
  if (!/^[-+]?\d+$/.test(text))
    throw new FormatError(where, `${shown(text)} is no whole number, as its element type needs`)
  return BigInt(text)
}

/** The voxels as little-endian bytes, axes in the given order, its last fastest; unless given, the first axis is fastest. */
export function orderedBytes(
  { dtype, shape, data }: Tensor,
  axes = shape.map((_, i) => shape.length - 1 - i),
): Uint8Array {
  const out = allocate(dtype, data.length)
  const strides = stridesOf(shape)
  reorder(dtype, data, { start: 0, shape: axes.map((i) => shape[i]), strides: axes.map((i) => strides[i]) }, out)
  return bytesIn(out)
}

/** Reverses the bytes of each element, in place. */
export function swapBytes(dtype: DType, data: TypedArray): void {
  const size = bytesOf(dtype)
  if (size === 2) {
    const words = new Uint16Array(data.buffer, data.byteOffset, data.length)
    for (let i = 0; i < words.length; i++) words[i] = (words[i] << 8) | (words[i] >>> 8)
  } else if (size === 4) {
    const words = new Int32Array(data.buffer, data.byteOffset, data.length)
    for (let i = 0; i < words.length; i++) words[i] = swapped(words[i])
  } else if (size === 8) {
    const words = new Int32Array(data.buffer, data.byteOffset, data.length * 2)
    for (let i = 0; i < words.length; i += 2) {
      const word = swapped(words[i])
      words[i] = swapped(words[i + 1])
      words[i + 1] = word
    }
  }
}

function swapped(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)
}
