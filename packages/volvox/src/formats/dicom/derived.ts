import type { DicomFile } from './part10.ts'
import type { Attributes, Value } from './encode.ts'
import { tags, type Keyword } from './tags.ts'
import { textsOf } from './values.ts'
import { newUid } from './uid.ts'

/** Whose image it is: kept in what is derived from a series, so that archives put it beside that series. */
const ofPatientAndStudy: readonly Keyword[] = [
  'PatientName',
  'PatientID',
  'PatientBirthDate',
  'PatientSex',
  'PatientAge',
  'PatientSize',
  'PatientWeight',
  'PatientIdentityRemoved',
  'DeidentificationMethod',
  'StudyInstanceUID',
  'StudyDate',
  'StudyTime',
  'StudyID',
  'StudyDescription',
  'AccessionNumber',
  'ReferringPhysicianName',
]

/** Patient and study of a source, or empty ones where there is none. */
export function patientAndStudy(source: DicomFile | null): Attributes {
  const copied = ofPatientAndStudy.map((keyword): [Keyword, Value | undefined] => {
    const there = source?.set.elements.has(tags[keyword])
    return [keyword, there ? (textsOf(source?.set, keyword) ?? '') : undefined]
  })
  const empty = { PatientName: '', PatientID: '', PatientBirthDate: '', PatientSex: '', StudyDate: '', StudyTime: '', StudyID: '', AccessionNumber: '', ReferringPhysicianName: '' } // prettier-ignore
  const own = Object.fromEntries(copied.filter(([, value]) => value !== undefined)) as Attributes
  return { ...empty, ...(source ? {} : { StudyInstanceUID: newUid() }), ...own }
}

/** When and by what it was made. */
export function equipment(now: Date): Attributes {
  const text = now.toISOString()
  const date = text.slice(0, 10).replaceAll('-', '')
  const time = text.slice(11, 19).replaceAll(':', '')
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    SeriesDate: date,
    SeriesTime: time,
    ContentDate: date,
    ContentTime: time,
    Manufacturer: 'Volvox',
    ManufacturerModelName: 'Volvox',
    DeviceSerialNumber: '0',
    SoftwareVersions: '0.1.0',
    LossyImageCompression: '00',
  }
}

/** A code as an item of a sequence. */
export function codeItem({ value, scheme, meaning }: { value: string; scheme: string; meaning: string }): Attributes {
  return { CodeValue: value, CodingSchemeDesignator: scheme, CodeMeaning: meaning }
}
