import { expect, test } from 'vitest'
import { memoryFiles } from '../../memoryFiles.ts'
import { dataSetOf, encodeFile, type Attributes } from '../encode.ts'
import type { DataSet } from '../dataSet.ts'
import { openDicom } from '../part10.ts'
import { tags } from '../tags.ts'
import { image } from '../testing.ts'
import { explicitBigEndian, implicitLittleEndian, type TransferSyntax } from '../transferSyntax.ts'
import { itemsOf, textOf, textsOf } from '../values.ts'
import { deidentify, leftovers, type DeidentifyOptions } from './deidentify.ts'
import { actions } from './profile.ts'
import { earlier } from './pseudonyms.ts'

const key = new TextEncoder().encode('a key for tests only')
const { inflate } = memoryFiles()
const open = (bytes: Uint8Array) => openDicom(bytes, { name: 'a.dcm', inflate })

function clean(attributes: Attributes, options: Partial<DeidentifyOptions> = {}, syntax?: TransferSyntax) {
  const set = dataSetOf(image(1, attributes), syntax?.littleEndian ?? true)
  const result = deidentify(open(encodeFile(set, syntax)), { key, ...options }, 'a.dcm')
  return { ...result, set: open(result.bytes).set }
}

const person: Attributes = {
  StudyDate: '20200301',
  StudyTime: '101112',
  PatientBirthDate: '19700102',
  PatientAge: '050Y',
  PatientSex: 'F',
  AccessionNumber: '77',
  StudyDescription: 'head of Secret Person',
  ReferringPhysicianName: 'Doctor^Who',
  DeviceSerialNumber: '123',
  ReferencedSeriesSequence: [{ SeriesInstanceUID: '1.2.3.4', ReferencedInstanceSequence: [{ ReferencedSOPClassUID: '1.2.840.10008.5.1.4.1.1.4', ReferencedSOPInstanceUID: '1.2.1' }] }],
} // prettier-ignore

test('names, numbers, texts and identifiers go, what describes the image stays', () => {
  const { set, path, counts, warnings } = clean(person)
  const name = textOf(set, 'PatientName') ?? ''
  expect(name).toMatch(/^P[0-9A-F]{12}$/)
  expect(textOf(set, 'PatientID')).toBe(name)
  expect(path).toMatch(new RegExp(`^${name}/[0-9a-f]{12}/[0-9a-f]{12}/[0-9a-f]{12}\\.dcm$`))
  for (const keyword of ['PatientBirthDate', 'PatientSex', 'AccessionNumber', 'ReferringPhysicianName'] as const) {
    expect(set.elements.has(tags[keyword])).toBe(true)
    expect(textOf(set, keyword)).toBeUndefined()
  }
  for (const keyword of ['StudyDescription', 'PatientAge'] as const) expect(set.elements.has(tags[keyword])).toBe(false)
  expect(textOf(set, 'DeviceSerialNumber')).toBe('REMOVED')
  expect(textOf(set, 'Modality')).toBe('MR')
  expect(textOf(set, 'PatientIdentityRemoved')).toBe('YES')
  expect(textsOf(itemsOf(set, 'DeidentificationMethodCodeSequence')[1], 'CodeValue')).toEqual(['113107'])
  expect(set.elements.get(tags.PixelData)?.bytes).toEqual(image(1).PixelData)
  expect(counts.identifiers).toBeGreaterThan(3)
  expect(warnings).toEqual([])
})

test('identifiers fit together, in sequences too, and follow from the key', () => {
  const { set } = clean(person)
  const [series] = itemsOf(set, 'ReferencedSeriesSequence')
  const [instance] = itemsOf(series, 'ReferencedInstanceSequence')
  const uid = textOf(set, 'SeriesInstanceUID') ?? ''
  expect(uid).toMatch(/^2\.25\.\d+$/)
  expect(textOf(series, 'SeriesInstanceUID')).toBe(uid)
  expect(textOf(instance, 'ReferencedSOPInstanceUID')).toBe(textOf(set, 'SOPInstanceUID'))
  expect(textOf(instance, 'ReferencedSOPClassUID')).toBe('1.2.840.10008.5.1.4.1.1.4')
  expect(textOf(clean(person).set, 'SeriesInstanceUID')).toBe(uid)
  const other = clean(person, { key: new TextEncoder().encode('another key, as long') }).set
  expect(textOf(other, 'SeriesInstanceUID')).not.toBe(uid)
  expect(textOf(other, 'PatientID')).not.toBe(textOf(set, 'PatientID'))
})

