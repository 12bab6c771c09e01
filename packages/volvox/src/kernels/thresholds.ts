import { OptionError } from '../core/errors.ts'
import { histogram, type Histogram } from './histogram.ts'
import { extent, statistics } from './pointwise.ts'

/** Values of an image, and whether they are whole numbers, whose histogram has a bin for each. */
export interface ThresholdValues {
  readonly data: Float32Array
  readonly wholeNumbers: boolean
}

/** Ways to find a threshold between dark and bright values, by scikit-image's names (`threshold_otsu`, ...). */
export const thresholdMethods: Readonly<Record<string, (values: ThresholdValues) => number>> = {
  otsu: unlessConstant(otsu),
  yen: ofHistogram(yen),
  isodata: ofHistogram(isodata),
  li: unlessConstant(li),
  mean: ({ data }) => statistics(data).mean,
  minimum: ofHistogram(minimum),
  triangle: unlessConstant((values) => triangle(histogramOf(values))),
}

const bins = 256

function histogramOf({ data, wholeNumbers }: ThresholdValues): Histogram {
  return histogram(data, bins, wholeNumbers)
}

function ofHistogram(method: (histogram: Histogram) => number): (values: ThresholdValues) => number {
  return (values) => {
    const known = histogramOf(values)
    return known.centres.length === 1 ? known.centres[0] : method(known)
  }
}

function unlessConstant(method: (values: ThresholdValues) => number): (values: ThresholdValues) => number {
  return (values) => {
    const { min, max } = extent(values.data)
    return min === max ? min : method(values)
  }
}

/** Running sums. */
function sums(values: Float64Array): Float64Array {
  let sum = 0
  return values.map((x) => (sum += x))
}

/** The first place of the largest value. */
function largest(values: readonly number[]): number {
  return values.reduce((best, x, i) => (x > values[best] ? i : best), 0)
}

/** The largest variance between the two sides (Otsu 1979). */
function otsu(values: ThresholdValues): number {
  const { counts, centres } = histogramOf(values)
  const below = sums(counts)
  const mass = sums(counts.map((n, i) => n * centres[i]))
  const last = counts.length - 1
  const variances = Array.from({ length: last }, (_, i) => {
    const above = below[last] - below[i]
    return below[i] * above * (mass[i] / below[i] - (mass[last] - mass[i]) / above) ** 2
  })
  return centres[largest(variances)]
}

/** The largest correlation (Yen et al. 1995). */
function yen({ counts, centres }: Histogram): number {
  const total = counts.reduce((a, b) => a + b)
  const shares = sums(counts.map((n) => n / total))
  const squares = sums(counts.map((n) => (n / total) ** 2))
  const last = counts.length - 1
  const criteria = Array.from({ length: last }, (_, i) =>
    Math.log((shares[i] * (1 - shares[i])) ** 2 / (squares[i] * (squares[last] - squares[i]))),
  )
  return centres[largest(criteria)]
}

/** The first value that lies in the middle between the means of both sides (Ridler and Calvard 1978). */
function isodata({ counts, centres }: Histogram): number {
  const below = sums(counts)
  const mass = sums(counts.map((n, i) => n * centres[i]))
  const last = counts.length - 1
  const width = centres[1] - centres[0]
  const found = Array.from({ length: last }, (_, i) => i).find((i) => {
    const middle = (mass[i] / below[i] + (mass[last] - mass[i]) / (below[last] - below[i])) / 2
    return middle >= centres[i] && middle - centres[i] < width
  })
  if (found !== undefined) return centres[found]
  throw new OptionError('threshold "isodata"', 'no value lies between the means of both sides; take another method')
}

/** The least cross-entropy, found by iteration (Li and Tam 1998). */
function li({ data, wholeNumbers }: ThresholdValues): number {
  const shifted = finiteValues(data)
  const { min } = extent(shifted)
  for (let i = 0; i < shifted.length; i++) shifted[i] -= min
  const tolerance = wholeNumbers ? 0.5 : smallestStep(shifted) / 2
  let next = statistics(shifted).mean
  for (let current = -2 * tolerance; Math.abs(next - current) > tolerance;) {
    current = next
    const [front, back] = meansAround(shifted, current)
    if (back === 0) break
    next = (back - front) / (Math.log(back) - Math.log(front))
  }
  return next + min
}

function finiteValues(data: Float32Array): Float32Array {
  const kept = new Float32Array(data.length)
  let count = 0
  for (let i = 0; i < data.length; i++) if (Number.isFinite(data[i])) kept[count++] = data[i]
  return kept.subarray(0, count)
}

function smallestStep(values: Float32Array): number {
  const sorted = Float32Array.from(new Set(values)).sort()
  return sorted.reduce((least, x, i) => (i === 0 ? least : Math.min(least, x - sorted[i - 1])), Infinity)
}

/** Means of the values above a threshold, and of the others. */
function meansAround(values: Float32Array, threshold: number): readonly [above: number, below: number] {
  let [above, below, count] = [0, 0, 0]
  for (const x of values)
    if (x > threshold) {
      above += x
      count++
    } else below += x
  return [above / count, below / (values.length - count)]
}

/** The least value between two peaks of a histogram that is smoothed until it has two (Prewitt and Mendelsohn 1966). */
function minimum({ counts, centres }: Histogram): number {
  let smooth = Float32Array.from(counts)
  for (let round = 0; round < 9999; round++) {
    smooth = smooth.map((x, i) => (mirrored(smooth, i - 1) + x + mirrored(smooth, i + 1)) / 3)
    const peaks = peaksOf(smooth)
    if (peaks.length >= 3) continue
    if (peaks.length < 2) break
    const between = smooth.subarray(peaks[0], peaks[1] + 1)
    return centres[peaks[0] + between.indexOf(between.reduce((a, b) => Math.min(a, b)))]
  }
  throw new OptionError('threshold "minimum"', 'the histogram does not have two peaks; take another method')
}

function mirrored(values: Float32Array, i: number): number {
  return values[Math.min(Math.max(i, 0), values.length - 1)]
}

/** Where the values begin to fall, after they have risen. */
function peaksOf(values: Float32Array): number[] {
  const peaks: number[] = []
  let rising = true
  for (let i = 0; i + 1 < values.length; i++) {
    if (rising && values[i + 1] < values[i]) {
      rising = false
      peaks.push(i)
    } else if (!rising && values[i + 1] > values[i]) rising = true
  }
  return peaks
}

/** The place of the histogram furthest from the line between its peak and its further end (Zack et al. 1977). */
function triangle({ counts, centres }: Histogram): number {
  const peak = largest([...counts])
  const first = counts.findIndex((n) => n > 0)
  const last = counts.findLastIndex((n) => n > 0)
  const flipped = peak - first < last - peak
  const end = flipped ? last : first
  const direction = flipped ? -1 : 1
  const width = Math.abs(peak - end)
  const distances = Array.from({ length: width }, (_, i) => counts[peak] * i - width * counts[end + direction * i])
  return centres[end + direction * (width === 0 ? 0 : largest(distances))]
}
