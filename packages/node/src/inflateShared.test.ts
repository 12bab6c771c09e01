import { constants, crc32, deflateRawSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RandomState } from 'volvox'
import { inflate } from 'volvox/formats/inflate'
import { nodeFiles } from './files.ts'
import { nodeKernelThreads } from './nodeKernelThreads.ts'

beforeAll(() => nodeKernelThreads(3))
afterAll(() => nodeKernelThreads(1))

/** Bytes of which more than 1 MiB is left when they are deflated, so that threads share them. */
const kinds: Readonly<Record<string, (i: number, draws: Uint8Array) => number>> = {
  noise: (i, draws) => draws[i],
  /** int16 of a CT: air, and tissue with noise. */
  scan: (i, draws) => (i % 4096 < 600 ? [0x18, 0xfc][i & 1] : i & 1 ? 4 + (draws[i] >> 7) : draws[i] >> 1),
  'few values': (i, draws) => draws[i] & 7,
}
const length = 3_400_000
const draws = Uint8Array.from(new RandomState(3).randint(0, 256, length))
const bytesOf = (kind: string) => draws.map((_, i) => kinds[kind](i, draws))

test.each(Object.keys(kinds))('%s inflates as by zlib, however it was deflated', (kind) => {
  const bytes = bytesOf(kind)
  for (const level of [0, 1, 6])
    for (const strategy of [constants.Z_DEFAULT_STRATEGY, constants.Z_HUFFMAN_ONLY, constants.Z_FIXED]) {
      const packed = gzipSync(bytes, { level, strategy })
      expect(packed.length).toBeGreaterThan(2 ** 20)
      expect(Buffer.compare(nodeFiles.inflate(packed, length), bytes), `level ${level}, strategy ${strategy}`).toBe(0)
    }
})

test('what ends or begins within a part is inflated all the same', () => {
  const bytes = bytesOf('scan')
  const long = gzipSync(bytes)
  const short = gzipSync(bytes.subarray(0, 1000))
  const members = [short, long, short, long]
  const inflated = nodeFiles.inflate(Buffer.concat([...members, Buffer.from('more')]), 10_000_000)
  expect(inflated.length).toBe(2 * length + 2000)
  expect(crc32(inflated.subarray(1000, 1000 + length))).toBe(crc32(bytes))
  expect(crc32(inflated.subarray(2000 + length))).toBe(crc32(bytes))
  // Blocks of kinds that are not looked for, and empty ones.
  const mixed = Buffer.concat([
    deflateRawSync(bytes, { level: 1, finishFlush: constants.Z_FULL_FLUSH }),
    deflateRawSync(bytes, { level: 0, finishFlush: constants.Z_FULL_FLUSH }),
    deflateRawSync(bytes, { strategy: constants.Z_FIXED }),
  ])
  const raw = inflate(mixed, 3 * length, 'raw')
  expect([0, 1, 2].map((i) => crc32(raw.subarray(i * length, (i + 1) * length)))).toEqual(Array(3).fill(crc32(bytes)))
})

test('damage, an early end and too much are told in one sentence each', () => {
  const packed = gzipSync(bytesOf('scan'), { level: 1 })
  expect(() => nodeFiles.inflate(packed, length - 1)).toThrow(
    `compressed data: inflate to more than the ${length - 1} bytes that are expected; the file is damaged or cut short`,
  )
  for (const part of [0.3, 0.5, 0.9, 1])
    expect(() => nodeFiles.inflate(packed.subarray(0, Math.floor(part * packed.length) - 1), length)).toThrow(
      'compressed data: end too soon; the file is damaged or cut short',
    )
  const places = new RandomState(5).randint(12, packed.length - 8, 40)
  for (const place of places) {
    const bad = packed.slice()
    bad[place] ^= 1 << (place % 8)
    expect(() => nodeFiles.inflate(bad, 2 * length)).toThrow(/^compressed data: .*; the file is damaged/)
  }
})
