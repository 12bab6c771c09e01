import type { CaseStats } from './caseStats.ts'
import { joinedStatistics, statisticsOfCases, type Statistics } from './statistics.ts'

/** Statistics along each axis. */
export type AxisStatistics = {
  readonly [K in keyof Statistics]: K extends 'percentile' ? readonly (readonly number[])[] : readonly number[]
}

/** What is to be known about all cases together, as MONAI's DataAnalyzer writes it. */
export interface DataSummary {
  readonly image_stats: {
    readonly shape: AxisStatistics
    readonly channels: Statistics
    readonly cropped_shape: AxisStatistics
    readonly spacing: AxisStatistics
    readonly sizemm: AxisStatistics
    readonly intensity: Statistics
  }
  readonly image_foreground_stats?: { readonly intensity: Statistics }
  readonly label_stats?: {
    readonly labels: readonly number[]
    readonly image_intensity: Statistics
    readonly label: readonly { readonly foreground_percentage: Statistics; readonly image_intensity: Statistics }[]
  }
  readonly n_cases: number
}

/** Puts the statistics of cases together (MONAI `SegSummarizer`); at least one case. */
export function summarize(cases: readonly CaseStats[]): DataSummary {
  const images = cases.map(({ image_stats }) => image_stats)
  const labels = cases.flatMap(({ label_stats }) => label_stats ?? [])
  const foregrounds = cases.flatMap(({ image_foreground_stats }) => image_foreground_stats ?? [])
  const values = [...new Set(labels.flatMap((one) => one.labels))].sort((a, b) => a - b)
  return {
    image_stats: {
      shape: byAxis(
        images.flatMap(({ shape }) => shape),
        true,
      ),
      channels: statisticsOfCases(
        images.map(({ channels }) => channels),
        true,
      ),
      cropped_shape: byAxis(
        images.flatMap(({ cropped_shape }) => cropped_shape),
        true,
      ),
      spacing: byAxis(images.map(({ spacing }) => spacing)),
      sizemm: byAxis(images.map(({ sizemm }) => sizemm)),
      intensity: joinedStatistics(images.flatMap(({ intensity }) => intensity)),
    },
    ...(labels.length > 0 && {
      image_foreground_stats: { intensity: joinedStatistics(foregrounds.flatMap(({ intensity }) => intensity)) },
      label_stats: {
        labels: values,
        image_intensity: joinedStatistics(labels.flatMap(({ image_intensity }) => image_intensity)),
        label: values.map((value) => {
          const having = labels.flatMap((one) => one.label[one.labels.indexOf(value)] ?? [])
          return {
            foreground_percentage: statisticsOfCases(having.map((one) => one.foreground_percentage)),
            image_intensity: joinedStatistics(having.flatMap((one) => one.image_intensity)),
          }
        }),
      },
    }),
    n_cases: cases.length,
  }
}

/** Axis by axis, of those that all cases have. */
function byAxis(cases: readonly (readonly number[])[], whole = false): AxisStatistics {
  const rank = Math.min(...cases.map(({ length }) => length))
  const axes = Array.from({ length: rank }, (_, axis) =>
    statisticsOfCases(
      cases.map((sizes) => sizes[axis]),
      whole,
    ),
  )
  const along = (key: Exclude<keyof Statistics, 'percentile'>) => axes.map((one) => one[key])
  return {
    max: along('max'),
    mean: along('mean'),
    median: along('median'),
    min: along('min'),
    stdev: along('stdev'),
    percentile: [0, 1, 2, 3].map((i) => axes.map(({ percentile }) => percentile?.[i] ?? NaN)),
    percentile_00_5: along('percentile_00_5'),
    percentile_10_0: along('percentile_10_0'),
    percentile_90_0: along('percentile_90_0'),
    percentile_99_5: along('percentile_99_5'),
  }
}
