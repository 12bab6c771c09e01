import { bytesIn, type TypedArray } from '../core/dtype.ts'
import { ShapeError, OptionError } from '../core/errors.ts'
import { sizeOf } from '../core/tensor.ts'
import { withScratch, type Scratch } from './runtime.ts'
import { kernelThreads } from './threads.ts'

/** Numbered connected components of a mask. */
export interface Components {
  /** 0 outside of the mask, else the component's number from 1, in the order of their first voxels. */
  readonly labels: Int32Array
  readonly count: number
  /** Voxels of components 1, 2, ... */
  readonly sizes: Int32Array
}

/** The stretches of voxels along the last axis that a mask consists of, in scan order, and their components. */
export interface Runs {
  /** First element of each run, and the one after its last. */
  readonly begins: Int32Array
  readonly ends: Int32Array
  /** Number of each run's component, from 1, in the order of their first voxels. */
  readonly components: Int32Array
  readonly count: number
  /** Voxels of components 1, 2, ... */
  readonly sizes: Int32Array
}

/** A neighbour that comes before a voxel in C order: a step along each axis. */
type Step = readonly number[]

/**
 * The connected components of the non-zero elements of `mask`, up to 4 axes. Voxels are neighbours when they differ by
 * one step along at most `connectivity` axes (1: faces, the number of axes: corners as well; the default).
 */
export function labelComponents(
  mask: Uint8Array,
  shape: readonly number[],
  connectivity: number = shape.length,
): Components {
  const { begins, ends, components, count, sizes } = componentRuns(mask, shape, connectivity)
  const labels = new Int32Array(mask.length)
  components.forEach((component, run) => labels.fill(component, begins[run], ends[run]))
  return { labels, count, sizes }
}

/** The same of the elements above 0, by runs: cheaper than a label for each voxel. */
export function componentRuns(
  mask: Uint8Array | Float32Array,
  shape: readonly number[],
  connectivity: number = shape.length,
): Runs {
  return withRuns(mask, shape, connectivity, 0, (scratch, { firsts, runs, links, sizes, count, rows, length }) => {
    const places = scratch.ints(firsts, 2 * rows)
    const most = rows > 0 ? places[2 * rows - 1] : 0
    const [pairs, numbers] = [scratch.ints(runs, 2 * most), scratch.ints(links, most)]
    let found = 0
    for (let row = 0; row < rows; row++) found += places[2 * row + 1] - places[2 * row]
    const [begins, ends, components] = [new Int32Array(found), new Int32Array(found), new Int32Array(found)]
    for (let row = 0, at = 0; row < rows; row++)
      for (let run = places[2 * row]; run < places[2 * row + 1]; run++, at++) {
        begins[at] = row * length + pairs[2 * run]
        ends[at] = row * length + pairs[2 * run + 1]
        components[at] = numbers[run]
      }
    return { begins, ends, components, count, sizes: scratch.ints(sizes, count).slice() }
  })
}

/** Elements before and after components were taken out; `from` and `to` may be the same array. */
export interface Cleared {
  readonly from: TypedArray
  readonly to: TypedArray
}

/**
 * Sets to 0 what lies in those components of the elements of `mask` above 0 that `keeps` does not name by their numbers; it is
 * given their sizes. Every pair has an element for each of the mask. This thread does `meanwhile` while others begin.
 */
export function clearComponents(
  mask: Uint8Array | Float32Array,
  shape: readonly number[],
  connectivity: number,
  keeps: (sizes: Int32Array) => ReadonlySet<number>,
  pairs: readonly Cleared[],
  meanwhile?: () => void,
): void {
  const widest = pairs.reduce((most, { from }) => Math.max(most, from.byteLength), 0)
  withRuns(
    mask,
    shape,
    connectivity,
    widest,
    (scratch, { source, firsts, runs, links, sizes, count, rows, length }) => {
      const kept = keeps(scratch.ints(sizes, count))
      const cleared = scratch.put(Uint8Array.from({ length: count }, (_, i) => (kept.has(i + 1) ? 0 : 1)))
      const place = scratch.take(widest)
      for (const { from, to } of pairs) {
        const at = sameMemory(from, mask) ? source : place
        const elements = scratch.bytes(at, from.byteLength)
        if (at === place) elements.set(bytesIn(from))
        scratch.overRows('clearRuns', [at, from.BYTES_PER_ELEMENT, firsts, runs, links, cleared, length], 0, rows)
        bytesIn(to).set(elements)
      }
    },
    meanwhile,
  )
}

