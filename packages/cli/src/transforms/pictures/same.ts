import { inflateSync } from 'node:zlib'

/** Whether two PNG files of ours hold the same pixels, however they were packed. */
export function samePicture(a: Uint8Array, b: Uint8Array): boolean {
  const [first, second] = [rowsOf(a), rowsOf(b)]
  return first.header.equals(second.header) && first.rows.equals(second.rows)
}

/** The header and the unpacked rows of a PNG. */
function rowsOf(bytes: Uint8Array): { readonly header: Buffer; readonly rows: Buffer } {
  const file = Buffer.from(bytes)
  const parts: Buffer[] = []
  let header = Buffer.alloc(0)
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at)
    const type = file.toString('latin1', at + 4, at + 8)
    const content = file.subarray(at + 8, at + 8 + length)
    if (type === 'IHDR') header = content
    if (type === 'IDAT') parts.push(content)
    at += 12 + length
  }
  return { header, rows: inflateSync(Buffer.concat(parts)) }
}
