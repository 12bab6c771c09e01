import { DataError, ShapeError, shown } from '../../../core/errors.ts'
import { count, positive, text } from '../../../core/options.ts'
import type { RandomSource } from '../../random.ts'
import { valueAt, type Sample, settledAt } from '../../sample.ts'
import { asText, drawnClick, extent, firstClicks, noClick, regionOf, withClicks, discrepancies } from '../clicks.ts'
import { asNumber, groupsOf, numberAt, rowOf } from '../entries.ts'
import { randomWholeSample, wholeSample } from '../../wholeSample.ts'

const clickKeys = { guidance: text.opt('Key of the clicks.', 'guidance') }

/**
 * First clicks on a label: positive ones, one for each part of it (of the slice drawn from `sids`), and no negative ones
 * (MONAI `AddInitialSeedPointd`).
 */
export const AddInitialSeedPointd = randomWholeSample({
  name: 'AddInitialSeedPointd',
  options: {
    label: text.opt('Key of the label.', 'label'),
    ...clickKeys,
    sids: text.opt('Key of the numbers of slices to draw from.', 'sids'),
    sid: text.opt('Key of the number of a slice to use, if it is one of those.', 'sid'),
    connectedRegions: count.opt('Most parts of the label that are clicked on.', 5),
  },
  apply(sample, { label, guidance, sids, sid, connectedRegions }, source) {
    const name = 'AddInitialSeedPointd'
    const slice = drawnSlice(name, source, sample[sids], sample[sid], sids)
    const img = settledAt(name, sample, label)
    if (img.shape[0] !== 1)
      throw new ShapeError(name, `"${label}" has the shape [${img.shape.join(', ')}]; it must have one channel`)
    const planes = img.shape.length > 3
    const at = slice === null || !planes ? null : { axis: 1, at: slice }
    const clicks = firstClicks(source, regionOf(img), at, connectedRegions)
    if (!clicks) throw new DataError(name, `"${label}" is empty${at ? ` in slice ${at.at}` : ''}; there must be something to click on`) // prettier-ignore
    const none = clicks.map(() => noClick(planes ? 3 : 2))
    return { ...sample, [guidance]: asText([clicks, none]) }
  },
})

/** The slice that is given when it is one of the slices, else one of them; null without slices. */
export function drawnSlice(
  name: string,
  source: RandomSource,
  slices: unknown,
  given: unknown,
  key: string,
): number | null {
  if (slices === undefined || slices === null) return null
  const numbers = rowOf(slices)
  if (numbers.length === 0 || numbers.some(Number.isNaN))
    throw new DataError(name, `"${key}" holds ${shown(slices)}; it must hold numbers of slices`)
  const wanted = given === undefined || given === null ? null : asNumber(name, 'sid', given)
  return wanted !== null && numbers.includes(wanted) ? wanted : source.choice(numbers, null, { replace: false })
}

/** Channels with Gaussians at the positive and the negative clicks, beside the image (MONAI `AddGuidanceSignald`). */
export const AddGuidanceSignald = wholeSample({
  name: 'AddGuidanceSignald',
  options: {
    image: text.opt('Key of the image.', 'image'),
    ...clickKeys,
    sigma: positive.opt('Standard deviation of the Gaussians in voxels.', 2),
    numberIntensityCh: count.opt('Channels of the image that are kept.', 1),
  },
  apply(sample, { image, guidance, sigma, numberIntensityCh }) {
    const name = 'AddGuidanceSignald'
    const groups = groupsOf(name, guidance, valueAt(name, sample, guidance))
    return { ...sample, [image]: withClicks(name, settledAt(name, sample, image), numberIntensityCh, groups, sigma) }
  },
})

/** Where the label is and the prediction is not, and the other way round (MONAI `FindDiscrepancyRegionsd`). */
export const FindDiscrepancyRegionsd = wholeSample({
  name: 'FindDiscrepancyRegionsd',
  options: {
    label: text.opt('Key of the label.', 'label'),
    pred: text.opt('Key of the prediction.', 'pred'),
    discrepancy: text.opt('Key for the two masks.', 'discrepancy'),
  },
  apply(sample, { label, pred, discrepancy }) {
    const [truth, guess] = [label, pred].map((key) => settledAt('FindDiscrepancyRegionsd', sample, key))
    if (truth.data.length !== guess.data.length)
      throw new ShapeError(
        'FindDiscrepancyRegionsd',
        `"${label}" is [${truth.shape.join(', ')}], "${pred}" [${guess.shape.join(', ')}]; they must be alike`,
      )
    return { ...sample, [discrepancy]: discrepancies(truth, regionOf(truth), regionOf(guess)) }
  },
})

/** With a probability, one more click: in the larger of the two discrepancies (MONAI `AddRandomGuidanced`). */
export const AddRandomGuidanced = randomWholeSample({
  name: 'AddRandomGuidanced',
  options: {
    ...clickKeys,
    discrepancy: text.opt('Key of the two masks.', 'discrepancy'),
    probability: text.opt('Key of the probability of a click.', 'probability'),
  },
  apply(sample, { guidance, discrepancy, probability }, source) {
    const name = 'AddRandomGuidanced'
    const [positives, negatives, ...rest] = groupsOf(name, guidance, valueAt(name, sample, guidance))
    if (!positives || !negatives)
      throw new DataError(name, `"${guidance}" is not a pair; it must hold positive and negative clicks`)
    const interacts = drawnInteraction(name, source, sample, probability)
    const [pos, neg] = regionsAt(name, sample, discrepancy)
    const missed = extent(pos) >= extent(neg)
    const click = interacts ? drawnClick(source, missed ? pos : neg) : null
    if (!click) return { ...sample, [guidance]: asText([positives, negatives, ...rest]) }
    const none = click.map(() => -1)
    const more = missed
      ? [
          [...positives, click],
          [...negatives, none],
        ]
      : [
          [...positives, none],
          [...negatives, click],
        ]
    return { ...sample, [guidance]: asText([...more, ...rest]) }
  },
})

/** Whether there is a click, with the probability of the sample. */
export function drawnInteraction(name: string, source: RandomSource, sample: Sample, key: string): boolean {
  const probability = numberAt(name, sample, key)
  if (!(probability >= 0 && probability <= 1))
    throw new DataError(name, `"${key}" is ${probability}; it must be a probability from 0 to 1`)
  return source.choice(2, null, { p: [probability, 1 - probability] }) === 0
}

function regionsAt(name: string, sample: Sample, key: string) {
  const pair = valueAt(name, sample, key)
  if (!Array.isArray(pair) || pair.length !== 2)
    throw new DataError(name, `"${key}" holds ${shown(pair)}; it must hold two masks`)
  return pair.map((_, i) => regionOf(settledAt(name, { [key]: pair[i] }, key)))
}
