import { FormatError } from '../../../core/errors.ts'
import type { DataElement, DataSet } from '../dataSet.ts'
import { dataSetOf, elementFrom, encodeFile, type Value } from '../encode.ts'
import { kindOf, type DicomFile } from '../part10.ts'
import { representationOf, tags, tagText, type Representation } from '../tags.ts'
import { latin } from '../text.ts'
import { explicitLittleEndian } from '../transferSyntax.ts'
import { textOf, textsOf } from '../values.ts'
import { actions, dates, times } from './profile.ts'
import { earlier, pseudonymOf, remappedUid, shortName, type Pseudonym } from './pseudonyms.ts'

export interface DeidentifyOptions {
  /** Secret from which pseudonyms, identifiers and the days of the shift are made; the same gives the same. */
  readonly key: Uint8Array
  /** Move each patient's dates by a number of days of his own (the default), or take them out. */
  readonly dates?: 'shift' | 'remove'
  /** Keep age, sex, size and weight (option "Retain Patient Characteristics"). */
  readonly keepCharacteristics?: boolean
}

export interface Deidentified {
  readonly bytes: Uint8Array
  /** Where to put it, without anything of the old names: patient, study, series, image. */
  readonly path: string
  /** How many attributes were treated in which way. */
  readonly counts: Readonly<Record<string, number>>
  /** Sentences about what the profile cannot clean. */
  readonly warnings: readonly string[]
}

const characteristics = new Set<number>([tags.PatientSex, tags.PatientAge, tags.PatientSize, tags.PatientWeight])
/** Kinds of objects, which private ones have identifiers of their own for. */
const classTags = new Set<number>([tags.SOPClassUID, tags.ReferencedSOPClassUID])

/**
 * Takes out of an object who the patient is: the basic profile of PS3.15, annex E, in all sequences; private attributes, overlays
 * and what cannot be understood go. Pixels stay as they are; where they may show names, a warning says so.
 */
export function deidentify(file: DicomFile, options: DeidentifyOptions, where: string): Deidentified {
  const { set, syntax } = file
  refuse(set, where)
  const patient = textOf(set, 'PatientID') ?? textOf(set, 'PatientName') ?? ''
  const pseudonym = pseudonymOf(options.key, patient)
  const counts: Record<string, number> = {}
  const clean = cleaner(options, pseudonym, syntax.explicit, counts)
  const cleaned = clean(set)
  const uid = (keyword: 'StudyInstanceUID' | 'SeriesInstanceUID' | 'SOPInstanceUID') =>
    shortName(textOf(cleaned, keyword) ?? '')
  const elements = new Map([...cleaned.elements, ...statement(options, set.littleEndian)])
  return {
    bytes: encodeFile({ ...cleaned, elements }, syntax.deflated ? explicitLittleEndian : syntax),
    path: `${pseudonym.name}/${uid('StudyInstanceUID')}/${uid('SeriesInstanceUID')}/${uid('SOPInstanceUID')}.dcm`,
    counts,
    warnings: pixelWarnings(set),
  }
}

/** Objects that are text about a patient cannot be cleaned attribute by attribute. */
function refuse(set: DataSet, where: string): void {
  const text = set.elements.has(0x0040a730) || set.elements.has(0x00420011)
  if (text || textOf(set, 'Modality') === 'SR' || set.elements.has(0x00041220))
    throw new FormatError(where, `it is ${kindOf(set)}, whose text may tell who the patient is; de-identify it by hand or leave it out`) // prettier-ignore
  if (!textOf(set, 'SOPInstanceUID'))
    throw new FormatError(where, 'it has no SOPInstanceUID (0008,0018), so it is no object of DICOM; leave it out')
}

type Fate = 'kept' | 'removed' | 'emptied' | 'replaced' | 'identifiers' | 'dates' | 'private' | 'unknown'

function cleaner(
  options: DeidentifyOptions,
  pseudonym: Pseudonym,
  explicit: boolean,
  counts: Record<string, number>,
): (set: DataSet) => DataSet {
  const shift = options.dates !== 'remove'
  const clean = (set: DataSet): DataSet => {
    const elements = new Map<number, DataElement>()
    for (const element of set.elements.values()) {
      const [fate, next] = treat(element, set)
      counts[fate] = (counts[fate] ?? 0) + 1
      if (next) elements.set(element.tag, next)
    }
    return { ...set, elements }
  }
  const treat = (element: DataElement, set: DataSet): readonly [Fate, DataElement | null] => {
    const { tag, bytes, items } = element
    const group = tag >>> 16
    const as = representationOf(tag)
    const representation = element.representation === 'UN' && as ? as : element.representation
    const replaced = (value: Value): DataElement => elementFrom(tag, representation, value, set.littleEndian)
    const text = (): string => latin(bytes ?? new Uint8Array(0)).replace(/[\0 ]+$/, '')
    if (group % 2 === 1) return ['private', null]
    if ((tag & 0xffff) === 0 || isOverlayOrCurve(group)) return ['removed', null]
    if (tag === tags.PatientName || tag === tags.PatientID) return ['replaced', replaced(pseudonym.name)]
    if (options.keepCharacteristics && characteristics.has(tag)) return ['kept', element]
    const action = actions.get(tag)
    const isDate = representation === 'DA' || representation === 'DT' || dates.has(tag)
    if (shift && isDate && tag !== tags.PatientBirthDate && bytes) {
      const moved = text().split('\\').map((date) => earlier(date, pseudonym.days) ?? '')
      return ['dates', replaced(moved)]
    }
    if (shift && times.has(tag)) return ['kept', element]
    if (action === 'remove') return ['removed', null]
    if (action === 'empty' || (representation === 'PN' && action !== 'dummy')) return ['emptied', emptied(element)]
    if (action === 'dummy') return ['replaced', dummy(element, representation, replaced)]
    if ((representation === 'UI' || action === 'uid') && bytes && !classTags.has(tag))
      return ['identifiers', replaced(text().split('\\').map((uid) => remappedUid(options.key, uid)))]
    if (isDate && !shift) return ['removed', null]
    if (items) return ['kept', { ...element, items: items.map(clean) }]
    if (explicit && element.representation === 'UN') return ['unknown', null]
    return ['kept', element]
  } // prettier-ignore
  return clean
}

