import { isTensorLike } from '../../core/tensor.ts'
import { isRecord } from '../../core/json.ts'
import { toFloats } from '../../core/convert.ts'
import { DataError, shown } from '../../core/errors.ts'
import { isImage, type Meta } from '../../core/image.ts'
import { valueAt, type Sample } from '../sample.ts'

/** Entries by name: what is neither a list nor an image. */
export function recordAt(name: string, sample: Sample, key: string): Readonly<Record<string, unknown>> {
  const value = valueAt(name, sample, key)
  if (hasEntries(value)) return value
  throw new DataError(name, `"${key}" holds ${shown(value)}; it must hold values by name`)
}

function hasEntries(value: unknown): value is Readonly<Record<string, unknown>> {
  return isRecord(value) && !ArrayBuffer.isView(value)
}

/** Class numbers by name, e.g. `{ spleen: 1, background: 0 }`. */
export function classNumbersAt(name: string, sample: Sample, key: string): Readonly<Record<string, number>> {
  const record = recordAt(name, sample, key)
  for (const [label, value] of Object.entries(record))
    if (typeof value !== 'number')
      throw new DataError(name, `"${label}" of "${key}" is ${shown(value)}; it must be a class number`)
  return record as Readonly<Record<string, number>> // just checked
}

/** A single number. */
export function numberAt(name: string, sample: Sample, key: string): number {
  return asNumber(name, key, valueAt(name, sample, key))
}

export function asNumber(name: string, key: string, value: unknown): number {
  const [first, ...rest] = typeof value === 'number' ? [value] : rowOf(value)
  if (first === undefined || rest.length > 0 || Number.isNaN(first))
    throw new DataError(name, `"${key}" holds ${shown(value)}; it must hold one number`)
  return first
}

/** A list of numbers, an array, or a tensor as a list; NaN for what is no number. */
export function rowOf(value: unknown): number[] {
  if (Array.isArray(value)) return value.flat(Infinity).map((x) => (typeof x === 'number' ? x : NaN))
  if (isTensorLike(value)) return Array.from(toFloats(value.dtype, value.data))
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return Array.from(value as unknown as ArrayLike<number | bigint>, Number)
  return [NaN]
}

/** Rows of numbers, from nested lists, a JSON text of them, or a tensor of two axes. */
export function rowsOf(name: string, key: string, value: unknown): number[][] {
  const given = typeof value === 'string' ? parsed(name, key, value) : value
  const rows = isTensorLike(given)
    ? Array.from({ length: given.shape[0] }, (_, i) => {
        const width = given.data.length / given.shape[0]
        return rowOf(given).slice(i * width, (i + 1) * width)
      })
    : Array.isArray(given)
      ? given.map(rowOf)
      : null
  if (!rows || rows.some((row) => row.some(Number.isNaN)))
    throw new DataError(name, `"${key}" holds ${shown(value)}; it must hold a list of points, each a list of numbers`)
  return rows
}

/** Groups of points, e.g. positive and negative clicks. */
export function groupsOf(name: string, key: string, value: unknown): number[][][] {
  const given = typeof value === 'string' ? parsed(name, key, value) : value
  if (isTensorLike(given)) {
    const [groups, points] = given.shape
    const width = given.data.length / (groups * points)
    const at = (g: number, p: number) => rowOf(given).slice((g * points + p) * width, (g * points + p + 1) * width)
    return Array.from({ length: groups }, (_, g) => Array.from({ length: points }, (_, p) => at(g, p)))
  }
  if (!Array.isArray(given))
    throw new DataError(name, `"${key}" holds ${shown(value)}; it must hold lists of points, positive and negative`)
  return given.map((group) => rowsOf(name, key, group))
}

function parsed(name: string, key: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new DataError(name, `"${key}" holds the text ${shown(text)}; it must be points in JSON`)
  }
}

/** Where the facts of an image are: an entry of their own as MONAI once had, or in the image. */
export interface MetaPlace {
  readonly imageKey: string
  /** Key of the entry; made of the image's key and `postfix` when null. */
  readonly metaKey: string | null
  readonly postfix: string
}

/** Facts about an image, from the entry for them, or from the image itself. */
export function metaAt(name: string, sample: Sample, { imageKey, metaKey, postfix }: MetaPlace): Meta {
  const key = metaKey ?? `${imageKey}_${postfix}`
  if (key in sample) return recordAt(name, sample, key)
  const image = sample[imageKey]
  if (isImage(image)) return image.meta
  throw new DataError(name, `neither "${key}" nor an image "${imageKey}" is in the sample; one must tell of the image`)
}

/** The sample with further facts about an image, where they are kept. */
export function withMeta(sample: Sample, { imageKey, metaKey, postfix }: MetaPlace, facts: Meta): Sample {
  const key = metaKey ?? `${imageKey}_${postfix}`
  if (hasEntries(sample[key])) return { ...sample, [key]: { ...sample[key], ...facts } }
  const image = sample[imageKey]
  return isImage(image) ? { ...sample, [imageKey]: { ...image, meta: { ...image.meta, ...facts } } } : sample
}

/** A fact that is a list of numbers. */
export function factAt(name: string, meta: Meta, fact: string): number[] {
  const row = rowOf(meta[fact])
  if (!(fact in meta) || row.some(Number.isNaN))
    throw new DataError(name, `"${fact}" of the image's facts is ${shown(meta[fact])}; it must be a list of numbers`)
  return row
}
