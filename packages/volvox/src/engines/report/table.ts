import { markup, Html } from './html.ts'

/** What one case scored: for each metric one value per class. */
export interface CaseScores {
  readonly name: string
  readonly values: Readonly<Record<string, readonly number[]>>
}

export interface Metric {
  /** Key of `CaseScores.values`. */
  readonly key: string
  readonly label: string
  readonly digits: number
}

/** Mean over the cases that have a value: one without the class, in truth and prediction, has none (NaN). */
export function meanOf(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value))
  return known.reduce((sum, value) => sum + value, 0) / known.length
}

/** Metrics by case and class, with means first; the worst case of each column stands out. */
export function metricTable(
  cases: readonly CaseScores[],
  metrics: readonly Metric[],
  classNames: readonly string[],
): Html {
  const columns = metrics.flatMap((metric) =>
    classNames.map((_, i) => {
      const values = cases.map(({ values }) => values[metric.key]?.[i] ?? NaN)
      const ranked = values
        .filter((value) => !Number.isNaN(value))
        .sort((a, b) => (metric.key === 'Dice' ? a - b : b - a))
      return { metric, values, worst: cases.length > 1 ? ranked[0] : undefined }
    }),
  )
  const means = columns.map(({ metric, values }) => markup`<td>${shownNumber(meanOf(values), metric.digits)}</td>`)
  const rows = cases.map(
    ({ name }, row) =>
      markup`<tr>
        <td>${name}</td>
        ${columns.map(({ metric, values, worst }) => markup`<td${values[row] === worst ? new Html(' class="worst"') : null}>${shownNumber(values[row], metric.digits)}</td>`)}
      </tr>`,
  )
  const heads = metrics.map(({ label }) => markup`<th colspan="${classNames.length}">${label}</th>`)
  return markup`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th></th>
          ${heads}
        </tr>
        <tr>
          <th>Case</th>
          ${metrics.map(() => classNames.map((name) => markup`<th>${name}</th>`))}
        </tr>
      </thead>
      <tbody>
        <tr class="mean">
          <td>Mean of ${cases.length} cases</td>
          ${means}
        </tr>
        ${rows}
      </tbody>
    </table>
  </div>`
}

function shownNumber(value: number, digits: number): string {
  if (value === Infinity) return '∞'
  return Number.isFinite(value) ? value.toFixed(digits) : '–'
}
