import { gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inflateExpected, inflateHead } from './gzip.ts'
import { memoryFiles } from './memoryFiles.ts'

const { deflate, inflate } = memoryFiles()

test('zlib reads what is deflated, and inflating restores it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.integer({ min: 0, max: 9 }), (bytes, level) => {
      expect(new Uint8Array(gunzipSync(deflate(bytes, 'gzip', level)))).toEqual(bytes)
      expect(new Uint8Array(inflateSync(deflate(bytes, 'zlib', level)))).toEqual(bytes)
      for (const container of ['gzip', 'zlib'] as const)
        expect(inflate(deflate(bytes, container, level), bytes.length)).toEqual(bytes)
    }),
  )
})

test('members of a gzip file are joined, each with its checksum', () => {
  const parts = [gzipSync('one '), gzipSync('two')]
  const both = new Uint8Array(Buffer.concat(parts))
  expect(new TextDecoder().decode(inflate(both, 100))).toBe('one two')
  const bad = both.slice()
  bad[parts[0].length - 8] ^= 1
  expect(() => inflate(bad, 100)).toThrow(
    'compressed data: do not agree with their checksum; the file is damaged or cut short',
  )
})

test('no cut or changed byte of a stream passes unseen', () => {
  const text = new TextEncoder().encode('the quick brown fox jumps over the lazy dog '.repeat(9))
  for (const container of ['gzip', 'zlib'] as const) {
    const packed = deflate(text, container)
    for (let length = 0; length < packed.length; length++)
      expect(() => inflate(packed.subarray(0, length), 1000)).toThrow(/^compressed data: /)
    for (let at = 12; at < packed.length - (container === 'gzip' ? 4 : 0); at++) {
      const bad = packed.slice()
      bad[at] ^= 4
      expect(() => inflate(bad, 1000)).toThrow(/^compressed data: /)
    }
  }
})

test('a bomb stops at the limit', () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(50_000_000)))
  expect(() => inflate(bomb, 1_000_000)).toThrow(
    'compressed data: inflate to more than the 1000000 bytes that are expected; the file is damaged',
  )
  expect(inflateHead(bomb, 10, 'bomb')).toEqual(new Uint8Array(10))
})

test('heads of long files are the same however they are deflated, over the ends of members too', () => {
  const bytes = Uint8Array.from({ length: 2_500_000 }, (_, i) => (i * 2654435761) >>> (13 + (i % 7)))
  const short = gzipSync(bytes.subarray(0, 100))
  for (const level of [0, 1, 9])
    for (const packed of [
      gzipSync(bytes, { level }),
      Buffer.concat([short, gzipSync(bytes.subarray(100), { level })]),
    ]) {
      expect(packed.length).toBeGreaterThan(2 ** 20)
      for (const length of [1, 544, 2000])
        expect(inflateHead(packed, length, 'long')).toEqual(bytes.subarray(0, length))
    }
})

test('a size that so few compressed bytes cannot have is refused before anything is allocated', () => {
  const never = (): Uint8Array => {
    throw new Error('inflated all the same')
  }
  expect(() => inflateExpected(new Uint8Array(100), 2 ** 45, 0, never, 'x.nii.gz')).toThrow(
    /^x\.nii\.gz: 100 compressed bytes cannot hold the 35184372088832 bytes/,
  )
})