function sameMemory(a: TypedArray, b: TypedArray): boolean {
  return a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.byteLength === b.byteLength
}

/** Runs in kernel memory: addresses, and how many there are. */
interface RunsInside {
  /** The mask. */
  readonly source: number
  readonly rows: number
  readonly length: number
  readonly firsts: number
  readonly runs: number
  readonly links: number
  readonly sizes: number
  readonly count: number
}

/** Finds the components of a mask and lets `use` look at their runs where they are, with `more` bytes to spare. */
function withRuns<T>(
  mask: Uint8Array | Float32Array,
  shape: readonly number[],
  connectivity: number,
  more: number,
  use: (scratch: Scratch, runs: RunsInside) => T,
  meanwhile?: () => void,
): T {
  check(mask, shape, connectivity)
  const length = shape[shape.length - 1]
  const rows = mask.length / (length || 1)
  const [d0, d1, d2] = [...new Array<number>(4 - shape.length).fill(1), ...shape.slice(0, -1)]
  const steps = precedingRows(shape.length - 1, connectivity)
  const most = rows * Math.ceil(length / 2)
  const bytes = mask.byteLength + 16 * most + 8 * rows + 16 * steps.length + 256 + more
  return withScratch('labelComponents', bytes, (scratch) => {
    const { kernels } = scratch
    const source = scratch.put(mask)
    scratch.take(64) // the kernel reads a little beyond the mask
    const [firsts, runs] = [scratch.take(8 * rows), scratch.take(8 * most)]
    const [links, sizes] = [scratch.take(4 * most), scratch.take(4 * most)]
    const slab = Math.ceil(rows / Math.max(1, Math.min(rows, mask.length < leastShared ? 1 : 4 * kernelThreads())))
    const neighbours = [d0, d1, d2, scratch.put(Int32Array.from(steps.flat())), steps.length] as const
    const runArgs = [source, mask.BYTES_PER_ELEMENT, length, firsts, runs, links, rows, slab, ...neighbours]
    scratch.overRows('findRuns', runArgs, 0, Math.ceil(rows / (slab || 1)), meanwhile)
    const reach = Math.max(0, ...steps.map(([a, b, c]) => -((a * d1 + b) * d2 + c)))
    kernels.joinSlabs(firsts, runs, links, rows, slab, ...neighbours, reach)
    const count = kernels.numberRuns(firsts, runs, links, sizes, rows)
    return use(scratch, { source, rows, length, firsts, runs, links, sizes, count })
  })
}

/** Masks of fewer elements are not worth the call of a thread. */
const leastShared = 2 ** 16

/** Steps along three axes of rows to the rows before that are neighbours, and whether their corners count. */
function precedingRows(axes: number, connectivity: number): number[][] {
  return precedingSteps(axes, Math.min(axes, connectivity)).map((step) => {
    const used = step.reduce((sum, s) => sum + Math.abs(s), 0)
    return [...new Array<number>(3 - axes).fill(0), ...step, used < connectivity ? 1 : 0]
  })
}

function check(mask: Uint8Array | Float32Array, shape: readonly number[], connectivity: number): void {
  const rank = shape.length
  if (rank < 1 || rank > 4)
    throw new ShapeError('labelComponents', `the mask has ${rank} axes; components are found in 1 to 4`)
  if (sizeOf(shape) !== mask.length)
    throw new ShapeError('labelComponents', `${mask.length} voxels do not fill [${shape.join(', ')}]`)
  if (!Number.isInteger(connectivity) || connectivity < 1 || connectivity > rank)
    throw new OptionError('labelComponents.connectivity', `${connectivity} does not fit ${rank} axes; use 1 to ${rank}`)
}

/** Steps to the neighbours that come earlier in C order. */
export function precedingSteps(rank: number, connectivity: number): Step[] {
  const steps = Array.from({ length: 3 ** rank }, (_, code) =>
    Array.from({ length: rank }, (_, axis) => (Math.floor(code / 3 ** (rank - 1 - axis)) % 3) - 1),
  )
  return steps
    .slice(0, (3 ** rank - 1) / 2) // codes below the middle one step backwards along their first non-zero axis
    .filter((step) => step.reduce((sum, s) => sum + Math.abs(s), 0) <= connectivity)
}
