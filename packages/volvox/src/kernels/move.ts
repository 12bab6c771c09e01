import { order, type Affine } from '../core/affine.ts'
import { allocate, bytesOf, uncleared, type DType, type TypedArray } from '../core/dtype.ts'
import { sizeOf, stridesOf } from '../core/tensor.ts'
import { turned } from './turn.ts'

/** Where the voxels beyond the border of an image come from; `constant` takes a value instead. */
export type Outside = 'constant' | 'edge' | 'reflect' | 'symmetric' | 'wrap'

/** A map between lattices that only reorders voxels: along output axis j, input axis `axes[j]` runs from `shifts[j]` by `signs[j]`. */
export interface Move {
  readonly axes: readonly number[]
  readonly signs: readonly number[]
  readonly shifts: readonly number[]
}

/** The move that `matrix` (output voxel to input voxel) stands for, if its entries are whole up to `tolerance`; else null. */
export function moveOf(matrix: Affine, tolerance = 1e-6): Move | null {
  const n = order(matrix)
  const rank = n - 1
  const axes = new Array<number>(rank).fill(-1)
  const signs = new Array<number>(rank).fill(1)
  const shifts = new Array<number>(rank).fill(0)
  for (let i = 0; i < rank; i++) {
    const row = Array.from({ length: rank }, (_, j) => matrix[i * n + j])
    const j = row.findIndex((x) => Math.abs(Math.abs(x) - 1) <= tolerance)
    if (j < 0 || axes[j] >= 0 || row.some((x, k) => k !== j && Math.abs(x) > tolerance)) return null
    const shift = matrix[i * n + rank]
    if (!(Math.abs(shift - Math.round(shift)) <= tolerance)) return null
    axes[j] = i
    signs[j] = Math.sign(row[j])
    shifts[j] = Math.round(shift)
  }
  return { axes, signs, shifts }
}

/** The input index that stands for `index` of an axis of `size` voxels; -1 where a constant does. */
export function fold(index: number, size: number, outside: Outside): number {
  if (index >= 0 && index < size) return index
  switch (outside) {
    case 'constant':
      return -1
    case 'edge':
      return index < 0 ? 0 : size - 1
    case 'wrap':
      return modulo(index, size)
    case 'symmetric': {
      const place = modulo(index, 2 * size)
      return place < size ? place : 2 * size - 1 - place
    }
    case 'reflect': {
      if (size === 1) return 0
      const place = modulo(index, 2 * size - 2)
      return place < size ? place : 2 * size - 2 - place
    }
    default:
      return outside satisfies never
  }
}

function modulo(a: number, n: number): number {
  return ((a % n) + n) % n
}

/** Voxels of [channels, ...shape] of one element type. */
export interface Voxels {
  readonly dtype: DType
  readonly data: TypedArray
  readonly channels: number
  readonly shape: readonly number[]
}

/** Copies voxels to where `move` puts them, [channels, ...outShape], bit by bit. */
export function moveVoxels(
  { dtype, data, channels, shape }: Voxels,
  outShape: readonly number[],
  move: Move,
  outside: Outside,
  value = 0,
): TypedArray {
  const strides = stridesOf(shape)
  // For each output axis the input offset of every index along it; -1 stands for the constant.
  const tables = outShape.map((length, j) => {
    const axis = move.axes[j]
    return Int32Array.from({ length }, (_, o) => {
      const index = fold(move.shifts[j] + move.signs[j] * o, shape[axis], outside)
      return index < 0 ? -1 : index * strides[axis]
    })
  })
  const cleared = value === 0 && tables.some((table) => table.some((at) => at < 0))
  const out = (cleared ? allocate : uncleared)(dtype, channels * sizeOf(outShape))
  if (out.length === 0 || turned({ dtype, data, channels, shape }, tables, move, out)) return out
  const fill = allocate(dtype, 1)
  if (value !== 0)
    (fill as Float32Array).fill(
      (fill instanceof BigInt64Array || fill instanceof BigUint64Array ? BigInt(value) : value) as number,
    )
  const from = bitsOf(data, dtype)
  const to = bitsOf(out, dtype)
  const blank = cleared ? null : bitsOf(fill, dtype)[0]
  const [inSize, outSize] = [sizeOf(shape), sizeOf(outShape)]
  for (let c = 0; c < channels; c++)
    copyBlock(
      from.subarray(c * inSize, (c + 1) * inSize) as Bits,
      to.subarray(c * outSize, (c + 1) * outSize) as Bits,
      tables,
      move,
      shape,
      blank,
    )
  return out
}

