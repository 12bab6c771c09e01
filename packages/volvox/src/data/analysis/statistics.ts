/** What MONAI's DataAnalyzer tells about a set of numbers, under its names. */
export interface Statistics<T = number> {
  readonly max: T
  readonly mean: T
  readonly median: T
  readonly min: T
  readonly stdev: T
  readonly percentile?: readonly T[]
  readonly percentile_00_5: T
  readonly percentile_10_0: T
  readonly percentile_90_0: T
  readonly percentile_99_5: T
}

const shares = [0.005, 0.1, 0.9, 0.995] as const

/** Of the voxels of a case; the median is the lower one of two, as PyTorch's. */
export function statisticsOf(values: ArrayLike<number>): Statistics {
  const sorted = Float64Array.from(values).sort()
  return summary(sorted, sorted[(sorted.length - 1) >> 1], (x) => x)
}

/** Of one number per case; percentiles of whole numbers are cut to whole ones, as in MONAI. */
export function statisticsOfCases(values: readonly number[], whole = false): Statistics {
  const sorted = Float64Array.from(values).sort()
  return summary(sorted, atShare(sorted, 0.5), whole ? Math.trunc : (x) => x)
}

function summary(sorted: Float64Array, median: number, rounded: (x: number) => number): Statistics {
  const mean = sorted.reduce((sum, x) => sum + x, 0) / sorted.length
  const variance = sorted.reduce((sum, x) => sum + (x - mean) ** 2, 0) / sorted.length
  const percentile = shares.map((share) => rounded(atShare(sorted, share)))
  const [percentile_00_5, percentile_10_0, percentile_90_0, percentile_99_5] = percentile
  return {
    max: sorted[sorted.length - 1],
    mean,
    median,
    min: sorted[0],
    stdev: Math.sqrt(variance),
    percentile,
    percentile_00_5,
    percentile_10_0,
    percentile_90_0,
    percentile_99_5,
  }
}

/** The value below which a share of the others lies, between neighbours by distance (NumPy's "linear"). */
export function atShare(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1)
  const below = Math.floor(place)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below)
}

/** Statistics of cases as one: the largest, the least, and the means of the others (MONAI's `SummaryOperations`). */
export function joinedStatistics(all: readonly Statistics[]): Statistics {
  const mean = (key: Exclude<keyof Statistics, 'percentile'>) =>
    all.reduce((sum, one) => sum + one[key], 0) / all.length
  return {
    max: Math.max(...all.map((one) => one.max)),
    mean: mean('mean'),
    median: mean('median'),
    min: Math.min(...all.map((one) => one.min)),
    stdev: mean('stdev'),
    percentile_00_5: mean('percentile_00_5'),
    percentile_10_0: mean('percentile_10_0'),
    percentile_90_0: mean('percentile_90_0'),
    percentile_99_5: mean('percentile_99_5'),
  }
}
