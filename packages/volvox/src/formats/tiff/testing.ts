// For tests.

/** White with a violet square of tissue in rows 8 to 23 and columns 16 to 31 of 32 x 48; red tells the row, half of it. */
const pixelAt = (row: number, column: number): number[] =>
  row >= 8 && row < 24 && column >= 16 && column < 32 ? [100 + row, 20, 140] : [240, 240, 240]

/** A little-endian TIFF pyramid of 16 x 16 tiles without compression; each level halves the one before. */
export function pyramid(height: number, width: number, levels: number): Uint8Array {
  const out: number[] = [0x49, 0x49, 42, 0, 0, 0, 0, 0]
  const u16 = (n: number) => [n & 255, n >> 8]
  const u32 = (n: number) => [...u16(n & 65535), ...u16(n >>> 16)]
  let link = 4
  for (let level = 0; level < levels; level++) {
    const [h, w, step] = [height >> level, width >> level, 1 << level]
    const offsets: number[] = []
    for (let top = 0; top < h; top += 16)
      for (let left = 0; left < w; left += 16) {
        offsets.push(out.length)
        for (let y = top; y < top + 16; y++)
          for (let x = left; x < left + 16; x++) out.push(...pixelAt(y * step, x * step))
      }
    const places = out.length
    out.push(...offsets.flatMap(u32))
    const lengths = out.length
    out.push(...offsets.flatMap(() => u32(768)))
    const bits = out.length
    out.push(...[8, 8, 8].flatMap(u16))
    const resolution = out.length
    out.push(...u32(20000 >> level), ...u32(1))
    if (out.length % 2) out.push(0)
    const one = offsets.length === 1
    const tags = [[256, 4, 1, w], [257, 4, 1, h], [258, 3, 3, bits], [259, 3, 1, 1], [262, 3, 1, 2], [277, 3, 1, 3], [282, 5, 1, resolution], [283, 5, 1, resolution], [296, 3, 1, 3], [322, 4, 1, 16], [323, 4, 1, 16], [324, 4, offsets.length, one ? offsets[0] : places], [325, 4, offsets.length, one ? 768 : lengths]] // prettier-ignore
    out.splice(link, 4, ...u32(out.length))
    out.push(
      ...u16(tags.length),
      ...tags.flatMap(([tag, type, count, value]) => [...u16(tag), ...u16(type), ...u32(count), ...u32(value)]),
    )
    link = out.length
    out.push(0, 0, 0, 0)
  }
  return Uint8Array.from(out)
}