test('dates of a patient move by the same days, or go', () => {
  const days = (set: DataSet) => Date.parse(asIso(textOf(set, 'StudyDate') ?? ''))
  const [a, b] = [clean(person).set, clean({ ...person, StudyDate: '20200305' }).set]
  expect(days(b) - days(a)).toBe(4 * 86400e3)
  expect(textOf(a, 'StudyDate')).not.toBe('20200301')
  expect(textOf(a, 'StudyTime')).toBe('101112')
  expect(textOf(a, 'LongitudinalTemporalInformationModified')).toBe('MODIFIED')
  const { set } = clean(person, { dates: 'remove' })
  expect(textOf(set, 'StudyDate')).toBeUndefined()
  expect(textOf(set, 'StudyTime')).toBeUndefined()
  expect(textOf(set, 'LongitudinalTemporalInformationModified')).toBe('REMOVED')
  expect(earlier('20200301120000.5+0100', 1)).toBe('20200229120000.5+0100')
  expect(earlier('yesterday', 1)).toBeNull()
})

const asIso = (date: string) => `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`

test('age, sex, size and weight stay where that is asked for', () => {
  const { set } = clean(person, { keepCharacteristics: true })
  expect([textOf(set, 'PatientAge'), textOf(set, 'PatientSex')]).toEqual(['050Y', 'F'])
  expect(textOf(set, 'PatientBirthDate')).toBeUndefined()
})

test('private attributes, overlays and curves go', () => {
  const set = dataSetOf(image(1))
  const extra = [0x00091001, 0x60003000, 0x50003000].map((tag) => ({ tag, representation: 'LO' as const, at: 0, bytes: Uint8Array.of(65, 66) })) // prettier-ignore
  const elements = new Map([...set.elements, ...extra.map((element) => [element.tag, element] as const)])
  const { bytes, counts } = deidentify(open(encodeFile({ ...set, elements })), { key }, 'a.dcm')
  for (const { tag } of extra) expect(open(bytes).set.elements.has(tag)).toBe(false)
  expect(counts).toMatchObject({ private: 1, removed: 2 })
})

for (const syntax of [implicitLittleEndian, explicitBigEndian])
  test(`${syntax.name} stays as it is`, () => {
    const { set } = clean(person, {}, syntax)
    expect(textOf(set, 'PatientName')).toMatch(/^P/)
    expect(textOf(set, 'PatientIdentityRemoved')).toBe('YES')
    expect(textOf(set, 'StudyDate')).toMatch(/^20[12]\d{5}$/)
    expect(set.elements.get(tags.Rows)?.bytes).toHaveLength(2)
  })

test('pixels that may show names are told, reports refused', () => {
  expect(clean({ BurnedInAnnotation: 'YES' }).warnings).toEqual([expect.stringMatching(/show annotations/)])
  expect(clean({ Modality: 'US' }).warnings).toEqual([expect.stringMatching(/images of modality US often do/)])
  expect(clean({ Modality: 'US', BurnedInAnnotation: 'NO' }).warnings).toEqual([])
  expect(() => clean({ Modality: 'SR', SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.22' })).toThrow(
    /^a\.dcm: it is a report \(Enhanced SR\), whose text may tell who the patient is/,
  )
})

test('what is left of a name in other texts is found', () => {
  const original = dataSetOf({ PatientName: 'Secret^Person', PatientID: '0815-4711' })
  const cleaned = dataSetOf({ ContentLabel: 'OF SECRET', ScanOptions: '0815-4711', Manufacturer: 'Maker' })
  expect(leftovers(cleaned, original)).toEqual(['ScanOptions (0018,0022)', 'ContentLabel (0070,0080)'])
})

test('the table has the attributes of the standard', () => {
  const counted = { remove: 0, empty: 0, dummy: 0, uid: 0 }
  for (const action of actions.values()) counted[action]++
  expect(counted).toEqual({ remove: 380, empty: 53, dummy: 128, uid: 54 })
  expect(actions.get(tags.PatientName)).toBe('empty')
})
