import type { Analyzed } from './startAnalysis.ts'
import type { Pair } from './pairs.ts'

/** Volumes whose extremes are worth a look, each with what is extreme about it. */
export function casesToShow(cases: readonly Analyzed[]): { pair: Pair; remark: string }[] {
  const volumes = cases.filter(({ stats }) => stats.image_stats.shape[0].length === 3)
  const shown = new Map<Pair, string[]>()
  const extreme = (what: string, value: (one: Analyzed) => number) => {
    const ranked = volumes.filter((one) => Number.isFinite(value(one))).sort((a, b) => value(a) - value(b))
    const [least, most] = [ranked[0], ranked.at(-1)]
    if (!least || !most || value(least) === value(most)) return
    for (const [one, word] of [
      [least, 'least'],
      [most, 'largest'],
    ] as const)
      // prettier-ignore
      shown.set(one.pair, [...(shown.get(one.pair) ?? []), `${word} ${what}`])
  }
  extreme('size', ({ stats }) => stats.image_stats.sizemm.reduce((a, b) => a * b, 1))
  extreme('median intensity', ({ stats }) => stats.image_stats.intensity[0].median)
  extreme('labelled share', ({ stats }) => {
    const { labels = [], label = [] } = stats.label_stats ?? {}
    return labels.length === 0
      ? NaN
      : label.reduce((sum, one, i) => sum + (labels[i] > 0 ? one.foreground_percentage : 0), 0)
  })
  if (shown.size === 0 && volumes.length > 0) shown.set(volumes[0].pair, ['all alike'])
  return [...shown].map(([pair, remarks]) => ({ pair, remark: remarks.join(', ') }))
}
