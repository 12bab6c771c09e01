import { toFloats } from '../../../core/convert.ts'
import { DataError } from '../../../core/errors.ts'
import type { Image } from '../../../core/image.ts'
import { count, positive, text } from '../../../core/options.ts'
import type { RandomSource } from '../../random.ts'
import { sampleOptions, type Sample, valueAt, settledAt } from '../../sample.ts'
import {
  asText,
  drawnClick,
  extent,
  firstClicks,
  noClick,
  regionWhere,
  withClicks,
  type Region,
  discrepancies,
} from '../clicks.ts'
import { classNumbersAt, recordAt, rowsOf } from '../entries.ts'
import { randomWholeSample, wholeSample } from '../../wholeSample.ts'
import { drawnInteraction, drawnSlice } from '../deepgrow/clicking.ts'
import { volumeAt } from '../deepgrow/slices.ts'

const guidanceKey = { guidance: text.opt('Key of the clicks, lists by label.', 'guidance') }
const keyOf = (name: string, keys: readonly string[], only: string): boolean => {
  // MONAI's look for this one key by name, and leave the sample alone without it.
  if (keys.length === 0) throw new DataError(name, `has no keys; give "${only}"`)
  return keys.includes(only)
}

/** Voxels of one label. */
function regionOfLabel(img: Image, value: number): Region {
  return regionWhere(img, (x) => x === value)
}

function slicesTransform(name: string, whenNone: readonly number[]) {
  return wholeSample({
    name,
    options: { ...sampleOptions, sids: text.opt('Key for the numbers of slices, lists by label.', 'sids') },
    apply(sample, { keys, sids }) {
      if (!keyOf(name, keys, 'label')) return sample
      const img = volumeAt(name, sample, 'label')
      const depth = img.shape[3]
      const values = toFloats(img.dtype, img.data)
      const found = Object.entries(classNumbersAt(name, sample, 'label_names')).map(([label, value]) => {
        const slices = new Set<number>()
        for (let i = 0; i < values.length; i++) if (values[i] === value) slices.add(i % depth)
        return [label, slices.size > 0 ? [...slices].sort((a, b) => a - b) : [...whenNone]]
      })
      return { ...sample, [sids]: Object.fromEntries(found) }
    },
  })
}

/** The slices of `label` [1, H, W, D] that hold each of `label_names` (MONAI `FindAllValidSlicesDeepEditd`). */
export const FindAllValidSlicesDeepEditd = slicesTransform('FindAllValidSlicesDeepEditd', [])

/** The same, with ten times -1 for labels that are not there (MONAI `FindAllValidSlicesMissingLabelsd`). */
export const FindAllValidSlicesMissingLabelsd = slicesTransform(
  'FindAllValidSlicesMissingLabelsd',
  new Array<number>(10).fill(-1),
)

function seedTransform(name: string, finish: (clicks: number[][] | null, label: string, axes: number) => unknown[]) {
  return randomWholeSample({
    name,
    options: {
      ...sampleOptions,
      ...guidanceKey,
      sids: text.opt('Key of the numbers of slices to draw from, lists by label.', 'sids'),
      sid: text.opt('Key of the number of a slice to use for each label, if it is one of those.', 'sid'),
      connectedRegions: count.opt('Most parts of a label that are clicked on.', 5),
    },
    apply(sample, { keys, guidance, sids, sid, connectedRegions }, source) {
      if (!keyOf(name, keys, 'label')) return sample
      const img = settledAt(name, sample, 'label')
      const names = classNumbersAt(name, sample, 'label_names')
      const slices = recordAt(name, sample, sids)
      const chosen = sample[sid] === undefined || sample[sid] === null ? {} : recordAt(name, sample, sid)
      const axes = img.shape.length - 1
      const found = Object.keys(slices).map((label) => {
        if (!(label in names)) throw new DataError(name, `"${sids}" has "${label}", which "label_names" has not`)
        const listed = slices[label]
        const from = Array.isArray(listed) && listed.length === 0 ? null : listed
        const at = drawnSlice(name, source, from, chosen[label], sids)
        const slice = at === null || axes < 3 ? null : { axis: 3, at }
        const clicks = firstClicks(source, regionOfLabel(img, names[label]), slice, connectedRegions)
        return [label, asText(finish(clicks, label, axes))]
      })
      return { ...sample, [guidance]: Object.fromEntries(found) }
    },
  })
}

/** First clicks on each label of `sids`, as in Deepgrow (MONAI `AddInitialSeedPointDeepEditd`). */
export const AddInitialSeedPointDeepEditd = seedTransform('AddInitialSeedPointDeepEditd', (clicks, label) => {
  if (!clicks) throw new DataError('AddInitialSeedPointDeepEditd', `"label" has no voxel of "${label}" to click on`)
  return [clicks]
})

/** The same, where labels may be missing: they get a click of -1 (MONAI `AddInitialSeedPointMissingLabelsd`). */
export const AddInitialSeedPointMissingLabelsd = seedTransform(
  'AddInitialSeedPointMissingLabelsd',
  (clicks, _label, axes) => clicks ?? [noClick(Math.min(axes, 3))],
)

