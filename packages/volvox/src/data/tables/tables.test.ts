import { beforeEach, expect, test } from 'vitest'
import { useFiles } from '../../core/files.ts'
import { memoryFiles } from '../../formats/memoryFiles.ts'
import { DataLoader } from '../loader.ts'
import { CSVDataset, CSVIterableDataset } from './datasets.ts'

const text = (lines: string) => new TextEncoder().encode(lines)
const entries = new Map<string, Uint8Array>()
beforeEach(() => {
  entries.clear()
  entries.set('a.csv', text('\uFEFFid,image,age,flag\r\n1,"a,1.nii",30,True\r\n2,b.nii,,False\r\n3,c.nii,5.5,True\r\n'))
  entries.set('b.csv', text('id,ehr_0,ehr_1,age\n1,0.5,1,7\n3,0.25,2,8\n3,0.75,3,9\n4,1,1,1\n'))
  useFiles(memoryFiles(entries))
})
type Options = Parameters<typeof CSVDataset>[0]
const rows = (options: Options) => {
  const set = CSVDataset(options)
  return Array.from({ length: set.length }, (_, i) => set.get(i))
}

// What MONAI 1.4 with pandas gives for the same files.
test('columns have the types of their values', () => {
  expect(rows({ src: 'a.csv' })).toEqual([
    { id: 1, image: 'a,1.nii', age: 30, flag: true },
    { id: 2, image: 'b.nii', age: NaN, flag: false },
    { id: 3, image: 'c.nii', age: 5.5, flag: true },
  ])
})

test('tables are joined as pandas does', () => {
  const ids = (how: NonNullable<Options['how']>) =>
    rows({ src: ['a.csv', 'b.csv'], on: 'id', how, colNames: ['id', 'age_x', 'ehr_0', 'age_y'] }).map(Object.values)
  const both = [[1, 30, 0.5, 7], [3, 5.5, 0.25, 8], [3, 5.5, 0.75, 9]] // prettier-ignore
  expect(ids('inner')).toEqual(both)
  expect(ids('left')).toEqual([both[0], [2, NaN, NaN, NaN], both[1], both[2]])
  expect(ids('right')).toEqual([...both, [4, NaN, 1, 1]])
  expect(ids('outer')).toEqual([both[0], [2, NaN, NaN, NaN], both[1], both[2], [4, NaN, 1, 1]])
  entries.set('c.csv', text('id,a\n4,\n4,1\n0,2\n'))
  entries.set('d.csv', text('id,a,c\n4,,3.5\n3,1,2\n'))
  expect(rows({ src: ['c.csv', 'd.csv'], on: ['id', 'a'], how: 'outer' }).map(Object.values)).toEqual([[0, 2, NaN], [3, 1, 2], [4, 1, NaN], [4, NaN, 3.5]]) // prettier-ignore
  expect(() => rows({ src: ['a.csv', 'b.csv'], on: 'name' })).toThrow(
    /^CSVDataset\.on: "name" is not a column of both tables/,
  )
})

test('rows and columns are chosen, typed and grouped', () => {
  const colTypes = { id: { type: 'str' }, age: { type: 'int', default: 4 } } as const
  expect(rows({ src: 'a.csv', rowIndices: [[0, 2], 2], colNames: ['id', 'age'], colTypes })).toEqual([
    { id: '1', age: 30 },
    { id: '2', age: 4 },
    { id: '3', age: 5 },
  ])
  expect(rows({ src: 'b.csv', colNames: ['id'], colGroups: { ehr: ['ehr_0', 'ehr_1'] } })[1]).toEqual({
    id: 3,
    ehr: [0.25, 2],
  })
})

test('a stream gives all rows, in pieces, and in a new order each epoch', async () => {
  const values = async (options: Partial<Parameters<typeof CSVIterableDataset>[0]>, epoch = 0) => {
    const loader = DataLoader({
      dataset: CSVIterableDataset({ src: 'b.csv', chunksize: 3, colNames: ['ehr_0'], ...options }),
    })
    const out: unknown[] = []
    for await (const { ehr_0: value } of loader.epoch(epoch)) out.push('data' in value ? value.data[0] : value)
    return out
  }
  expect(await values({})).toEqual([0.5, 0.25, 0.75, 1])
  const shuffled = await values({ shuffle: true, seed: 3 })
  expect(shuffled.toSorted()).toEqual([0.25, 0.5, 0.75, 1])
  expect(await values({ shuffle: true, seed: 3 })).toEqual(shuffled)
  expect(await values({ shuffle: true, seed: 2 }, 1)).toEqual(shuffled)
})

test('what is wrong with a file or an option is said', () => {
  entries.set('odd.csv', text('a,b\n1,2\n3\n'))
  entries.set('quote.csv', text('a,b\n1,"2\n3,4\n'))
  entries.set('twice.csv', text('a,a\n1,2\n'))
  entries.set('empty.csv', text(''))
  expect(() => rows({ src: 'odd.csv' })).toThrow('odd.csv: row 1 has 1 values for 2 columns; correct the file')
  expect(() => rows({ src: 'quote.csv' })).toThrow(/^quote\.csv: has a quote that is never closed/)
  expect(() => rows({ src: 'twice.csv' })).toThrow('twice.csv: has two columns "a"; give each a name of its own')
  expect(() => rows({ src: 'empty.csv' })).toThrow(/^empty\.csv: is empty/)
  expect(() => rows({ src: 'a.csv', colNames: ['no'] })).toThrow(
    /^CSVDataset\.colNames: there is no column "no" \(there are id,/,
  )
  expect(() => rows({ src: 'a.csv', rowIndices: [7] })).toThrow(
    'CSVDataset.rowIndices: there is no row 7; the table has 0 to 2',
  )
  expect(() => rows({ src: 'a.csv', colTypes: { image: { type: 'int' } } })).toThrow(
    'CSVDataset: row 0, image: "a,1.nii" is not a whole number; correct the file, or give a default',
  )
})
