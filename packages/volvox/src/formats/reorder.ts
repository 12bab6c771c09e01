import { bytesOf, type DType, type TypedArray } from '../core/dtype.ts'
import { sizeOf } from '../core/tensor.ts'

/** Where voxels lie in an array: element `start + sum(index * strides)`. */
export interface Layout {
  readonly start: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

/** Copies voxels into `out` in C order of the shape, as bits. */
export function reorder(dtype: DType, source: TypedArray, layout: Layout, out: TypedArray): void {
  const size = bytesOf(dtype)
  // Views by element size keep the loops to three kinds of array, which JavaScript engines can still specialise.
  const words = size === 8 ? 2 : 1
  const Words: WordsConstructor = size === 1 ? Uint8Array : size === 2 ? Uint16Array : Uint32Array
  const from = new Words(source.buffer, source.byteOffset, source.length * words)
  const to = new Words(out.buffer, out.byteOffset, out.length * words)
  visitStrips(layout, words, (i, o, strip) => (words === 1 ? moveStrip : movePairs)(from, i, to, o, strip))
}

/** Steps of an array whose first axis runs fastest (Fortran order), as NIfTI and MetaImage store voxels. */
export function firstFastest(shape: readonly number[], step = 1): number[] {
  return shape.map((_, i) => step * sizeOf(shape.slice(0, i)))
}

/** Such an array whose elements have several components, side by side: they become a last axis. */
export function firstFastestLayout(shape: readonly number[], components = 1): Layout {
  const strides = firstFastest(shape, components)
  if (components === 1) return { start: 0, shape, strides }
  return { start: 0, shape: [...shape, components], strides: [...strides, 1] }
}

/** Up to `stripWidth` voxels along the target's fastest axis by up to `stripRows` along the source's fastest axis. */
interface Strip {
  rows: number
  columns: number
  readonly rowFrom: number
  readonly columnFrom: number
  readonly rowTo: number
  readonly columnTo: number
}

/**
 * The shape of a strip. Its source is 8 pieces of cache lines, its target 32: few enough to stay in the first-level
 * cache even where steps of a power of two map them all to the same set. Measured against squares of 16 to 64.
 */
const stripWidth = 8
const stripRows = 32

interface Axis {
  readonly size: number
  readonly from: number
  readonly to: number
}

function visitStrips(layout: Layout, words: number, visit: (from: number, to: number, strip: Strip) => void): void {
  const steps = layout.shape.map((_, i) => words * sizeOf(layout.shape.slice(i + 1)))
  const axes = layout.shape
    .map((size, i): Axis => ({ size, from: layout.strides[i] * words, to: steps[i] }))
    .filter((axis) => axis.size !== 1)
  if (axes.some((axis) => axis.size === 0)) return
  const columns = axes.pop() ?? { size: 1, from: words, to: words }
  const fastest = axes.reduce((best, axis, i) => (axis.from < axes[best].from ? i : best), 0)
  const rows = axes.splice(fastest, 1)[0] ?? { size: 1, from: 0, to: 0 }
  const strip = {
    rows: 0,
    columns: 0,
    rowFrom: rows.from,
    columnFrom: columns.from,
    rowTo: rows.to,
    columnTo: columns.to,
  }
  walk(axes, layout.start * words, 0, (from, to) => {
    for (let r = 0; r < rows.size; r += stripRows)
      for (let c = 0; c < columns.size; c += stripWidth) {
        strip.rows = Math.min(stripRows, rows.size - r)
        strip.columns = Math.min(stripWidth, columns.size - c)
        visit(from + r * rows.from + c * columns.from, to + r * rows.to + c * columns.to, strip)
      }
  })
}

/** Calls `visit` with the source and target offset of every index of `axes`. */
function walk(axes: readonly Axis[], from: number, to: number, visit: (from: number, to: number) => void): void {
  const [axis, ...rest] = axes
  if (!axis) visit(from, to)
  else for (let i = 0; i < axis.size; i++) walk(rest, from + i * axis.from, to + i * axis.to, visit)
}

type Words = Uint8Array | Uint16Array | Uint32Array
type WordsConstructor = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => Words

function moveStrip(from: Words, fromStart: number, to: Words, toStart: number, strip: Strip): void {
  const { rows, columns, rowFrom, rowTo, columnFrom: s } = strip
  for (let r = 0; r < rows; r++) {
    const i = fromStart + r * rowFrom
    const o = toStart + r * rowTo
    if (columns === stripWidth) {
      // All loads before all stores: the compiler cannot know that the arrays do not overlap.
      const a = from[i]
      const b = from[i + s]
      const c = from[i + 2 * s]
      const d = from[i + 3 * s]
      const e = from[i + 4 * s]
      const f = from[i + 5 * s]
      const g = from[i + 6 * s]
      const h = from[i + 7 * s]
      to[o] = a
      to[o + 1] = b
      to[o + 2] = c
      to[o + 3] = d
      to[o + 4] = e
      to[o + 5] = f
      to[o + 6] = g
      to[o + 7] = h
    } else for (let c = 0; c < columns; c++) to[o + c] = from[i + c * s]
  }
}

function movePairs(from: Words, fromStart: number, to: Words, toStart: number, strip: Strip): void {
  const { rows, columns, rowFrom, rowTo, columnFrom } = strip
  for (let r = 0; r < rows; r++) {
    let i = fromStart + r * rowFrom
    let o = toStart + r * rowTo
    for (let c = 0; c < columns; c++, i += columnFrom, o += 2) {
      to[o] = from[i]
      to[o + 1] = from[i + 1]
    }
  }
}
