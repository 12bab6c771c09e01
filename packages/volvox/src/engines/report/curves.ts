import { markup, type Html } from './html.ts'
import { short, ticks } from './ticks.ts'

export interface Series {
  readonly name: string
  /** [x, y], by rising x. */
  readonly points: readonly (readonly [number, number])[]
  /** Which of the page's colours, from 0. */
  readonly colour: number
  /** Drawn thin and pale, without a name: the single values behind an average. */
  readonly faint?: boolean
  /** A dot on each point, for curves of a few measurements. */
  readonly dots?: boolean
}

export interface Chart {
  readonly title: string
  readonly xLabel: string
  readonly series: readonly Series[]
  /** Range of the y axis where it is not that of the data. */
  readonly yRange?: readonly [number, number]
}

const size = { width: 400, height: 230, left: 44, right: 18, top: 10, bottom: 34 }

/** A line chart as an SVG figure. */
export function chart({ title, xLabel, series, yRange }: Chart): Html {
  const points = series.flatMap((one) => one.points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)))
  if (points.length === 0) return markup``
  const [x0, x1] = rangeOf(points.map(([x]) => x))
  const [y0, y1] =
    yRange ??
    padded(rangeOf(series.flatMap((one) => (one.faint ? [] : one.points.map(([, y]) => y))).concat(faintRange(series))))
  const x = (value: number) =>
    round(size.left + ((value - x0) / (x1 - x0 || 1)) * (size.width - size.left - size.right))
  const y = (value: number) =>
    round(
      size.height -
        size.bottom -
        ((Math.min(Math.max(value, y0), y1) - y0) / (y1 - y0 || 1)) * (size.height - size.top - size.bottom),
    )
  const [bottom, right] = [size.height - size.bottom, size.width - size.right]
  const label = (px: number, py: number, anchor: string, text: string) =>
    markup`<text class="tick" x="${px}" y="${py}" text-anchor="${anchor}">${text}</text>`
  const grid = ticks(y0, y1, 5).map(
    (value) =>
      markup`<line class="grid" x1="${size.left}" x2="${right}" y1="${y(value)}" y2="${y(value)}" />${label(size.left - 7, y(value) + 4, 'end', short(value))}`,
  )
  const feet = ticks(x0, x1, 5).map((value) => label(x(value), bottom + 17, 'middle', short(value)))
  const lines = series.map((one) => {
    const drawn = thinned(one.points).filter(([, value]) => Number.isFinite(value))
    const path = drawn.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${x(px)} ${y(py)}`).join('')
    const dots = one.dots
      ? drawn.map(([px, py]) => markup`<circle class="dot c${one.colour}" cx="${x(px)}" cy="${y(py)}" r="3" />`)
      : []
    return markup`<path class="line c${one.colour}${one.faint ? ' faint' : ''}" d="${path}" />${dots}`
  })
  const legend = series
    .filter((one) => !one.faint)
    .map((one) => markup`<span><i class="key c${one.colour}"></i>${one.name}</span>`)
  return markup`<figure class="chart">
    <figcaption>${title}<span class="legend">${legend}</span></figcaption>
    <svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${title}">
      ${grid}${feet}${lines}
      ${label(right, size.height - 2, 'end', xLabel)}
    </svg>
  </figure>`
}

/** Running mean over `window` points to each side. */
export function smoothed(points: readonly (readonly [number, number])[], window: number): [number, number][] {
  const sums = [0]
  for (const [, y] of points) sums.push(sums[sums.length - 1] + y)
  return points.map(([x], i) => {
    const from = Math.max(0, i - window)
    const to = Math.min(points.length, i + window + 1)
    return [x, (sums[to] - sums[from]) / (to - from)]
  })
}

/** No more points than a screen can show. */
function thinned<T>(points: readonly T[], most = 600): readonly T[] {
  if (points.length <= most) return points
  return Array.from({ length: most }, (_, i) => points[Math.round((i * (points.length - 1)) / (most - 1))])
}

/** The bulk of pale values: single spikes would flatten everything else. */
function faintRange(series: readonly Series[]): number[] {
  const values = series
    .flatMap((one) => (one.faint ? one.points.map(([, y]) => y) : []))
    .filter(Number.isFinite)
    .sort((a, b) => a - b)
  return values.length === 0
    ? []
    : [values[Math.floor(0.01 * values.length)], values[Math.min(values.length - 1, Math.floor(0.99 * values.length))]]
}

function rangeOf(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  )
}

function padded([low, high]: readonly [number, number]): [number, number] {
  const margin = 0.05 * (high - low) || 0.05 * Math.abs(high) || 1
  return [low >= 0 && low < 0.3 * high ? 0 : low - margin, high + margin]
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
