import { castArray } from '../core/convert.ts'
import type { DType, TypedArray } from '../core/dtype.ts'
import { arrayToFill } from '../core/spareFloats.ts'
import { sizeOf, stridesOf } from '../core/tensor.ts'
import { withOwnScratch, type Scratch } from './runtime.ts'

// Results whose elements only come from other places. They are made block by block: the stretch of the input that a block needs
// comes into kernel memory, is put in order there while the processor's cache has it, and goes out.

/** The input offset of each index along an axis of the result, in elements; -1 where there is none. Offsets of all axes add up. */
export type Places = Int32Array

/** Blocks and what they need have about this many bytes, if they can. */
const blockBytes = 2 ** 14
/** Stretches of so many bytes are copied as they are. */
const longStretch = 2 ** 12
/** Kernel memory is not filled beyond this. */
const mostBytes = 2 ** 30

/** A row-major array whose elements come from where `places` says, bit by bit; `value` is where they have no place. */
export function elementsFrom(dtype: DType, data: TypedArray, places: readonly Places[], value = 0): TypedArray {
  const out = arrayToFill(dtype, sizeOf(places.map(({ length }) => length)))
  if (out.length === 0) return out
  const from = bitsOf(data)
  const to = bitsOf(out)
  const blank = blankOf(dtype, value)
  const kept = keptAxes(places)
  if (sizeOf(lengthsOf(places.slice(kept))) * from.BYTES_PER_ELEMENT < longStretch) inBlocks(from, to, places, blank)
  else copyStretches(from, to, offsets(places.slice(0, kept)), blank)
  return out
}

type Bits = Uint8Array | Uint16Array | Uint32Array | BigUint64Array
type Blank = number | bigint

/** The elements as whole numbers of their size, so that copying them keeps every bit. */
function bitsOf({ buffer, byteOffset, length, BYTES_PER_ELEMENT }: TypedArray): Bits {
  return bitsAt(buffer, byteOffset, length, BYTES_PER_ELEMENT)
}

function bitsAt(buffer: ArrayBufferLike, place: number, length: number, bytes: number): Bits {
  switch (bytes) {
    case 1:
      return new Uint8Array(buffer, place, length)
    case 2:
      return new Uint16Array(buffer, place, length)
    case 4:
      return new Uint32Array(buffer, place, length)
    default:
      return new BigUint64Array(buffer, place, length)
  }
}

function blankOf(dtype: DType, value: number): Blank {
  return bitsOf(castArray(Float64Array.of(value), 'float64', dtype))[0]
}

function lengthsOf(places: readonly Places[]): number[] {
  return places.map(({ length }) => length)
}

/** The first of the last axes that stay as they are: their elements lie side by side. */
function keptAxes(places: readonly Places[]): number {
  let [first, unit] = [places.length, 1]
  for (; first > 0 && places[first - 1].every((at, i) => at === i * unit); first--) unit *= places[first - 1].length // prettier-ignore
  return first
}

/** The offsets of all combinations of indices, the last axis' fastest; -1 where one of them has none. */
function offsets(places: readonly Places[]): Int32Array {
  let sums = Int32Array.of(0)
  for (const table of places) {
    const before = sums
    sums = new Int32Array(before.length * table.length)
    for (let i = 0, next = 0; i < before.length; i++)
      for (let j = 0; j < table.length; j++) sums[next++] = before[i] < 0 || table[j] < 0 ? -1 : before[i] + table[j]
  }
  return sums
}

function copyStretches(from: Bits, to: Bits, starts: Int32Array, blank: Blank): void {
  const length = to.length / starts.length
  starts.forEach((start, i) => {
    if (start < 0) fill(to, blank, i * length, (i + 1) * length)
    else to.set(from.subarray(start, start + length) as never, i * length)
  })
}

function fill(to: Bits, blank: Blank, begin: number, end: number): void {
  ;(to as Uint32Array).fill(blank as number, begin, end)
}

/** The last axes of a result, which are made together for each start. */
interface Block {
  readonly starts: Int32Array
  readonly inner: readonly Places[]
  /** Of the offsets along the inner axes together. */
  readonly least: number
  readonly most: number
}

function inBlocks(from: Bits, to: Bits, places: readonly Places[], blank: Blank): void {
  const block = bestBlock(places, from)
  const { starts, inner, least, most } = block
  const bytes = from.BYTES_PER_ELEMENT
  const length = to.length / starts.length
  const reach = most - least + 1
  const columns = inner.at(-1)!.length
  const tables = 12 * (length / columns + columns) + stagedRows * columns * bytes
  if (bytes * (reach + length) > mostBytes) return placeSlowly(from, to, offsets(places.slice(0, -1)), places.at(-1)!, blank) // prettier-ignore
  withOwnScratch('elementsFrom', bytes * (reach + length) + tables + 4096, (scratch) => {
    const source = scratch.take(bytes * reach + apart) + apart / 2
    const target = scratch.take(bytes * length)
    const { buffer } = scratch.bytes(source, 0)
    const [sources, targets] = [bitsAt(buffer, source, reach, bytes), bitsAt(buffer, target, length, bytes)]
    if (inner.some((table) => table.includes(-1))) fill(targets, blank, 0, length) // where the kernel never writes
    const put = arranger(scratch, inner, bytes, source - bytes * least, target)
    let last = -1
    starts.forEach((start, i) => {
      if (start < 0) return fill(to, blank, i * length, (i + 1) * length)
      if (start !== last) {
        sources.set(from.subarray(start + least, start + most + 1) as never)
        put()
      }
      last = start
      to.set(targets as never, i * length)
    })
  })
}

