import type { DType } from '../core/dtype.ts'
import { OptionError } from '../core/errors.ts'
import type { MersenneTwister } from './mt19937.ts'

/** Element types that `randint` draws; they differ in how many random bits a draw uses up. */
export type IntegerType = Extract<
  DType,
  'bool' | 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'uint64'
>

/** Uniform whole numbers from `low` to `low + span` inclusive, by masking and rejection as NumPy's legacy generator draws them. */
export function boundedIntegers(bits: MersenneTwister, low: number, span: number, type: IntegerType): () => number {
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(span) || span < 0)
    throw new OptionError('RandomState.randint', `no whole numbers from ${low} up to ${low + span}; give low < high`)
  if (span === 0) return () => low
  const draw = masked(wordSource(bits, type), span)
  return () => low + draw()
}

/** One uniform whole number from 0 to `max` inclusive; what shuffles use. */
export function randomInterval(bits: MersenneTwister, max: number): number {
  const mask = maskOf(max)
  let value: number
  do value = (bits.nextUint32() & mask) >>> 0
  while (value > max)
  return value
}

function masked(next: WordSource, span: number): () => number {
  if (span > 0xffffffff) return wide(next, span)
  const mask = maskOf(span)
  return () => {
    let value: number
    do value = (next() & mask) >>> 0
    while (value > span)
    return value
  }
}

/** Spans beyond 32 bits: the high word is drawn first. */
function wide(next: WordSource, span: number): () => number {
  const mask = maskOf(Math.floor(span / 0x100000000))
  return () => {
    let value: number
    do value = ((next() & mask) >>> 0) * 0x100000000 + next()
    while (value > span)
    return value
  }
}

type WordSource = () => number

/** Narrow types share a 32-bit word between the draws of one call: 4 bytes, 2 shorts or 32 booleans. */
function wordSource(bits: MersenneTwister, type: IntegerType): WordSource {
  const width = type === 'bool' ? 1 : type.endsWith('int8') ? 8 : type.endsWith('int16') ? 16 : 32
  if (width === 32) return () => bits.nextUint32()
  const low = 2 ** width - 1
  let word = 0
  let left = 0
  return () => {
    if (left === 0) {
      word = bits.nextUint32()
      left = 32 / width
    } else word >>>= width
    left--
    return word & low
  }
}

/** The smallest 2ⁿ-1 that covers `max`. */
function maskOf(max: number): number {
  return max === 0 ? 0 : 0xffffffff >>> Math.clz32(max)
}
