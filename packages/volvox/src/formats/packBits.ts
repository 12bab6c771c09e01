/**
 * PackBits, of TIFF and DICOM: runs of equal bytes (a count of 129 to 255) and literal ones (0 to 127). Fills `count` places of
 * `out` from `first` on, `step` apart; gives how many were filled, fewer where `bytes` end before.
 */
export function unpackBits(bytes: Uint8Array, out: Uint8Array, count = out.length, first = 0, step = 1): number {
  let [at, filled] = [0, 0]
  while (at < bytes.length && filled < count) {
    const code = bytes[at++]
    if (code === 128) continue
    const length = Math.min(code < 128 ? code + 1 : 257 - code, count - filled)
    if (code < 128) {
      const there = Math.min(length, bytes.length - at)
      for (let i = 0; i < there; i++) out[first + (filled + i) * step] = bytes[at + i]
      at += code + 1
      filled += there
    } else {
      const value = bytes[at++]
      for (let i = 0; i < length; i++) out[first + (filled + i) * step] = value
      filled += length
    }
  }
  return filled
}
