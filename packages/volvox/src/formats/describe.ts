import { spacingMm, type Affine } from '../core/affine.ts'
import type { DType, TypedArray } from '../core/dtype.ts'
import { isImage, type Image } from '../core/image.ts'
import { axcodesOf } from '../core/orientation.ts'
import { isRecord } from '../core/json.ts'
import { keywordOf } from './dicom/tags.ts'
import type { Volume } from './format.ts'

/** What there is to know about an image; plain data that survives JSON. */
export interface Description {
  /** The name of the format, for images that were read from a file. */
  readonly format?: string
  /** Voxels along each spatial axis. */
  readonly size: readonly number[]
  /** Values for each voxel. */
  readonly channels: number
  readonly dtype: DType
  readonly spacingMm: readonly number[]
  /** The world direction of each axis, e.g. `RAS`; `?` for an axis that has none. */
  readonly orientation: string
  /** 4x4, row-major, to RAS+ millimetres. */
  readonly affine: Affine
  /** Over the finite values; null where there are none. */
  readonly min: number | null
  readonly max: number | null
  readonly mean: number | null
  readonly std: number | null
  /** Values that are NaN or infinite. */
  readonly nonFinite: number
  readonly histogram: Histogram | null
  /** The file's header fields, without what is said above. */
  readonly header: Readonly<Record<string, unknown>>
}

/** Counts of finite values in bins of equal width from `from` to `to`; each bin holds its lower edge, the last both. */
export interface Histogram {
  readonly from: number
  readonly to: number
  readonly counts: readonly number[]
}

const monaiKeys = new Set([
  'affine',
  'original_affine',
  'spatial_shape',
  'space',
  'original_channel_dim',
  'filename_or_obj',
  'format',
  'spacing',
])

/** The facts of an image or volume, with a histogram of `bins` bins. */
export function describe(subject: Image | Volume, bins = 32): Description {
  const { dtype, data, affine, meta } = subject
  const size = isImage(subject) ? subject.shape.slice(1) : subject.shape.slice(0, subject.spatialDims)
  const spatial = Math.min(size.length, 3)
  const voxels = size.reduce((product, n) => product * n, 1)
  const summary = summaryOf(data)
  return {
    ...(typeof meta.format === 'string' && { format: meta.format }),
    size,
    channels: voxels === 0 ? 0 : data.length / voxels,
    dtype,
    spacingMm: spacingMm(affine, spatial),
    orientation: axcodesOf(affine).slice(0, spatial).join(''),
    affine,
    ...summary,
    histogram: summary.min === null || summary.max === null ? null : histogramOf(data, summary.min, summary.max, bins),
    header: Object.fromEntries(
      Object.entries(meta)
        .map(readable)
        .filter(([key, value]) => !monaiKeys.has(key) && isPlain(value)),
    ),
  }
}

/** DICOM's attributes under their names, as `SliceThickness: 5`, and names of segments; everything else as it is. */
function readable([key, value]: [string, unknown]): [string, unknown] {
  if (key === 'labels' && isRecord(value))
    return ['segments', Object.entries(value).map(([name, n]) => `${String(n)}=${name}`)]
  if (!/^[0-9A-F]{8}$/.test(key) || !isRecord(value) || !Array.isArray(value.Value)) return [key, value]
  const values: readonly unknown[] = value.Value
  return [keywordOf(parseInt(key, 16)) ?? key, values.length === 1 ? values[0] : values]
}

function isPlain(value: unknown): boolean {
  return (
    ['number', 'string', 'boolean'].includes(typeof value) ||
    (Array.isArray(value) && value.every((item) => typeof item === 'number' || typeof item === 'string'))
  )
}

