import { frameSets, groupOf, type Slice } from './slices.ts'
import type { Keyword } from './tags.ts'
import { numberOf, numbersOf, textOf } from './values.ts'

/** What tells images at the same place from each other, in the order in which it is asked. */
interface TimeKey {
  /** For the metadata. */
  readonly name: string
  of(slice: Slice): number | undefined
}

const inGroup =
  (sequence: Keyword, keyword: Keyword) =>
  (slice: Slice): number | undefined =>
    numberOf(groupOf(frameSets(slice.file.set, slice.frame), sequence), keyword, slice.name)

/** DICOM's times are text: HHMMSS.ffffff. In seconds. */
const clock =
  (keyword: Keyword) =>
  ({ file }: Slice): number | undefined => {
    const match = /^(\d\d)(\d\d)(\d\d(?:\.\d+)?)/.exec(textOf(file.set, keyword) ?? '')
    return match ? Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]) : undefined
  }

const keys: readonly TimeKey[] = [
  { name: 'TemporalPositionIdentifier', of: inGroup('FrameContentSequence', 'TemporalPositionIdentifier') },
  { name: 'TemporalPositionIndex', of: inGroup('FrameContentSequence', 'TemporalPositionIndex') },
  { name: 'TemporalPositionTimeOffset', of: inGroup('TemporalPositionSequence', 'TemporalPositionTimeOffset') },
  { name: 'TriggerTime', of: inGroup('CardiacSynchronizationSequence', 'TriggerTime') },
  {
    name: 'NominalCardiacTriggerDelayTime',
    of: inGroup('CardiacSynchronizationSequence', 'NominalCardiacTriggerDelayTime'),
  },
  { name: 'DiffusionBValue', of: inGroup('MRDiffusionSequence', 'DiffusionBValue') },
  { name: 'EchoTime', of: inGroup('MREchoSequence', 'EchoTime') },
  { name: 'EffectiveEchoTime', of: inGroup('MREchoSequence', 'EffectiveEchoTime') },
  { name: 'EchoNumbers', of: inGroup('MREchoSequence', 'EchoNumbers') },
  { name: 'AcquisitionNumber', of: inGroup('FrameContentSequence', 'AcquisitionNumber') },
  { name: 'AcquisitionTime', of: clock('AcquisitionTime') },
  { name: 'ContentTime', of: clock('ContentTime') },
]

/** Images of one place each, ordered by what differs among them. */
export interface TimeSeries {
  /** Attribute that orders the images; null where only their numbers do. */
  readonly key: string | null
  /** Its values, where they are the same at every place. */
  readonly values: readonly number[] | null
  /** For each place, its images in order. */
  readonly places: readonly (readonly Slice[])[]
}

/**
 * Orders the images of each place by the first attribute that differs among them everywhere; by instance numbers (or frame
 * numbers) where none does, e.g. for several directions of diffusion of one strength.
 */
export function ordered(places: readonly (readonly Slice[])[]): TimeSeries {
  for (const { name, of } of keys) {
    const values = places.map((slices) => slices.map(of))
    if (!values.every((some) => some.every((value) => value !== undefined) && new Set(some).size === some.length)) continue
    const sorted = places.map((slices) => sortedBy(slices, (slice) => of(slice) ?? 0))
    const rows = values.map((some) => [...some].sort((a, b) => (a ?? 0) - (b ?? 0)) as number[])
    const same = rows.every((row) => row.every((value, i) => value === rows[0][i]))
    return { key: name, values: same ? rows[0] : null, places: sorted }
  } // prettier-ignore
  return { key: null, values: null, places: places.map((slices) => sortedBy(slices, ({ instance, frame }) => (instance ?? 0) + frame)) } // prettier-ignore
}

function sortedBy(slices: readonly Slice[], value: (slice: Slice) => number): Slice[] {
  return [...slices].sort((a, b) => value(a) - value(b) || a.frame - b.frame)
}

/** Directions of diffusion of a frame, for the metadata. */
export function gradientOf(slice: Slice): readonly number[] | undefined {
  const set = groupOf(frameSets(slice.file.set, slice.frame), 'MRDiffusionSequence')
  return numbersOf(set, 'DiffusionGradientOrientation', slice.name)
}
