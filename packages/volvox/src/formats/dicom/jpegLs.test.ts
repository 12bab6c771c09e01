import { expect, test } from 'vitest'
import { jpegLsSize } from './jpegLs.ts'

const header = [0xff, 0xd8, 0xff, 0xf7, 0, 11, 8, 0, 2, 0, 3, 1, 1, 0x11, 0]
const scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0]
const coded = [1, 0xff, 0x7f, 2]
const end = [0xff, 0xd9]

test('the size stands in a stream whose markers are sound', () => {
  expect(jpegLsSize(Uint8Array.from([...header, ...scan, ...coded, ...end, 0]))).toEqual({ width: 3, height: 2 })
  expect(jpegLsSize(Uint8Array.from([...header, ...scan, ...coded, 0xff, ...end]))).toEqual({ width: 3, height: 2 })
})

test('a stream with a damaged marker or length has none', () => {
  const whole = [...header, ...scan, ...coded, ...end]
  expect(jpegLsSize(Uint8Array.from(whole.slice(0, -1)))).toBeNull() // no end
  expect(jpegLsSize(Uint8Array.from([...header, ...end]))).toBeNull() // no scan
  for (const at of [0, 1, 2, 3, 5, 15, 16, 18, 19]) {
    const damaged = Uint8Array.from(whole)
    damaged[at] ^= 0x41
    expect(jpegLsSize(damaged), `byte ${at}`).toBeNull()
  }
})