/** Reverses the axes of an array of `shape` whose sign is below 0, in place. */
export function reverseAxes(data: Float32Array, shape: readonly number[], signs: readonly number[]): void {
  shape.forEach((length, axis) => {
    if (signs[axis] > 0) return
    const inner = sizeOf(shape.slice(axis + 1))
    const spare = new Float32Array(inner)
    for (let begin = 0; begin < data.length; begin += length * inner) {
      const block = data.subarray(begin, begin + length * inner)
      if (inner === 1) block.reverse()
      else
        for (let low = 0, high = (length - 1) * inner; low < high; low += inner, high -= inner) {
          spare.set(block.subarray(low, low + inner))
          block.copyWithin(low, high, high + inner)
          block.set(spare, high)
        }
    }
  })
}

/** What is written where no voxel is; null where the result has it already. */
type Blank = number | bigint | null

type Bits = Uint8Array | Uint16Array | Uint32Array | BigUint64Array

/** The elements as whole numbers of their size, so that copying them keeps every bit. */
function bitsOf(data: TypedArray, dtype: DType): Bits {
  const { buffer, byteOffset, length } = data
  switch (bytesOf(dtype)) {
    case 1:
      return new Uint8Array(buffer, byteOffset, length)
    case 2:
      return new Uint16Array(buffer, byteOffset, length)
    case 4:
      return new Uint32Array(buffer, byteOffset, length)
    default:
      return new BigUint64Array(buffer, byteOffset, length)
  }
}

/** Output rows at a time where the input runs across them: their cache lines are then used whole. */
const blockRows = 32

function copyBlock(
  from: Bits,
  to: Bits,
  tables: readonly Int32Array[],
  move: Move,
  shape: readonly number[],
  blank: Blank,
): void {
  const kept = keptAxes(tables, move, shape)
  const unit = sizeOf(shape.slice(shape.length - kept))
  const rows = tables.slice(0, tables.length - kept - 1)
  const rowTable = tables[rows.length]
  const run = straightRun(rowTable, unit)
  const across = kept > 0 ? -1 : acrossAxis(move)
  const outStrides = rows.map((_, axis) => unit * sizeOf(tables.slice(axis + 1, rows.length + 1).map((table) => table.length))) // prettier-ignore
  const visit = (axis: number, source: number, target: number): void => {
    if (axis === across) return visit(axis + 1, source, target)
    if (axis < rows.length) {
      const table = rows[axis]
      for (let i = 0; i < table.length; i++)
        visit(axis + 1, source < 0 || table[i] < 0 ? -1 : source + table[i], target + i * outStrides[axis])
    } else if (across >= 0) copyAcross(from, to, rows[across], rowTable, source, target, outStrides[across], blank)
    else copyRow(from, to, rowTable, run, unit, source, target, blank)
  }
  visit(0, 0, 0)
}

/** How many of the last axes, but one, stay as they are: their voxels are copied together. */
function keptAxes(tables: readonly Int32Array[], { axes, signs, shifts }: Move, shape: readonly number[]): number {
  let first = shape.length
  const stays = (j: number) => axes[j] === j && signs[j] === 1 && shifts[j] === 0 && tables[j].length === shape[j]
  while (first > 1 && stays(first - 1)) first--
  return shape.length - first
}

/** The output axis along which the last axis of the input runs, if another one than the last; else -1. */
export function acrossAxis({ axes }: Move): number {
  const last = axes.length - 1
  return axes[last] === last ? -1 : axes.indexOf(last)
}

