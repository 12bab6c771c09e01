import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { decodeJpeg } from './decode.ts'
import { ybrToRgb } from './ybr.ts'

const folder = fileURLToPath(new URL('../../../../../../shared/data/formats/', import.meta.url))
const absent = !existsSync(folder)

for (const name of ['gray', 'rgb_420', 'rgb_444_progressive'])
  test.skipIf(absent)(`${name}.jpg has the pixels that libjpeg gives`, () => {
    const image = decodeJpeg(readFileSync(`${folder}made-2d/${name}.jpg`), name)
    const npy = gunzipSync(readFileSync(`${folder}expected/made-2d__${name}.jpg.npy.gz`))
    const expected = npy.subarray(10 + npy.readUInt16LE(8))
    const found = image.components === 3 ? ybrToRgb(image.data) : image.data
    expect(found.length).toBe(expected.length)
    expect(found.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i])), 0)).toBeLessThanOrEqual(1)
  })

/** An 8 x 8 gray image whose only block has the given DC difference. */
function tiny(bits: number[], size = 8): Uint8Array {
  const segment = (marker: number, ...body: number[]) => [0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255, ...body] // prettier-ignore
  return Uint8Array.from([
    0xff,
    0xd8,
    ...segment(0xdb, 0, ...new Array<number>(64).fill(8)),
    ...segment(0xc0, 8, size >> 8, size & 255, size >> 8, size & 255, 1, 1, 0x11, 0),
    ...segment(0xc4, 0x00, 0, 2, ...new Array<number>(14).fill(0), 0, 4),
    ...segment(0xc4, 0x10, 1, ...new Array<number>(15).fill(0), 0),
    ...segment(0xda, 1, 1, 0, 0, 63, 0),
    ...bits,
    0xff,
    0xd9,
  ])
}

test('a block of one coefficient is even', () => {
  // 01: four bits follow; 1010: +10; 0: end of block.
  const { data, width, height } = decodeJpeg(tiny([0b01101001, 0xff, 0]), 'tiny.jpg')
  expect([width, height]).toEqual([8, 8])
  expect([...new Set(data)]).toEqual([138])
})

test('what is damaged is told in a sentence', () => {
  expect(() => decodeJpeg(Uint8Array.of(1, 2), 'a.jpg')).toThrow(/^a\.jpg: its JPEG data do not begin with FF D8/)
  expect(() => decodeJpeg(tiny([]), 'a.jpg')).toThrow(/^a\.jpg: its JPEG data end too soon/)
  expect(() => decodeJpeg(tiny([0], 0xffff), 'a.jpg')).toThrow(/cannot hold 65535 x 65535 pixels/)
  expect(() => decodeJpeg(tiny([0b11111111, 0]), 'a.jpg')).toThrow(/a code that its Huffman table does not have/)
  expect(() => decodeJpeg(tiny([0]), 'a.jpg', { width: 4, height: 8 })).toThrow(
    /8 x 8 pixels, the header declares 4 x 8/,
  )
  expect(() => decodeJpeg(tiny([0]).subarray(0, 30), 'a.jpg')).toThrow(/segment FF DB at byte 4 is cut short/)
})
