// Large arrays that nobody holds any more, known without a collector: fresh memory and collecting cost as much as many a
// transform. See transforms/handover.ts for who knows.

import { uncleared, unclearedFloats, type DType, type TypedArray } from './dtype.ts'

/** Bytes of the arrays that are kept at most. */
const mostBytes = 128 * 2 ** 20
/** So many of one length: a step has few images at a time, and what nobody takes again is not to pile up. */
const mostAlike = 8
/** Smaller arrays are cheap. */
const least = 2 ** 14

const spare: Float32Array<ArrayBuffer>[] = []
let spareBytes = 0

/** An array for a result of which every element is going to be written; what is in it before means nothing. */
export function floatsToFill(length: number): Float32Array<ArrayBuffer> {
  const found = length < least ? -1 : spare.findIndex((array) => array.length === length)
  if (found < 0) return unclearedFloats(length)
  const [array] = spare.splice(found, 1)
  spareBytes -= array.byteLength
  return array
}

/** The same for elements of any type. */
export function arrayToFill(dtype: DType, length: number): TypedArray {
  return dtype === 'float32' ? floatsToFill(length) : uncleared(dtype, length)
}

/** Takes back an array that nobody else holds, nor a part of it. */
export function giveBack(array: Float32Array): void {
  const { buffer, byteLength } = array
  const whole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
  if (!whole || array.length < least || byteLength > mostBytes) return
  if (spare.filter(({ length }) => length === array.length).length >= mostAlike) return
  spare.push(new Float32Array(buffer))
  spareBytes += byteLength
  while (spareBytes > mostBytes) spareBytes -= spare.shift()!.byteLength
}
