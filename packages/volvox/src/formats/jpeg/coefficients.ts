import { FormatError } from '../../core/errors.ts'
import { BitReader, type HuffmanTable } from './bits.ts'
import { zigzag, type JpegFrame, type JpegScan } from './header.ts'

/** The coefficients of one component, block after block, in rows of blocks that fill whole units. */
export interface Plane {
  readonly h: number
  readonly v: number
  /** Blocks that hold samples, which a scan of this component alone goes through. */
  readonly blocksWide: number
  readonly blocksHigh: number
  /** Blocks of a row in memory. */
  readonly rowBlocks: number
  readonly coefficients: Int16Array
}

/** Empty planes for the components of a frame. */
export function planesOf(frame: JpegFrame): Plane[] {
  const { across, down, hMax, vMax } = unitsOf(frame)
  return frame.components.map(({ h, v }) => {
    const rowBlocks = across * h
    return {
      h,
      v,
      blocksWide: Math.ceil(Math.ceil((frame.width * h) / hMax) / 8),
      blocksHigh: Math.ceil(Math.ceil((frame.height * v) / vMax) / 8),
      rowBlocks,
      coefficients: new Int16Array(rowBlocks * down * v * 64),
    }
  })
}

/** Units (MCU) of a frame: how many across and down, and the largest sampling factors. */
export function unitsOf({ width, height, components }: JpegFrame): {
  across: number
  down: number
  hMax: number
  vMax: number
} {
  const hMax = Math.max(...components.map(({ h }) => h))
  const vMax = Math.max(...components.map(({ v }) => v))
  return { across: Math.ceil(width / (8 * hMax)), down: Math.ceil(height / (8 * vMax)), hMax, vMax }
}

/** Reads one block of a scan into 64 coefficients that begin at `at`. */
type BlockReader = (coefficients: Int16Array, at: number, part: number) => void

/** One scan of sequential or progressive JPEG into the planes. Returns where the scan ends. */
export function coefficientScan(
  data: Uint8Array,
  frame: JpegFrame,
  scan: JpegScan,
  planes: readonly Plane[],
  where: string,
): number {
  if (scan.from > scan.to || scan.to > 63 || scan.low > 13)
    throw new FormatError(where, `a scan of its JPEG data has the coefficients ${scan.from} to ${scan.to}; the file is damaged`) // prettier-ignore
  const reader = new BitReader(data, scan.at, where)
  const { block, restart } = blockReader(frame, scan, reader, where)
  let left = scan.restart
  const nextUnit = (): void => {
    if (scan.restart === 0 || left-- > 0) return
    reader.restart()
    restart()
    left = scan.restart - 1
  }
  if (scan.parts.length === 1) {
    const plane = planes[scan.parts[0].component]
    for (let y = 0; y < plane.blocksHigh; y++) {
      for (let x = 0; x < plane.blocksWide; x++) {
        nextUnit()
        block(plane.coefficients, (y * plane.rowBlocks + x) * 64, 0)
      }
      reader.check()
    }
    return reader.at
  }
  const { across, down } = unitsOf(frame)
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      nextUnit()
      for (let i = 0; i < scan.parts.length; i++) {
        const plane = planes[scan.parts[i].component]
        for (let v = 0; v < plane.v; v++)
          for (let h = 0; h < plane.h; h++)
            block(plane.coefficients, ((y * plane.v + v) * plane.rowBlocks + x * plane.h + h) * 64, i)
      }
    }
    reader.check()
  }
  return reader.at
}

function blockReader(
  frame: JpegFrame,
  scan: JpegScan,
  reader: BitReader,
  where: string,
): { block: BlockReader; restart: () => void } {
  const { from, to, high, low, parts } = scan
  const table = (kind: 'dc' | 'ac'): HuffmanTable[] =>
    parts.map((part) => {
      const found = part[kind]
      if (!found) throw new FormatError(where, 'its JPEG data lack a Huffman table; the file is damaged')
      return found
    })
  const last = new Int32Array(parts.length)
  let endRun = 0 // blocks that are still to come without further coefficients
  const restart = (): void => {
    last.fill(0)
    endRun = 0
  }
  const readDc =
    (tables: readonly HuffmanTable[]): BlockReader =>
    (out, at, part) => {
      last[part] += reader.takeSigned(reader.symbol(tables[part]) & 15)
      out[at] = last[part] << low
    }
  const readAc =
    (tables: readonly HuffmanTable[], first: number): BlockReader =>
    (out, at, part) => {
      if (endRun > 0) {
        endRun--
        return
      }
      for (let k = first; k <= to; k++) {
        const symbol = reader.symbol(tables[part])
        const size = symbol & 15
        const run = symbol >> 4
        if (size === 0) {
          if (run < 15) {
            endRun = (1 << run) - 1 + reader.take(run)
            return
          }
          k += 15
        } else {
          k += run
          out[at + zigzag[k & 63]] = reader.takeSigned(size) << low
        }
      }
    }
  if (frame.process === 'sequential') {
    const [dc, ac] = [readDc(table('dc')), readAc(table('ac'), 1)]
    return {
      block: (out, at, part) => {
        dc(out, at, part)
        ac(out, at, part)
      },
      restart,
    }
  }
  if (from === 0) {
    if (high === 0) return { block: readDc(table('dc')), restart }
    return { block: (out, at) => void (out[at] |= reader.take(1) << low), restart }
  }
  if (high === 0) return { block: readAc(table('ac'), from), restart }
  const [ac] = table('ac')
  return {
    block: (out, at) => {
      endRun = refine(reader, ac, out, at, scan, endRun)
    },
    restart: () => {
      endRun = 0
    },
  }
}

/** One more bit for the coefficients of a block (T.81, G.1.2.3); returns the run of blocks without new ones. */
function refine(
  reader: BitReader,
  table: HuffmanTable,
  out: Int16Array,
  at: number,
  { from, to, low }: JpegScan,
  endRun: number,
): number {
  const bit = 1 << low
  const correct = (i: number): void => {
    if (reader.take(1) === 1 && (out[i] & bit) === 0) out[i] += out[i] > 0 ? bit : -bit
  }
  let k = from
  if (endRun === 0) {
    for (; k <= to; k++) {
      const symbol = reader.symbol(table)
      let run = symbol >> 4
      let value = 0
      if ((symbol & 15) === 0) {
        if (run < 15) {
          endRun = (1 << run) + reader.take(run)
          break
        }
      } else value = reader.take(1) === 1 ? bit : -bit
      for (; k <= to; k++) {
        const i = at + zigzag[k]
        if (out[i] !== 0) correct(i)
        else if (run-- === 0) {
          out[i] = value
          break
        }
      }
    }
  }
  if (endRun === 0) return 0
  for (; k <= to; k++) {
    const i = at + zigzag[k]
    if (out[i] !== 0) correct(i)
  }
  return endRun - 1
}
