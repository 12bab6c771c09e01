import { expect, test } from 'vitest'
import { formats } from 'volvox'
import { fuzz } from './fuzz/fuzz.ts'
import { seeds } from './fuzz/seeds.ts'

test('every format has seeds', () =>
  expect(new Set(seeds().map(({ format }) => format))).toEqual(
    new Set([...formats.map(({ name }) => name), 'DICOM, coded']),
  ))

test('damaged files of every format are read or refused in a sentence, soon (npm run fuzz for more)', () => {
  const failures = [...fuzz(0, 3000, 7, null).values()].flatMap((tally) => tally.failures)
  expect(failures).toEqual([])
})
