import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { MissingError } from '../core/errors.ts'
import type { Files } from '../core/files.ts'
import { loadDecathlonDatalist, loadDecathlonProperties } from './decathlon.ts'
import { caseNameOf, joinInside } from './paths.ts'

const real: Files = {
  read(path, limit) {
    if (!existsSync(path)) throw new MissingError(path, 'no such file')
    return readFileSync(path).subarray(0, limit)
  },
  write: () => {},
  inflate: (bytes) => bytes,
  deflate: (bytes) => bytes,
}
const repository = new URL('../../../../', import.meta.url)
const sample = fileURLToPath(new URL('examples/data/hippocampus', repository))
const broken = fileURLToPath(new URL('../shared/data/broken', repository))

test('the shipped data set lists its cases with absolute paths', () => {
  const training = loadDecathlonDatalist({ dataListFilePath: sample, files: real })
  expect(training).toHaveLength(16)
  expect(training[0]).toEqual({
    image: `${sample}/imagesTr/hippocampus_039.nii.gz`,
    label: `${sample}/labelsTr/hippocampus_039.nii.gz`,
  })
  expect(
    loadDecathlonDatalist({ dataListFilePath: `${sample}/dataset.json`, dataListKey: 'validation', files: real }),
  ).toHaveLength(4)
  const properties = loadDecathlonProperties(sample, real)
  expect(properties.labels).toEqual({ 0: 'background', 1: 'Anterior', 2: 'Posterior' })
  expect(properties.modalities).toEqual(['MRI'])
  expect(properties.lists).toEqual({ training: 16, validation: 4, test: 0 })
})

const memory = (json: unknown, present: string[] = []): Files => ({
  ...real,
  read(path) {
    if (path === '/d/dataset.json')
      return new TextEncoder().encode(typeof json === 'string' ? json : JSON.stringify(json))
    if (!present.includes(path)) throw new MissingError(path, 'no such file')
    return new Uint8Array(1)
  },
})
const load = (json: unknown, rest: object = {}) =>
  loadDecathlonDatalist({ dataListFilePath: '/d', files: memory(json, ['/d/a', '/d/b', '/e/a']), ...rest })

test('a test list may hold bare paths, and baseDir moves them', () => {
  expect(load({ test: ['./a', { image: 'b' }] }, { dataListKey: 'test' })).toEqual([
    { image: '/d/a' },
    { image: '/d/b' },
  ])
  expect(load({ training: [{ image: 'a', label: 'a' }] }, { baseDir: '/e' })).toEqual([
    { image: '/e/a', label: '/e/a' },
  ])
  expect(load({ training: [{ image: 'a', label: 3 }] }, { isSegmentation: false })).toEqual([
    { image: '/d/a', label: 3 },
  ])
})

test.each([
  ['{"training": [', /dataset\.json: is not JSON .*cut short/],
  ['[]', /is not a JSON object/],
  [{ validation: [] }, /there is no list "training"; it has validation/],
  [{}, /it has no list of cases at all/],
  [{ training: [] }, /the list "training" is empty/],
  [{ training: [3] }, /training\[0\]: 3 is not a case/],
  [{ training: [{ label: 'a' }] }, /has no "image"/],
  [{ training: [{ image: 'a' }] }, /"a" has no "label"/],
  [{ training: [{ image: 'a', label: 'x' }] }, /training\[0\]\.label: the file "x" cannot be read \(\/d\/x\)/],
  [{ training: [{ image: '../e/a', label: 'a' }] }, /"\.\.\/e\/a" leaves the folder/],
  [{ training: [{ image: '/e/a', label: 'a' }] }, /leaves the folder/],
  [{ training: [{ image: 7, label: 'a' }] }, /7 is not a path/],
])('%j is refused in one sentence', (json, sentence) => {
  expect(() => load(json)).toThrow(sentence)
})

test.skipIf(!existsSync(broken)).each([
  ['dataset_missing_file', /no_such_image/],
  ['dataset_no_label', /has no "label"/],
  ['dataset_path_escape', /leaves the folder/],
  ['dataset_not_json', /is not JSON/],
  ['dataset_empty', /is empty/],
])('%s.json', (name, sentence) => {
  expect(() => loadDecathlonDatalist({ dataListFilePath: `${broken}/${name}.json`, files: real })).toThrow(sentence)
})

test('paths', () => {
  expect(joinInside('/d/', './x/../y')).toBe('/d/y')
  expect(joinInside('/d', 'x/../../y')).toBeNull()
  expect(joinInside('/d', 'C:\\y')).toBeNull()
  expect(caseNameOf('/d/case_1.nii.gz')).toBe('case_1')
  expect(caseNameOf('case.v2.mha')).toBe('case.v2')
  expect(['a.NRRD', 'a.nhdr', 'a.dicom', 'a.mgh.gz', 'a.nrrd.gz', 'a', 'b/.nii'].map(caseNameOf)).toEqual(['a', 'a', 'a', 'a', 'a.nrrd', 'a', '']) // prettier-ignore
})
