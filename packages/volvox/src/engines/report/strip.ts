import { markup, type Html } from './html.ts'
import { meanOf } from './table.ts'
import { short, ticks } from './ticks.ts'

export interface StripRow {
  readonly name: string
  /** One value a case; NaN is left out. */
  readonly values: readonly number[]
  /** Names of the cases, shown when the pointer rests on a dot. */
  readonly labels: readonly string[]
  /** The class of its dots: c0 to c3, or t0 to t3, the colours of outlines of labels. */
  readonly colour: `${'c' | 't'}${number}`
}

const size = { width: 1140, left: 120, right: 80, row: 46 }

/** One dot per case and a bar at the mean, a row per class: the spread that a mean hides. */
export function strip(rows: readonly StripRow[], unit: string): Html {
  const all = rows.flatMap((row) => row.values).filter(Number.isFinite)
  if (all.length === 0) return markup``
  const [least, largest] = [Math.min(...all), Math.max(...all)]
  const parts = largest - least > 0.1 ? 20 : largest - least > 0.01 ? 100 : 1000 // of 1, between which the axis begins and ends
  const low = Math.max(0, Math.floor(least * parts - 0.2) / parts)
  const high = Math.min(1, Math.ceil(largest * parts + 0.2) / parts)
  const height = rows.length * size.row + 26
  const x = (value: number) =>
    Math.round((size.left + ((value - low) / (high - low || 1)) * (size.width - size.left - size.right)) * 10) / 10
  const label = (kind: string, px: number, py: number, anchor: string, text: string) =>
    markup`<text class="${kind}" x="${px}" y="${py}" text-anchor="${anchor}">${text}</text>`
  const upright = (kind: string, px: number, from: number, to: number) =>
    markup`<line class="${kind}" x1="${px}" x2="${px}" y1="${from}" y2="${to}" />`
  const grid = ticks(low, high, 8).map(
    (value) =>
      markup`${upright('grid', x(value), 2, height - 22)}${label('tick', x(value), height - 6, 'middle', short(value))}`,
  )
  const drawn = rows.map((row, i) => {
    const y = i * size.row + size.row / 2
    const mean = meanOf(row.values)
    // Neighbours are set apart a little, in a fixed pattern, so that equal values do not hide each other.
    const dot = (value: number, j: number) =>
      markup`<circle class="dot ${row.colour}" cx="${x(value)}" cy="${y + ((j * 5) % 11) - 5}" r="4"><title>${row.labels[j]}: ${value.toFixed(3)}</title></circle>`
    const dots = row.values.map((value, j) => (Number.isFinite(value) ? dot(value, j) : null))
    return markup`${label('name', size.left - 14, y + 5, 'end', row.name)}${dots}${upright('mean', x(mean), y - 15, y + 15)}${label('name', size.width - size.right + 14, y + 5, 'start', mean.toFixed(3))}`
  })
  return markup`<figure class="chart wide">
    <figcaption>${unit} of each case, and the mean</figcaption>
    <svg viewBox="0 0 ${size.width} ${height}" role="img" aria-label="${unit} of each case">${grid}${drawn}</svg>
  </figure>`
}
