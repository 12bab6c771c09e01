import { FormatError } from '../../core/errors.ts'
import { BitReader } from './bits.ts'
import type { JpegFrame, JpegScan } from './header.ts'

/**
 * One scan of lossless JPEG (T.81, annex H): each sample is predicted from its neighbours to the left (a), above (b) and above
 * left (c), and the difference is coded. Samples go into `out`, components together. Returns where the scan ends.
 */
export function losslessScan(
  data: Uint8Array,
  frame: JpegFrame,
  scan: JpegScan,
  out: Uint16Array,
  where: string,
): number {
  const { width, height, bits } = frame
  const step = frame.components.length
  const predictor = scan.from
  if (predictor < 1 || predictor > 7 || scan.low >= bits)
    throw new FormatError(where, `its lossless JPEG data use predictor ${predictor}; 1 to 7 exist, the file is damaged`)
  const tables = scan.parts.map(({ dc, component }) => {
    if (!dc) throw new FormatError(where, 'its JPEG data lack a Huffman table; the file is damaged')
    return { table: dc, component }
  })
  const reader = new BitReader(data, scan.at, where)
  const start = 1 << (bits - scan.low - 1)
  const stride = width * step
  let left = scan.restart
  let firstRow = true
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (scan.restart > 0 && left-- === 0) {
        reader.restart()
        left = scan.restart - 1
        firstRow = true
      }
      for (const { table, component } of tables) {
        const at = y * stride + x * step + component
        const size = reader.symbol(table)
        if (size > 16) throw new FormatError(where, 'a difference in its JPEG data is too long; the file is damaged')
        const difference = size === 16 ? 32768 : reader.takeSigned(size)
        let guess: number
        if (firstRow) guess = x === 0 ? start : out[at - step]
        else if (x === 0) guess = out[at - stride]
        else guess = predicted(predictor, out[at - step], out[at - stride], out[at - stride - step])
        out[at] = guess + difference
      }
    }
    firstRow = false
    reader.check()
  }
  if (scan.low > 0)
    for (const { component } of tables) for (let at = component; at < out.length; at += step) out[at] <<= scan.low
  return reader.at
}

function predicted(predictor: number, a: number, b: number, c: number): number {
  switch (predictor) {
    case 1:
      return a
    case 2:
      return b
    case 3:
      return c
    case 4:
      return a + b - c
    case 5:
      return a + ((b - c) >> 1)
    case 6:
      return b + ((a - c) >> 1)
    default:
      return (a + b) >> 1
  }
}