/** A channel with Gaussians at the clicks on each label, beside the image (MONAI `AddGuidanceSignalDeepEditd`). */
export const AddGuidanceSignalDeepEditd = wholeSample({
  name: 'AddGuidanceSignalDeepEditd',
  options: {
    ...sampleOptions,
    ...guidanceKey,
    sigma: positive.opt('Standard deviation of the Gaussians in voxels.', 3),
    numberIntensityCh: count.opt('Channels of the image that are kept.', 1),
  },
  apply(sample, { keys, guidance, sigma, numberIntensityCh }) {
    const name = 'AddGuidanceSignalDeepEditd'
    if (!keyOf(name, keys, 'image')) return sample
    const groups = Object.entries(recordAt(name, sample, guidance)).map(([label, clicks]) =>
      rowsOf(name, label, clicks),
    )
    const img = settledAt(name, sample, 'image')
    return { ...sample, image: groups.length === 0 ? img : withClicks(name, img, numberIntensityCh, groups, sigma) }
  },
})

/** For each label where `label` has it and the prediction has not, and the other way round (MONAI `FindDiscrepancyRegionsDeepEditd`). */
export const FindDiscrepancyRegionsDeepEditd = wholeSample({
  name: 'FindDiscrepancyRegionsDeepEditd',
  options: {
    ...sampleOptions,
    pred: text.opt('Key of the prediction.', 'pred'),
    discrepancy: text.opt('Key for the pairs of masks by label.', 'discrepancy'),
  },
  apply(sample, { keys, pred, discrepancy }) {
    const name = 'FindDiscrepancyRegionsDeepEditd'
    if (!keyOf(name, keys, 'label')) return sample
    const [truth, guess] = ['label', pred].map((key) => settledAt(name, sample, key))
    if (truth.data.length !== guess.data.length)
      throw new DataError(name, `"label" is [${truth.shape.join(', ')}], "${pred}" [${guess.shape.join(', ')}]; they must be alike`) // prettier-ignore
    const pairs = Object.entries(classNumbersAt(name, sample, 'label_names')).map(([label, value]) => {
      const [wanted, got] = [truth, guess].map((img) => regionOfLabel(img, value))
      return [label, discrepancies(truth, wanted, got)]
    })
    return { ...sample, [discrepancy]: Object.fromEntries(pairs) }
  },
})

/** Only where a wrong region has more voxels than this is it clicked on. */
const noticeable = 50

/**
 * With a probability, more clicks: on each label where it was missed, and where it was taken for others; then some labels'
 * clicks are dropped. Which ones MONAI draws from Python's generator, this one from its own (MONAI
 * `AddRandomGuidanceDeepEditd`).
 */
export const AddRandomGuidanceDeepEditd = randomWholeSample({
  name: 'AddRandomGuidanceDeepEditd',
  options: {
    ...sampleOptions,
    ...guidanceKey,
    discrepancy: text.opt('Key of the pairs of masks by label.', 'discrepancy'),
    probability: text.opt('Key of the probability of clicks.', 'probability'),
  },
  apply(sample, { guidance, discrepancy, probability }, source) {
    const name = 'AddRandomGuidanceDeepEditd'
    const given = recordAt(name, sample, guidance)
    if (!drawnInteraction(name, source, sample, probability)) return sample
    const names = classNumbersAt(name, sample, 'label_names')
    const label = settledAt(name, sample, 'label')
    const clicks = new Map(
      Object.keys(names).map((key) => [
        key,
        rowsOf(name, key, given[key] ?? []).filter((click) => !click.includes(-1)),
      ]),
    )
    const add = (key: string, region: Region) => {
      const click = drawnClick(source, region)
      if (click) clicks.get(key)?.push(click)
    }
    const regions = recordAt(name, sample, discrepancy)
    for (const key of Object.keys(names)) {
      const [missed, wrong] = pairOf(name, regions, key)
      if (extent(missed) > 0) add(key, missed)
      for (const [other, value] of Object.entries(names)) {
        const own = regionOfLabel(label, value).inside
        const taken = { ...wrong, inside: wrong.inside.map((x, i) => x * own[i]) }
        if (extent(taken) > noticeable) add(other, taken)
      }
    }
    return { ...sample, [guidance]: someOf(source.twin('labels'), clicks) }
  },
})

function pairOf(name: string, regions: Sample, key: string): readonly [Region, Region] {
  const pair = valueAt(name, regions, key)
  if (!Array.isArray(pair) || pair.length !== 2)
    throw new DataError(name, `the discrepancy of "${key}" is not a pair; it must hold two masks`)
  const [missed, wrong] = pair.map((_, i) => regionWhere(settledAt(name, { [key]: pair[i] }, key), (x) => x > 0))
  return [missed, wrong]
}

/** The clicks of labels in random order until there are as many as drawn, from 1 to 10; none of the others. */
function someOf(source: RandomSource, clicks: ReadonlyMap<string, readonly number[][]>): Record<string, number[][]> {
  const wanted = source.randint(1, 11)
  const kept = new Set<string>()
  let total = 0
  for (const label of source.permutation([...clicks.keys()])) {
    if (total >= wanted) break
    kept.add(label)
    total += clicks.get(label)?.length ?? 0
  }
  return Object.fromEntries([...clicks].map(([label, own]) => [label, kept.has(label) ? [...own] : []]))
}
