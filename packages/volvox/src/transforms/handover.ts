import { isImage, type Image } from '../core/image.ts'
import { floatsToFill, giveBack } from '../core/spareFloats.ts'
import { storedVoxels, type StoredVoxels } from '../core/stored.ts'

// Inside of a pipeline an image is changed in place where nobody can tell: where its array was made by a step before, no other
// image has it, and the present step is the only one to see it. Fresh memory, and collecting what it leaves, costs as much as
// an intensity step itself. All steps since then have to say that they take part (`Definition.handsOver`): what a user's own
// function has seen, or may keep, is never written to.

/** Memory that the arrays of several images lie in: it is used again once none of them is left, and not written to before. */
interface Shared {
  readonly memory: Float32Array
}

/** An array, what is stored of an image that nobody has looked at (the array that is made of it then), or memory of several. */
type Handed = Float32Array | StoredVoxels | Shared
type Arrays = Set<Handed>

/** What tells whether a step takes part; functions of the user have nothing of it. */
interface Step {
  readonly kind?: string
  readonly handsOver?: boolean
  readonly definition?: { readonly handsOver?: boolean }
}

/** Whether a step reads images for its result only, and keeps none. */
export function takesPart(step: object): boolean {
  const { kind, handsOver, definition }: Step = step
  return kind === 'sample' ? handsOver === true : kind === 'image' && definition?.handsOver === true
}

/** Of the step that runs, when it takes part: what it may write to, and what else it made. */
let current: { readonly left: Arrays; readonly made: Arrays } | null = null

/** Runs a step that takes part, with the arrays that are left to it, or one that does not; gives what is left to the next one. */
export function runHandingOver<T>(takesPart: boolean, left: Arrays, step: () => T): readonly [result: T, left: Arrays] {
  const outer = current
  const own = takesPart ? { left, made: new Set() as Arrays } : null
  current = own
  try {
    const result = step()
    return [result, own ? heldOnce(result, new Set([...own.left, ...own.made])) : new Set()]
  } finally {
    current = outer
  }
}

/** Those of the arrays that one image of a result has, and no other; those that none has are given back. */
function heldOnce(result: unknown, arrays: Arrays): Arrays {
  const once: Arrays = new Set()
  if (arrays.size === 0) return once
  const holders = new Map<object, number>()
  const visit = (value: unknown, depth: number): void => {
    if (isImage(value)) {
      const memory = storedVoxels(value) ?? value.data.buffer
      holders.set(memory, (holders.get(memory) ?? 0) + 1)
    } else if (ArrayBuffer.isView(value)) holders.set(value.buffer, 2)
    else if (Array.isArray(value)) value.forEach((one) => visit(one, depth))
    else if (depth === 0 && typeof value === 'object' && value !== null)
      Object.values(value).forEach((one) => visit(one, 1))
  }
  visit(result, 0) // samples hold their images themselves
  const idle = new Set<Float32Array>()
  for (const handed of arrays) {
    const count = memoriesOf(handed).reduce((sum, memory) => sum + (holders.get(memory) ?? 0), 0)
    const array = arrayOf(handed)
    if (count === 0 && array) idle.add(array)
    if (count === 1 || (count > 0 && 'memory' in handed)) once.add(handed)
  }
  idle.forEach(giveBack)
  return once
}

/** What images may be known by that have these voxels. */
function memoriesOf(handed: Handed): object[] {
  const array = arrayOf(handed)
  const buffers = array ? [array.buffer] : []
  return handed instanceof Float32Array || 'memory' in handed ? buffers : [handed, ...buffers]
}

function arrayOf(handed: Handed): Float32Array | undefined {
  if (handed instanceof Float32Array) return handed
  return 'memory' in handed ? handed.memory : handed.made
}

/** What `make` gives; arrays that were handed over to it, and that its result does not have, are used again. */
export function usedUp<T>(make: () => T): T {
  return runHandingOver(true, new Set(), make)[0]
}

/** Says that the step made an array for its result alone, an image with what is stored of it, or several in some memory. */
export function handOver(made: Handed): void {
  current?.made.add(made)
}

/** Runs what writes to none of the arrays that are left to the step: the step may look at its image once more. */
export function overwritingNothing<T>(run: () => T): T {
  const outer = current
  current = outer && { left: new Set(), made: outer.made }
  try {
    return run()
  } finally {
    current = outer
  }
}

/** Whether the step may write to the voxels of an image, which then stay its own. */
export function mayOverwrite({ data }: Image): boolean {
  return data instanceof Float32Array && ownOf(data) !== undefined
}

/** An array among what is left, as such or as what it was made from. */
function ownOf(data: Float32Array): Handed | undefined {
  if (!current) return undefined
  return current.left.has(data) ? data : [...current.left].find((one) => 'made' in one && one.made === data)
}

/** Where the float32 result for an image may be written: its own array if nobody else sees it, else a new one. */
export function resultArray(img: Image): Float32Array {
  const own = takenOver(img)
  const out = own ?? floatsToFill(img.data.length)
  current?.made.add(out)
  return out
}

function takenOver({ dtype, data }: Image): Float32Array | null {
  const own = dtype === 'float32' && data instanceof Float32Array ? ownOf(data) : undefined
  if (!own) return null
  current?.left.delete(own)
  return data as Float32Array // as it was seen to be
}
