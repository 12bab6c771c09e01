import { unclearedFloats } from '../core/dtype.ts'
import type { Image } from '../core/image.ts'

// Inside of a pipeline an image is changed in place where nobody can tell: where its array was made by the step before, for
// that step's result alone, and the present step is the only one to see it. Fresh memory, and collecting what it leaves, costs
// as much as an intensity step itself. Both steps have to say that they take part (`Definition.handsOver`): what a user's own
// function has seen, or may keep, is never written to.

type Arrays = Set<Float32Array>

/** Of the step that runs, when it takes part: what it may write to, and what it made. */
let current: { readonly left: Arrays; readonly made: Arrays } | null = null

/** Runs a step that takes part, with the arrays that the step before made, or one that does not; gives what it made. */
export function runHandingOver<T>(takesPart: boolean, left: Arrays, step: () => T): readonly [result: T, made: Arrays] {
  const outer = current
  current = takesPart ? { left, made: new Set() } : null
  try {
    return [step(), current?.made ?? new Set()]
  } finally {
    current = outer
  }
}

/** Where the float32 result for an image may be written: its own array if nobody else sees it, else a new one. */
export function resultArray(img: Image): Float32Array {
  const own = takenOver(img)
  const out = own ?? unclearedFloats(img.data.length)
  current?.made.add(out)
  return out
}

function takenOver({ dtype, data }: Image): Float32Array | null {
  return dtype === 'float32' && data instanceof Float32Array && current?.left.delete(data) ? data : null
}
