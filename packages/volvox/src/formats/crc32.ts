let tables: Uint32Array | null = null

/**
 * The checksum of gzip, zip and PNG (ISO 3309); `seed` continues an earlier one. Eight bytes at a time, each through a
 * table of what it and the zeros behind it come to (Kounavis & Berry 2005).
 */
export function crc32(bytes: Uint8Array, seed = 0): number {
  const t = (tables ??= eightTables())
  const whole = bytes.length - (bytes.length % 8)
  let crc = ~seed
  let i = 0
  for (; i < whole; i += 8) {
    crc ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24)
    crc =
      t[0x700 | (crc & 0xff)] ^
      t[0x600 | ((crc >>> 8) & 0xff)] ^
      t[0x500 | ((crc >>> 16) & 0xff)] ^
      t[0x400 | (crc >>> 24)] ^
      t[0x300 | bytes[i + 4]] ^
      t[0x200 | bytes[i + 5]] ^
      t[0x100 | bytes[i + 6]] ^
      t[bytes[i + 7]]
  }
  for (; i < bytes.length; i++) crc = t[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8)
  return ~crc >>> 0
}

/** The table of single bytes, then those of bytes with one to seven zeros behind them. */
function eightTables(): Uint32Array {
  const t = new Uint32Array(8 * 256)
  for (let n = 0; n < 256; n++) {
    let c = n
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
    t[n] = c
  }
  for (let n = 256; n < t.length; n++) t[n] = t[t[n - 256] & 0xff] ^ (t[n - 256] >>> 8)
  return t
}
