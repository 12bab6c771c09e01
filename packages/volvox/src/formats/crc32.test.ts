import { gzipSync } from 'fflate'
import { expect, test } from 'vitest'
import { crc32 } from './crc32.ts'

test('the checksum is that of the standard, for any length and in parts', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * i) % 251)
  for (const length of [0, 1, 7, 8, 9, 63, 1000]) {
    const gzip = gzipSync(bytes.subarray(0, length))
    const want = new DataView(gzip.buffer, gzip.byteOffset + gzip.length - 8).getUint32(0, true)
    expect(crc32(bytes.subarray(0, length)), String(length)).toBe(want)
  }
  expect(crc32(bytes.subarray(333), crc32(bytes.subarray(0, 333)))).toBe(crc32(bytes))
})
