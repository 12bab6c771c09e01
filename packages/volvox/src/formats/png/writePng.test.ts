import { deflateSync, inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32 } from '../crc32.ts'
import { writePng } from './writePng.ts'

const zlib = { deflate: (bytes: Uint8Array): Uint8Array => new Uint8Array(deflateSync(bytes)) }

test('the checksum is that of the standard', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
  expect(crc32(new TextEncoder().encode('789'), crc32(new TextEncoder().encode('123456')))).toBe(0xcbf43926)
})

test('a decoder by the standard finds the pixels', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      fc.constantFrom(1, 3, 4),
      fc.infiniteStream(fc.nat(255)),
      (width, height, channels, values) => {
        const pixels = Uint8Array.from(values.take(width * height * channels))
        const decoded = decode(writePng(pixels, width, height, channels as 1 | 3 | 4, zlib))
        expect(decoded).toEqual({ width, height, colourType: { 1: 0, 3: 2, 4: 6 }[channels], pixels })
      },
    ),
  )
})

function decode(png: Uint8Array): { width: number; height: number; colourType: number; pixels: Uint8Array } {
  const view = new DataView(png.buffer, png.byteOffset, png.length)
  const chunks = new Map<string, Uint8Array>()
  for (let at = 8; at < png.length;) {
    const length = view.getUint32(at)
    const type = String.fromCharCode(...png.subarray(at + 4, at + 8))
    expect(view.getUint32(at + 8 + length)).toBe(crc32(png.subarray(at + 4, at + 8 + length)))
    chunks.set(type, png.subarray(at + 8, at + 8 + length))
    at += 12 + length
  }
  const head = chunks.get('IHDR') ?? new Uint8Array()
  const [width, height] = [
    new DataView(head.buffer, head.byteOffset).getUint32(0),
    new DataView(head.buffer, head.byteOffset).getUint32(4),
  ]
  const channels = { 0: 1, 2: 3, 6: 4 }[head[9]] ?? 0
  const rows = new Uint8Array(inflateSync(chunks.get('IDAT') ?? new Uint8Array()))
  const pixels = new Uint8Array(width * height * channels)
  const stride = width * channels
  for (let row = 0; row < height; row++)
    for (let i = 0; i < stride; i++) {
      const filter = rows[row * (stride + 1)]
      const before =
        filter === 1
          ? i >= channels
            ? pixels[row * stride + i - channels]
            : 0
          : filter === 2 && row > 0
            ? pixels[(row - 1) * stride + i]
            : 0
      pixels[row * stride + i] = rows[row * (stride + 1) + 1 + i] + before
    }
  return { width, height, colourType: head[9], pixels }
}

test('a wrong number of pixels is named', () =>
  expect(() => writePng(new Uint8Array(5), 2, 3, 1, zlib)).toThrow(
    'writePng: 5 values do not make 2 x 3 pixels of 1 channels; give 6',
  ))