function isOverlayOrCurve(group: number): boolean {
  return (group & 0xff00) === 0x5000 || (group & 0xff00) === 0x6000
}

function emptied({ tag, representation, at, items }: DataElement): DataElement {
  return items ? { tag, representation, at, items: [] } : { tag, representation, at, bytes: new Uint8Array(0) }
}

/** Values that are valid and say nothing. */
const dummies: Partial<Record<Representation, string>> = {
  DA: '19000101',
  DT: '19000101000000',
  TM: '000000',
  AS: '000Y',
  DS: '0',
  IS: '0',
  UI: '2.25.0',
}
const textual = new Set<Representation>(['AE', 'CS', 'LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT'])

function dummy(
  element: DataElement,
  representation: Representation,
  replaced: (value: Value) => DataElement,
): DataElement {
  const value = dummies[representation] ?? (textual.has(representation) ? 'REMOVED' : undefined)
  return value === undefined ? emptied(element) : replaced(value)
}

/** That it was done, and how (PS3.15, E.1.1; codes of CID 7050). */
function statement({ dates: how = 'shift', keepCharacteristics }: DeidentifyOptions, littleEndian: boolean) {
  const codes = [
    ['113100', 'Basic Application Confidentiality Profile'],
    ...(how === 'shift' ? [['113107', 'Retain Longitudinal Temporal Information Modified Dates Option']] : []),
    ...(keepCharacteristics ? [['113108', 'Retain Patient Characteristics Option']] : []),
  ]
  return dataSetOf(
    {
      PatientIdentityRemoved: 'YES',
      DeidentificationMethod: codes.map(([, meaning]) => meaning.slice(0, 64)),
      DeidentificationMethodCodeSequence: codes.map(([CodeValue, CodeMeaning]) => ({ CodeValue, CodingSchemeDesignator: 'DCM', CodeMeaning })),
      LongitudinalTemporalInformationModified: how === 'shift' ? 'MODIFIED' : 'REMOVED',
    },
    littleEndian,
  ).elements
} // prettier-ignore

/** Secondary captures of all kinds. */
const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7'

/** Whether the pixels themselves may show who the patient is (PS3.15, E.3.1). */
function pixelWarnings(set: DataSet): string[] {
  const burned = textOf(set, 'BurnedInAnnotation')
  if (burned === 'YES') return ['its pixels show annotations (BurnedInAnnotation (0028,0301) is YES)']
  if (burned === 'NO') return []
  const modality = textOf(set, 'Modality') ?? ''
  const captured = textOf(set, 'SOPClassUID')?.startsWith(secondaryCapture) === true
  const likely = ['US', 'IVUS', 'XA', 'RF', 'ES', 'XC', 'OT', 'SC'].includes(modality)
  return captured || likely ? [`its pixels may show names: ${captured ? 'it is a captured picture' : `images of modality ${modality} often do`}`] : [] // prettier-ignore
}

/** Whether the pixels are declared to show annotations. */
export function hasBurnedIn(set: DataSet): boolean {
  return textOf(set, 'BurnedInAnnotation') === 'YES'
}

/** What is left that looks like the name or number of a patient: a check of the result, not a part of the profile. */
export function leftovers(cleaned: DataSet, original: DataSet): string[] {
  const secrets = [...(textsOf(original, 'PatientName') ?? []), ...(textsOf(original, 'PatientID') ?? [])]
    .flatMap((text) => text.split('^'))
    .filter((text) => text.length > 3)
  const found: string[] = []
  const visit = (set: DataSet): void => {
    for (const { tag, bytes, items, representation } of set.elements.values()) {
      items?.forEach(visit)
      if (!bytes || !(textual.has(representation) || representation === 'UN') || bytes.length > 65536) continue
      const text = latin(bytes).toLowerCase()
      if (secrets.some((secret) => text.includes(secret.toLowerCase()))) found.push(tagText(tag))
    }
  }
  visit(cleaned)
  return found
}
