import { isImage, type Image } from '../core/image.ts'
import { floatsToFill, giveBack } from '../core/spareFloats.ts'
import { storedVoxels } from '../core/stored.ts'

// Inside of a pipeline an image is changed in place where nobody can tell: where its array was made by a step before, no other
// image has it, and the present step is the only one to see it. Fresh memory, and collecting what it leaves, costs as much as
// an intensity step itself. All steps since then have to say that they take part (`Definition.handsOver`): what a user's own
// function has seen, or may keep, is never written to.

type Arrays = Set<Float32Array>

/** Of the step that runs, when it takes part: what it may write to, and what else it made. */
let current: { readonly left: Arrays; readonly made: Arrays } | null = null

/** Runs a step that takes part, with the arrays that are left to it, or one that does not; gives what is left to the next one. */
export function runHandingOver<T>(takesPart: boolean, left: Arrays, step: () => T): readonly [result: T, left: Arrays] {
  const outer = current
  const own = takesPart ? { left, made: new Set<Float32Array>() } : null
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
  const holders = new Map<ArrayBufferLike, number>()
  const visit = (value: unknown, depth: number): void => {
    if (isImage(value)) {
      if (!storedVoxels(value)) holders.set(value.data.buffer, (holders.get(value.data.buffer) ?? 0) + 1)
    } else if (ArrayBuffer.isView(value)) holders.set(value.buffer, 2)
    else if (Array.isArray(value)) value.forEach((one) => visit(one, depth))
    else if (depth === 0 && typeof value === 'object' && value !== null)
      Object.values(value).forEach((one) => visit(one, 1))
  }
  visit(result, 0) // samples hold their images themselves
  for (const array of arrays) {
    const count = holders.get(array.buffer) ?? 0
    if (count === 0) giveBack(array)
    if (count === 1) once.add(array)
  }
  return once
}

/** Says that the step made an array for its result alone. */
export function handOver(made: Float32Array): void {
  current?.made.add(made)
}

/** Whether the step may write to the voxels of an image, which then stay its own. */
export function mayOverwrite({ data }: Image): boolean {
  return data instanceof Float32Array && current?.left.has(data) === true
}

/** Where the float32 result for an image may be written: its own array if nobody else sees it, else a new one. */
export function resultArray(img: Image): Float32Array {
  const own = takenOver(img)
  const out = own ?? floatsToFill(img.data.length)
  current?.made.add(out)
  return out
}

function takenOver({ dtype, data }: Image): Float32Array | null {
  return dtype === 'float32' && data instanceof Float32Array && current?.left.delete(data) ? data : null
}