function summaryOf(data: TypedArray): Pick<Description, 'min' | 'max' | 'mean' | 'std' | 'nonFinite'> {
  let [min, max, count, mean, squares] = [Infinity, -Infinity, 0, 0, 0]
  visit(data, (x) => {
    if (!Number.isFinite(x)) return
    if (x < min) min = x
    if (x > max) max = x
    // Welford's update: stable where the mean is large beside the spread.
    const delta = x - mean
    mean += delta / ++count
    squares += delta * (x - mean)
  })
  const nonFinite = data.length - count
  return count === 0
    ? { min: null, max: null, mean: null, std: null, nonFinite }
    : { min, max, mean, std: Math.sqrt(squares / count), nonFinite }
}

function histogramOf(data: TypedArray, from: number, to: number, bins: number): Histogram {
  const counts = new Array<number>(bins).fill(0)
  const scale = to > from ? bins / (to - from) : 0
  visit(data, (x) => {
    if (Number.isFinite(x)) counts[Math.min(bins - 1, Math.floor((x - from) * scale))]++
  })
  return { from, to, counts }
}

/** Calls `use` with each value as a float64, block by block, which is fast for any type of array. */
function visit(data: TypedArray, use: (value: number) => void): void {
  const block = new Float64Array(Math.min(4096, data.length))
  for (let start = 0; start < data.length; start += 4096) {
    const piece = data.subarray(start, start + 4096)
    if (piece instanceof BigInt64Array || piece instanceof BigUint64Array)
      for (let i = 0; i < piece.length; i++) block[i] = Number(piece[i])
    else block.set(piece)
    for (let i = 0; i < piece.length; i++) use(block[i])
  }
}

/** A description as lines of text for a terminal, with the histogram drawn in block characters. */
export function describeText(d: Description): string {
  const rows: [label: string, value: string][] = [
    ...(d.format ? [['format', d.format] as [string, string]] : []),
    ['size', `${d.size.join(' x ')}${d.channels === 1 ? '' : `, ${d.channels} channels`}`],
    ['voxel type', d.dtype],
    ['spacing', `${d.spacingMm.map(short).join(' x ')} mm`],
    ['orientation', d.orientation],
    ...[0, 1, 2].map((row): [string, string] => [
      row === 0 ? 'to RAS mm' : '',
      `[${d.affine
        .slice(row * 4, row * 4 + 4)
        .map((x) => short(x).padStart(10))
        .join(' ')} ]`,
    ]),
    ['range', d.min === null || d.max === null ? 'no finite value' : `${short(d.min)} to ${short(d.max)}`],
    ...(d.mean === null || d.std === null
      ? []
      : [['mean', `${short(d.mean)}, standard deviation ${short(d.std)}`] as [string, string]]),
    ['not finite', d.nonFinite === 0 ? 'none' : `${d.nonFinite} values are NaN or infinite`],
    ...(d.histogram ? [['histogram', bars(d.histogram.counts)] as [string, string]] : []),
  ]
  const header = Object.entries(d.header).filter(([, value]) => value !== '' && value !== 0)
  const width = Math.max(...rows.map(([label]) => label.length), ...header.map(([key]) => key.length + 2))
  const line = ([label, value]: [string, string]): string => `${label.padEnd(width)}  ${value}`
  const fields = header.map(([key, value]): [string, string] => [
    `  ${key}`,
    Array.isArray(value) ? value.map(shortOrText).join(' ') : shortOrText(value),
  ])
  return [
    ...rows.map(line),
    ...(header.length > 0 ? ['header (fields that are 0 or empty left out)', ...fields.map(line)] : []),
  ].join('\n')
}

/** Heights by the logarithm of the counts, so that background does not hide the rest; an empty bin is a blank. */
function bars(counts: readonly number[]): string {
  const most = Math.log1p(Math.max(...counts))
  return counts
    .map((count) => (count === 0 ? ' ' : '▁▂▃▄▅▆▇█'[Math.min(7, Math.floor((Math.log1p(count) / most) * 8))]))
    .join('')
}

function short(x: number): string {
  return String(Number(x.toPrecision(6)) + 0)
}

function shortOrText(value: unknown): string {
  return typeof value === 'number' ? short(value) : String(value)
}
