import { gunzipSync, gzipSync } from 'node:zlib'
import { crc32 } from '../../packages/volvox/src/formats/crc32.ts'
import { mutated, type Draw } from './mutate.ts'

/**
 * Damages a file, half of the time below its checksums: what is gzipped is changed inside and packed again, a PNG's chunks get
 * the checksums of what they now hold, a zip archive's files none, and only the coded pixels of a DICOM file change. Without that,
 * most changes would be caught by the checksum or the header alone.
 */
export function damaged(bytes: Uint8Array, draw: Draw): Uint8Array {
  const inside = draw(2) === 0
  if (inside && bytes[0] === 0x1f && bytes[1] === 0x8b)
    return new Uint8Array(gzipSync(mutated(gunzipSync(bytes), draw), { level: 1 }))
  const pixels = inside ? codestreamAt(bytes) : -1
  if (pixels > 0) return withPixels(bytes, pixels, mutated(bytes.subarray(pixels, -8), draw))
  const out = mutated(bytes, draw)
  if (!inside) return out
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return withChecksums(out)
  return bytes[0] === 0x50 && bytes[1] === 0x4b ? withoutChecksums(out) : out
}

function withChecksums(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 8 + view.getUint32(at)
    if (end + 4 > bytes.length) break
    view.setUint32(end, crc32(bytes.subarray(at + 4, end)))
    at = end + 4
  }
  return bytes
}

/** Archives may leave checksums out, and then hold 0. */
function withoutChecksums(bytes: Uint8Array): Uint8Array {
  for (let at = 0; at + 20 <= bytes.length; at++) {
    if (bytes[at] !== 0x50 || bytes[at + 1] !== 0x4b) continue
    if (bytes[at + 2] === 3 && bytes[at + 3] === 4) bytes.fill(0, at + 14, at + 18)
    if (bytes[at + 2] === 1 && bytes[at + 3] === 2) bytes.fill(0, at + 16, at + 20)
  }
  return bytes
}

/** Where the codestream begins that is the last fragment of a DICOM file; -1 where there is none. */
function codestreamAt(bytes: Uint8Array): number {
  if (String.fromCharCode(...bytes.subarray(128, 132)) !== 'DICM') return -1
  return bytes.findIndex((byte, at) => byte === 0xff && (bytes[at + 1] === 0xd8 || bytes[at + 1] === 0x4f))
}

/** The file with another last fragment, whose length stands in front of it; behind it is the delimiter, of eight bytes. */
function withPixels(file: Uint8Array, at: number, pixels: Uint8Array): Uint8Array {
  const length = pixels.length + (pixels.length % 2)
  const out = new Uint8Array(at + length + 8)
  out.set(file.subarray(0, at))
  out.set(pixels, at)
  out.set(file.subarray(-8), at + length)
  new DataView(out.buffer).setUint32(at - 4, length, true)
  return out
}
