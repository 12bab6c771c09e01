import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { allocate, prepareLargeArrays } from 'volvox/core'
import { useLargePages } from './largePages.ts'

test('only large arrays are made ready', () => {
  const told: number[] = []
  prepareLargeArrays((array) => told.push(array.byteLength))
  try {
    allocate('float32', 2 ** 20)
    allocate('float32', 2 ** 20 - 1)
    allocate('bool', 2 ** 23)
  } finally {
    useLargePages()
  }
  expect(told).toEqual([2 ** 22, 2 ** 23])
})

const supported = existsSync('/sys/kernel/mm/transparent_hugepage/enabled')

test.skipIf(!supported)('large arrays lie in memory that may have large pages', () => {
  useLargePages()
  const data = allocate('float32', 2 ** 24)
  data.fill(1)
  const areas = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
  const large = areas.filter((area) => /^VmFlags:.*\bhg\b/m.test(area)).map((area) => Number(/^Size: +(\d+)/m.exec(area)?.[1])) // prettier-ignore
  expect(Math.max(0, ...large)).toBeGreaterThan(2 ** 15)
})
