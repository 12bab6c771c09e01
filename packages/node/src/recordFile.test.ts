import { linkSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { recordFile } from './recordFile.ts'

const folder = mkdtempSync(join(tmpdir(), 'volvox-records-'))
afterAll(() => rmSync(folder, { recursive: true }))

let count = 0
const place = () => join(folder, 'deep', `${count++}.samples`)
const body = (n: number, length = 100) => new Uint8Array(length).fill(n)
/** The file as another process sees it. */
const again = (path: string) => {
  const other = join(folder, `${count++}.link`)
  linkSync(path, other)
  return recordFile(other)
}
/** Three records, and where they end. */
function three(): { path: string; ends: number[] } {
  const path = place()
  const ends = [1, 2, 3].map((n) => {
    recordFile(path).put(`key ${n}`, body(n))
    return statSync(path).size
  })
  return { path, ends }
}
const found = (path: string) => {
  const file = again(path)
  return [1, 2, 3].filter((n) => file.get(`key ${n}`) !== undefined)
}

test('bytes are found by key, also those that others add, and the last ones of a key', () => {
  const path = place()
  const one = recordFile(path)
  expect(one.get('a')).toBeUndefined()
  one.put('a', body(1))
  const two = again(path)
  expect(two.get('a')).toEqual(body(1))
  two.put('b', body(2, 0))
  two.put('a', body(3, 70_000))
  expect(one.get('b')).toEqual(body(2, 0))
  expect(one.get('a')).toEqual(body(3, 70_000))
})

test('a damaged record is stepped over', () => {
  const { path, ends } = three()
  const bytes = readFileSync(path)
  bytes.fill(0, ends[0], ends[0] + 20) // the head of the second
  writeFileSync(path, bytes)
  expect(found(path)).toEqual([1, 3])
  bytes.fill(0, 0, 30)
  writeFileSync(path, bytes)
  expect(found(path)).toEqual([3])
})

test('a record that a crash cut short hides none of those that follow', () => {
  const { path, ends } = three()
  truncateSync(path, ends[2] - 50)
  expect(found(path)).toEqual([1, 2])
  again(path).put('key 3', body(3))
  expect(found(path)).toEqual([1, 2, 3])
  const { path: early, ends: early1 } = three()
  truncateSync(early, early1[0] - 50)
  expect(found(early)).toEqual([])
  again(early).put('key 2', body(2, 10)) // ends before the one that was cut short would
  expect(found(early)).toEqual([2])
  again(early).put('key 3', body(3, 1000))
  again(early).put('key 1', body(1))
  expect(found(early)).toEqual([1, 2, 3])
  expect(again(early).get('key 1')).toEqual(body(1))
})

test('a file that is emptied while it is open fills up again', () => {
  const { path } = three()
  const file = recordFile(path)
  truncateSync(path, 0)
  expect(file.get('key 1')).toBeUndefined()
  file.put('key 2', body(2))
  expect(file.get('key 2')).toEqual(body(2))
})

test('another file is left as it is', () => {
  const path = join(folder, 'notes.txt')
  writeFileSync(path, 'not this one')
  expect(() => recordFile(path)).toThrow(`${path}: is no file of kept samples; name another file, or delete this one`)
  expect(readFileSync(path, 'utf8')).toBe('not this one')
  expect(() => recordFile(folder)).toThrow(`${folder}: cannot be opened: it is a folder; name a file`)
})
