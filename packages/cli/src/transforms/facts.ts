import { affine, isImage, isRecord, shown, toFloats, type Tensor, isTensorLike } from 'volvox'
import type { Trial } from './trial.ts'

/** What goes in and what comes out, as rows of a table: what it is, before, after. */
export function factRows({ before, after: [after], also }: Trial): string[][] {
  const several = Array.isArray(after) && after.length > 0 && after.every(isSample)
  const out: unknown = several ? after[0] : after
  const count = several ? [['samples', '', `${after.length}, of which the first:`]] : []
  const more = also.flatMap((one): readonly (readonly [string, unknown])[] =>
    isRecord(one) && !isTensorLike(one) ? Object.entries(one) : [['and', one]],
  )
  if (isSample(before) && isSample(out)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(out)])].filter((key) => key !== 'grid')
    const rows = keys.map((key) => [
      `\`${key}\``,
      key in before ? described(before[key]) : '',
      !(key in out) ? '' : out[key] === before[key] ? 'the same' : described(out[key]),
    ])
    return [...count, ...rows]
  }
  return [
    ...count,
    ['', described(before), out === before ? 'the same' : described(out)],
    ...metadataRow(before, out),
    ...more.map(([key, value]) => [key === 'and' ? key : `\`${key}\``, described(value), '']),
  ]
}

/** Keys of metadata that transforms read. */
const usual = new Set([
  'filename_or_obj',
  'affine',
  'original_affine',
  'spatial_shape',
  'space',
  'original_channel_dim',
])

/** What an image says about itself that it did not say before. */
function metadataRow(before: unknown, after: unknown): string[][] {
  if (!isImage(after)) return []
  const known = isImage(before) ? before.meta : {}
  const added = Object.entries(after.meta)
    .filter(([key, value]) => known[key] !== value)
    .sort(([a], [b]) => Number(usual.has(b)) - Number(usual.has(a)))
  if (added.length === 0) return []
  const shown = added.slice(0, 8).map(([key, value]) => `\`${key}\`: ${described(value)}`)
  const more = added.length > 8 ? [`and ${added.length - 8} more of the file's header`] : []
  return [['metadata', '', [...shown, ...more].join('<br>')]]
}

const isSample = (value: unknown): value is Readonly<Record<string, unknown>> => isRecord(value) && !isTensorLike(value)

/** A value in a few words: of images type, shape, range, size of voxels and what is pending. */
export function described(value: unknown): string {
  if (isTensorLike(value)) return describedTensor(value)
  if (Array.isArray(value) && value.length > 0 && value.every(isTensorLike)) return listOf(value)
  if (Array.isArray(value) && value.some(isTensorLike)) return value.map(described).join('<br>')
  if (isRecord(value) && Object.values(value).some((one) => isTensorLike(one) || isRecord(one) || Array.isArray(one)))
    return Object.entries(value)
      .slice(0, 6)
      .map(([key, one]) => `${key}: ${described(one)}`)
      .join('<br>')
  if (typeof value === 'function') return 'a function'
  return `\`${shown(value)}\``
}

function listOf(images: readonly Tensor[]): string {
  const shapes = new Set(images.map((one) => `[${one.shape.join(', ')}]`))
  return `${images.length} images: ${images[0].dtype} ${[...shapes].slice(0, 4).join(', ')}`
}

function describedTensor(value: Tensor): string {
  const { dtype, shape, data } = value
  if (data.length <= 12) return `${dtype} [${shape.join(', ')}]: ${Array.from(toFloats(dtype, data), short).join(', ')}`
  const { low, high } = extent(toFloats(dtype, data))
  const spacing = isImage(value) && shape.length >= 4 ? `, ${affine.spacingMm(value.affine, 3).map(short).join(' x ')} mm` : '' // prettier-ignore
  const pending = isImage(value) && value.pending?.length ? `, ${value.pending.length} pending` : ''
  return `${dtype} [${shape.join(', ')}], ${short(low)} to ${short(high)}${spacing}${pending}`
}

function extent(values: ArrayLike<number>): { readonly low: number; readonly high: number } {
  let [low, high] = [Infinity, -Infinity]
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i]
    if (values[i] > high) high = values[i]
  }
  return { low, high }
}

/** Four digits: more of them would depend on the machine's mathematical functions. */
function short(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)))
}