/** Part of a row whose voxels lie side by side in the input, from the first to the last or the other way round. */
interface Run {
  readonly begin: number
  readonly end: number
  readonly step: 1 | -1
  /** Whether all that is outside of it is blank. */
  readonly alone: boolean
}

/** The longest such part of a row of `unit` voxels at each place. */
function straightRun(table: Int32Array, unit: number): Run {
  let [first, last, direction]: [number, number, 1 | -1] = [0, 0, 1]
  for (let begin = 0; begin < table.length;) {
    const step = table[begin + 1] < table[begin] ? -1 : 1
    let end = begin + 1
    while (table[begin] >= 0 && table[end] >= 0 && table[end] === table[end - 1] + step * unit) end++
    const usable = table[begin] >= 0 && (step > 0 || unit === 1)
    if (usable && end - begin > last - first) [first, last, direction] = [begin, end, step]
    begin = end
  }
  const alone = table.every((at, i) => at < 0 || (i >= first && i < last))
  return { begin: first, end: last, step: direction, alone }
}

function copyRow(
  from: Bits,
  to: Bits,
  table: Int32Array,
  { begin, end, step, alone }: Run,
  unit: number,
  source: number,
  target: number,
  blank: Blank,
): void {
  const stop = target + table.length * unit
  if (source < 0) return fill(to, blank, target, stop)
  if (begin < end) copyRun(from, to, source + table[begin], target + begin * unit, (end - begin) * unit, step)
  if (alone) {
    fill(to, blank, target, target + begin * unit)
    fill(to, blank, target + end * unit, stop)
  } else {
    copySingly(from, to, table, 0, begin, unit, source, target, blank)
    copySingly(from, to, table, end, table.length, unit, source, target, blank)
  }
}

/** Places begin..end of a row, one by one. */
function copySingly(
  from: Bits,
  to: Bits,
  table: Int32Array,
  begin: number,
  end: number,
  unit: number,
  source: number,
  target: number,
  blank: Blank,
): void {
  for (let i = begin; i < end; i++) {
    const place = target + i * unit
    if (table[i] < 0) fill(to, blank, place, place + unit)
    else if (unit === 1) to[place] = from[source + table[i]] as never
    else copyRun(from, to, source + table[i], place, unit, 1)
  }
}

function fill(to: Bits, blank: Blank, begin: number, end: number): void {
  if (blank !== null && begin < end) (to as Uint32Array).fill(blank as number, begin, end)
}

/** Below this a loop is faster than a call. */
const shortRun = 16

function copyRun(from: Bits, to: Bits, source: number, target: number, length: number, step: 1 | -1): void {
  if (length < shortRun) {
    for (let i = 0; i < length; i++) to[target + i] = from[source + step * i] as never
    return
  }
  const first = step < 0 ? source - length + 1 : source
  to.set(from.subarray(first, first + length) as never, target)
  // A loop that reads down and writes up takes five times as long where both rows have the same place in their pages of memory.
  if (step < 0) to.subarray(target, target + length).reverse()
}

/** A plane whose input rows run along another axis than its output rows, in blocks. */
function copyAcross(
  from: Bits,
  to: Bits,
  columns: Int32Array,
  row: Int32Array,
  source: number,
  target: number,
  columnStride: number,
  blank: Blank,
): void {
  const whole = source >= 0 && row.every((offset) => offset >= 0) && columns.every((offset) => offset >= 0)
  for (let first = 0; first < columns.length; first += blockRows) {
    const last = Math.min(columns.length, first + blockRows)
    for (let i = 0; i < row.length; i++) {
      const base = source + row[i]
      const place = target + i
      if (whole) for (let j = first; j < last; j++) to[place + j * columnStride] = from[base + columns[j]] as never
      else
        for (let j = first; j < last; j++) {
          const exists = source >= 0 && row[i] >= 0 && columns[j] >= 0
          if (exists || blank !== null)
            to[place + j * columnStride] = (exists ? from[base + columns[j]] : blank) as never
        }
    }
  }
}
