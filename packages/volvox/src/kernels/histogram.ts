import { extent } from './pointwise.ts'

/** How often values fall into bins, and the middles of these. */
export interface Histogram {
  readonly counts: Float64Array
  readonly centres: Float64Array
}

/**
 * The histogram from the smallest to the largest value: `bins` of equal width, whose edges are float32 numbers and belong to
 * the bin after them (NumPy's `histogram`), or one for each whole number (scikit-image's, for integers).
 */
export function histogram(data: Float32Array, bins: number, wholeNumbers = false): Histogram {
  const { min, max } = extent(data)
  if (wholeNumbers) {
    const counts = new Float64Array(max - min + 1)
    for (let i = 0; i < data.length; i++) counts[data[i] - min]++
    return { counts, centres: counts.map((_, i) => min + i) }
  }
  const { fround } = Math
  const [first, last] = min === max ? [min - 0.5, max + 0.5] : [min, max]
  const edges = Float32Array.from({ length: bins + 1 }, (_, i) => first + ((last - first) * i) / bins)
  edges[bins] = last
  const counts = new Float64Array(bins)
  const perWidth = bins / (last - first)
  for (let i = 0; i < data.length; i++) {
    const x = data[i]
    let bin = Math.min(((x - first) * perWidth) | 0, bins - 1) // or next to it
    while (bin > 0 && x < edges[bin]) bin--
    while (bin < bins - 1 && x >= edges[bin + 1]) bin++
    counts[bin]++
  }
  return { counts, centres: Float64Array.from(counts, (_, i) => fround(fround(edges[i] + edges[i + 1]) / 2)) }
}