/** The rows that the kernel of turned planes may put aside. */
const stagedRows = 16

/** Reading down and writing up is slow where both have the same place in their pages of memory. */
const apart = 4096

/** The smallest block of enough bytes for which not much more is copied than there is. */
function bestBlock(places: readonly Places[], { length, BYTES_PER_ELEMENT }: Bits): Block {
  const spans = places.map(spanOf)
  let size = 1
  for (let first = places.length - 1; ; first--) {
    size *= places[first].length
    if (first > 0 && size * BYTES_PER_ELEMENT < blockBytes) continue
    const [least, most] = [0, 1].map((end) => spans.slice(first).reduce((sum, span) => sum + span[end], 0))
    const starts = offsets(places.slice(0, first))
    if (first === 0 || changes(starts) * (most - least + 1) <= 1.5 * length)
      return { starts, inner: places.slice(first), least, most }
  }
}

/** The least and the greatest offset along an axis. */
function spanOf(table: Places): readonly [least: number, most: number] {
  let [least, most] = [Infinity, 0]
  for (const at of table)
    if (at >= 0) {
      least = Math.min(least, at)
      most = Math.max(most, at)
    }
  return [Math.min(least, most), most]
}

/** How often a block needs another stretch than the one before. */
function changes(starts: Int32Array): number {
  let [count, last] = [0, -1]
  for (const start of starts)
    if (start >= 0 && start !== last) {
      count++
      last = start
    }
  return count
}

/** What puts a block in order, from its first element on in `source`. */
function arranger(
  scratch: Scratch,
  inner: readonly Places[],
  bytes: number,
  source: number,
  target: number,
): () => void {
  const { kernels } = scratch
  const columns = inner.at(-1)!
  const columnsAt = scratch.put(columns)
  const run = straightRun(columns)
  const across = run.end - run.begin > 1 || inner.some((table) => table.includes(-1)) ? -1 : inner.findIndex(isStraight)
  if (across < 0) {
    const rows = offsets(inner.slice(0, -1))
    const rowsAt = scratch.put(rows)
    const size = Math.log2(bytes)
    return () =>
      kernels.moveRows(source, target, size, rowsAt, rows.length, columnsAt, columns.length, run.begin, run.end, run.step) // prettier-ignore
  }
  // Rows of the input run along this axis: planes are turned.
  const strides = stridesOf(lengthsOf(inner))
  const others = [...inner.keys()].filter((axis) => axis !== across && axis !== inner.length - 1)
  const sources = offsets(others.map((axis) => inner[axis]))
  const targets = offsets(others.map((axis) => inner[axis].map((_, i) => i * strides[axis])))
  const [sourcesAt, targetsAt] = [scratch.put(sources), scratch.put(targets)]
  const rows = inner[across]
  const step = rows[1] - rows[0]
  const stage = scratch.take(stagedRows * columns.length * bytes)
  return () =>
    kernels.turnPlanes(source, target, bytes, sourcesAt, targetsAt, rows[0], step, columnsAt, rows.length, columns.length, strides[across], stage, 0, sources.length) // prettier-ignore
}

/** Whether all elements along an axis lie side by side in the input, forwards or backwards. */
function isStraight(table: Places): boolean {
  const { begin, end } = straightRun(table)
  return table.length > 1 && end - begin === table.length
}

/** Indices whose elements lie side by side in the input, from the first to the last or the other way round. */
interface Run {
  readonly begin: number
  readonly end: number
  readonly step: 1 | -1
}

/** The longest of an axis. */
function straightRun(table: Places): Run {
  let longest: Run = { begin: 0, end: 0, step: 1 }
  for (let begin = 0; begin < table.length;) {
    const step = table[begin + 1] < table[begin] ? -1 : 1
    let end = begin + 1
    while (table[begin] >= 0 && table[end] >= 0 && table[end] === table[end - 1] + step) end++
    if (table[begin] >= 0 && end - begin > longest.end - longest.begin) longest = { begin, end, step }
    begin = end
  }
  return longest
}

/** For what kernel memory has no room for. */
function placeSlowly(from: Bits, to: Bits, rows: Int32Array, columns: Places, blank: Blank): void {
  let next = 0
  for (const row of rows)
    for (const column of columns) to[next++] = (row < 0 || column < 0 ? blank : from[row + column]) as never
}
