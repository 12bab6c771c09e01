import process from 'node:process'
import { expect, test } from 'vitest'
import { keepFreedMemory } from './keepFreedMemory.ts'

test('keepFreedMemory says whether the C library could be told, again and again', () => {
  const { glibcVersionRuntime } = (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header
  expect([keepFreedMemory(), keepFreedMemory()]).toEqual(new Array(2).fill(glibcVersionRuntime !== undefined))
})
