import { deflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { joinedBytes } from '../../core/lists.ts'
import { crc32 } from '../crc32.ts'
import type { ReadOptions } from '../format.ts'
import { memoryFiles } from '../memoryFiles.ts'
import { readVolume } from '../open.ts'

const signature = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = joinedBytes([Uint8Array.from(type, (c) => c.charCodeAt(0)), data])
  const out = new Uint8Array(body.length + 8)
  new DataView(out.buffer).setUint32(0, data.length)
  out.set(body, 4)
  new DataView(out.buffer).setUint32(body.length + 4, crc32(body))
  return out
}

function file(
  [width, height, depth, colour, interlace]: readonly number[],
  rows: readonly number[],
  more: readonly Uint8Array[] = [],
): Uint8Array {
  const header = new Uint8Array(13)
  new DataView(header.buffer).setUint32(0, width)
  new DataView(header.buffer).setUint32(4, height)
  header.set([depth, colour, 0, 0, interlace], 8)
  const data = deflateSync(Uint8Array.from(rows))
  return joinedBytes([
    Uint8Array.from(signature),
    chunk('IHDR', header),
    ...more,
    chunk('IDAT', data),
    chunk('IEND', new Uint8Array(0)),
  ])
}

const read = (bytes: Uint8Array, options: ReadOptions = {}) =>
  readVolume('a.png', options, memoryFiles(new Map([['a.png', bytes]])))

test('the seven passes of an interlaced image put each pixel where it belongs', () => {
  const [width, height] = [11, 9]
  const value = (x: number, y: number): number => 20 * y + x
  const passes = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ]
  const rows: number[] = []
  for (const [x0, y0, dx, dy] of passes)
    for (let y = y0; y < height; y += dy) {
      if (x0 < width) rows.push(0)
      for (let x = x0; x < width; x += dx) rows.push(value(x, y))
    }
  const { shape, data } = read(file([width, height, 8, 0, 1], rows))
  expect(shape).toEqual([width, height])
  expect(Array.from(data)).toEqual(
    Array.from({ length: width * height }, (_, i) => value(Math.floor(i / height), i % height)),
  )
})

test('grey of 1, 2 and 4 bits is spread to 255; as Pillow has it, 1 bit is bool', () => {
  expect(Array.from(read(file([4, 1, 2, 0, 0], [0, 0b00011011])).data)).toEqual([0, 85, 170, 255])
  expect(Array.from(read(file([2, 1, 4, 0, 0], [0, 0x3f])).data)).toEqual([51, 255])
  const bilevel = file([3, 1, 1, 0, 0], [0, 0b10100000])
  expect(read(bilevel)).toMatchObject({ dtype: 'uint8', data: Uint8Array.of(255, 0, 255) })
  expect(read(bilevel, { asPillow: true })).toMatchObject({ dtype: 'bool', data: Uint8Array.of(1, 0, 1) })
})

test('a palette becomes colours, with opacity where some are not opaque, or stays numbers', () => {
  const palette = chunk('PLTE', Uint8Array.of(1, 2, 3, 40, 50, 60))
  const picture = file([2, 1, 8, 3, 0], [0, 1, 0], [palette])
  expect(read(picture)).toMatchObject({ shape: [2, 1, 3], data: Uint8Array.of(40, 50, 60, 1, 2, 3) })
  expect(read(picture, { asPillow: true })).toMatchObject({ shape: [2, 1], data: Uint8Array.of(1, 0) })
  const opacity = chunk('tRNS', Uint8Array.of(9))
  expect(read(file([2, 1, 8, 3, 0], [0, 1, 0], [palette, opacity])).data).toEqual(
    Uint8Array.of(40, 50, 60, 255, 1, 2, 3, 9),
  )
})

const damaged: [what: string, bytes: Uint8Array, sentence: RegExp][] = [
  ['a depth', file([2, 1, 5, 0, 0], [0, 1, 0]), /colour type 0 with 5 bits is no kind of PNG/],
  ['no pixels', file([0, 1, 8, 0, 0], [0]), /it is 0 x 1 pixels by its header/],
  ['too few rows', file([2, 2, 8, 0, 0], [0, 1, 2]), /3 bytes of pixels are there, the header declares 6/],
  ['too many rows', file([1, 1, 8, 0, 0], [0, 1, 2]), /inflate to more than the 2 bytes that are expected/],
  [
    'a huge size',
    file([2 ** 30, 2 ** 30, 8, 0, 0], [0]),
    /compressed bytes cannot hold the \d+ bytes that the header declares/,
  ],
  ['a filter', file([1, 1, 8, 0, 0], [9, 1]), /row 0 has filter 9, PNG has 0 to 4/],
  ['no palette', file([1, 1, 8, 3, 0], [0, 1]), /there is no whole palette/],
  ['an entry', file([1, 1, 8, 3, 0], [0, 7], [chunk('PLTE', new Uint8Array(3))]), /palette entry 7, there are 1/],
  [
    'a checksum',
    file([1, 1, 8, 0, 0], [0, 1]).map((byte, i) => (i === 20 ? 77 : byte)),
    /checksum of chunk "IHDR" at byte 8/,
  ],
  ['its end', file([1, 1, 8, 0, 0], [0, 1]).subarray(0, 50), /the file ends after 50; it is damaged or cut short/],
]

test.each(damaged)('%s that cannot be is told in a sentence', (_what, bytes, sentence) => {
  expect(() => read(bytes)).toThrow(sentence)
  expect(() => read(bytes)).toThrow(/^a\.png: /)
})
