import type { toFloats } from '../core/convert.ts'
import { roundsOf } from './rounds.ts'
import { withOwnScratch, type Scratch } from './runtime.ts'

/** Values of one round: little enough to stay in the processor's cache. */
const chunk = 1 << 16

type Numbers = ReturnType<typeof toFloats>

/** Sets `marks` to `mark` where a value is above the threshold. */
export function markAbove(values: Numbers, threshold: number, mark: number, marks: Uint8Array): void {
  if (!(values instanceof Float32Array)) {
    for (let i = 0; i < marks.length; i++) if (values[i] > threshold) marks[i] = mark
  } else
    marking(values, marks, ({ kernels }, from, to, length) => kernels.markAbove(from, threshold, mark, to, 0, length))
}

/** The same where a value is at most the threshold, which NaN is not. */
export function markUpTo(values: Numbers, threshold: number, mark: number, marks: Uint8Array): void {
  if (!(values instanceof Float32Array)) {
    for (let i = 0; i < marks.length; i++) if (values[i] <= threshold) marks[i] = mark
  } else
    marking(values, marks, ({ kernels }, from, to, length) => kernels.markUpTo(from, threshold, mark, to, 0, length))
}

/** Sets `marks` to `mark` where a value is not 0. */
export function markOthers(values: Numbers, mark: number, marks: Uint8Array): void {
  if (!(values instanceof Float32Array)) {
    for (let i = 0; i < marks.length; i++) if (values[i] !== 0) marks[i] = mark
  } else marking(values, marks, ({ kernels }, from, to, length) => kernels.markOthers(from, mark, to, 0, length))
}

function marking(
  values: Float32Array,
  marks: Uint8Array,
  change: (scratch: Scratch, from: number, to: number, length: number) => void,
): void {
  withOwnScratch('marks', 5 * chunk + 64, (scratch) => {
    const { place, each } = roundsOf(scratch, values, chunk)
    const to = scratch.take(chunk)
    each((length, at) => {
      const marked = scratch.bytes(to, length)
      marked.set(marks.subarray(at, at + length))
      change(scratch, place, to, length)
      marks.set(marked, at)
    })
  })
}

/** How often each of the wanted marks is among each `block` of them. */
export function countMarks(marks: Uint8Array, block: number, wanted: readonly number[]): Int32Array[] {
  const counts = wanted.map(() => new Int32Array(Math.ceil(marks.length / block)))
  withOwnScratch('marks', block + 64, (scratch) => {
    const place = scratch.take(block)
    for (let i = 0; i * block < marks.length; i++) {
      const part = marks.subarray(i * block, (i + 1) * block)
      scratch.bytes(place, part.length).set(part)
      wanted.forEach((mark, which) => {
        counts[which][i] = scratch.kernels.countMarks(place, mark, 0, part.length)
      })
    }
  })
  return counts
}

/** Of each row of `length` values the first that is above the threshold and the one after the last; 0 and 0 where none is. */
export function rowsAbove(values: Float32Array, length: number, threshold: number): Int32Array {
  const rows = values.length / length
  const together = Math.max(1, Math.floor(chunk / length))
  const ends = new Int32Array(2 * rows)
  withOwnScratch('rows', together * (4 * length + 8) + 64, (scratch) => {
    const [from, to] = [scratch.take(4 * together * length), scratch.take(8 * together)]
    for (let row = 0; row < rows; row += together) {
      const count = Math.min(together, rows - row)
      scratch.floats(from, count * length).set(values.subarray(row * length, (row + count) * length))
      scratch.kernels.rowsAbove(from, length, threshold, to, 0, count)
      ends.set(scratch.ints(to, 2 * count), 2 * row)
    }
  })
  return ends
}
