import { expect, test } from 'vitest'
import { memoryFiles } from '../../formats/memoryFiles.ts'
import { checkMissingFiles, createCrossValidationDatalist } from './crossValidation.ts'
import { partitionDataset, partitionDatasetClasses, resampleDatalist, selectCrossValidationFolds } from './partition.ts'

const five = [1, 2, 3, 4, 5]

// What MONAI 1.4 gives.
test('lists are partitioned by ratios and evenly', () => {
  expect(partitionDataset(five, { ratios: [0.6, 0.2, 0.2] })).toEqual([[1, 2, 3], [4], [5]])
  expect(partitionDataset(five, { ratios: [1, 1], shuffle: true, seed: 3 })).toEqual([
    [4, 5, 2],
    [1, 3],
  ])
  expect(partitionDataset(five, { numPartitions: 2 })).toEqual([[1, 3, 5], [2, 4]]) // prettier-ignore
  expect(partitionDataset(five, { numPartitions: 2, evenDivisible: true })).toEqual([[1, 3, 5], [2, 4, 1]]) // prettier-ignore
  expect(partitionDataset(five, { numPartitions: 2, evenDivisible: true, dropLast: true })).toEqual([[1, 3], [2, 4]]) // prettier-ignore
  expect(partitionDataset(five, { numPartitions: 3, shuffle: true, seed: 7 })).toEqual([[1, 2], [4, 5], [3]])
})

test('classes are shared out evenly', () => {
  const data = Array.from({ length: 14 }, (_, i) => i + 1)
  const classes = [2, 0, 2, 1, 3, 2, 2, 0, 2, 0, 3, 3, 1, 3]
  expect(partitionDatasetClasses(data, classes, { ratios: [2, 1] })).toEqual([
    [2, 8, 4, 1, 3, 6, 5, 11, 12],
    [10, 13, 7, 9, 14],
  ])
  expect(partitionDatasetClasses(data, classes, { ratios: [2, 1], shuffle: true, seed: 5 })).toEqual([
    [4, 1, 12, 11, 8, 2, 3, 5, 9],
    [13, 14, 6, 10, 7],
  ])
  const names = ['b', 'a', 'a', 'b', 'a', 'b']
  expect(partitionDatasetClasses([0, 1, 2, 3, 4, 5], names, { ratios: [3] })).toEqual([[1, 2, 4, 0, 3, 5]])
})

test('lists are repeated and cut', () => {
  expect(resampleDatalist(five, { factor: 2.5 })).toEqual([...five, ...five, 1, 2, 3])
  expect(resampleDatalist(five, { factor: 0.5, randomPick: true, seed: 3 })).toEqual([4, 5, 2])
  expect(selectCrossValidationFolds([[1, 2], [3, 4], [5]], [-1, 0])).toEqual([5, 1, 2])
})

test('folds become lists of a data set, and a file', () => {
  const items = Array.from({ length: 7 }, (_, i) => ({ image: String(i) }))
  const entries = new Map<string, Uint8Array>()
  const files = memoryFiles(entries)
  const lists = createCrossValidationDatalist(items, {
    nfolds: 3,
    trainFolds: [0, 1],
    valFolds: -1,
    seed: 2,
    filename: 'l.json',
    files,
  })
  expect(lists.training.map(({ image }) => image)).toEqual(['4', '2', '0', '1', '6'])
  expect(lists.validation.map(({ image }) => image)).toEqual(['3', '5'])
  expect(JSON.parse(new TextDecoder().decode(entries.get('l.json')))).toEqual(lists)
  entries.set('/d/1', new Uint8Array(1))
  expect(checkMissingFiles(items.slice(0, 3), { keys: 'image', rootDir: '/d', files })).toEqual(['0', '2'])
})

test('what does not fit is said', () => {
  expect(() => partitionDataset(five, {})).toThrow('partitionDataset: takes ratios or numPartitions; give one of them')
  expect(() => partitionDataset(five, { numPartitions: 6 })).toThrow(
    /^partitionDataset\.numPartitions: 6 is more than the 5 items/,
  )
  expect(() => partitionDataset(five, { ratios: [1, -1] })).toThrow(/^partitionDataset\.ratios: /)
  expect(() => partitionDataset(five, { numPartitions: 2, dropLast: true })).toThrow(/only goes with evenDivisible/)
  expect(() => partitionDatasetClasses(five, [1], { numPartitions: 2 })).toThrow(
    /has 1 values for 5 items; give one for each/,
  )
  expect(() => selectCrossValidationFolds([[1]], 3)).toThrow(/there is no fold 3 of 1; give 0 to 0/)
  expect(() => checkMissingFiles([{ x: 1 }], { keys: 'image', files: memoryFiles() })).toThrow(
    /^item 0: has no "image" \(it has x\)/,
  )
})
