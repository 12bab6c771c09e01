/**
 * Size of a JPEG-LS image whose markers all lie where they should, up to the one that ends it; else null. CharLS searches the whole
 * memory, for minutes, where a marker or a length is damaged, so it is given nothing else.
 */
export function jpegLsSize(bytes: Uint8Array): { width: number; height: number } | null {
  const word = (at: number) => (bytes[at] << 8) | bytes[at + 1]
  if (word(0) !== 0xffd8) return null
  let size: { width: number; height: number } | null = null
  let scans = 0
  for (let at = 2; at + 1 < bytes.length;) {
    const marker = word(at)
    if (marker === 0xffd9) return scans > 0 ? size : null
    const end = at + 2 + word(at + 2)
    const isScan = marker === 0xffda
    const known = isScan || marker === 0xfff7 || marker === 0xfff8 || marker === 0xfffe || (marker & 0xfff0) === 0xffe0
    if (!known || !(end <= bytes.length) || end < at + 4) return null
    if (marker === 0xfff7) {
      if (size || end !== at + 10 + 3 * bytes[at + 9]) return null
      size = { height: word(at + 5), width: word(at + 7) }
    }
    if (isScan && (!size || end !== at + 8 + 2 * bytes[at + 4])) return null
    at = end
    if (!isScan) continue
    scans++
    // Coded data: after a byte of FF the next one is below 80 (ITU-T T.87, A.1); more of FF may fill up before a marker.
    while (at + 1 < bytes.length && !(bytes[at] === 0xff && bytes[at + 1] >= 0x80 && bytes[at + 1] !== 0xff)) at++
  }
  return null
}
