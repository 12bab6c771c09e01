import { FormatError } from '../../core/errors.ts'
import { huffmanTable, type HuffmanTable } from './bits.ts'

/** How the samples of a JPEG are coded. */
export type JpegProcess = 'sequential' | 'progressive' | 'lossless'

export interface JpegComponent {
  readonly id: number
  /** Samples of this component per unit, across and down. */
  readonly h: number
  readonly v: number
  readonly quantization: number
}

/** What the frame header (SOF) says. */
export interface JpegFrame {
  readonly process: JpegProcess
  readonly bits: number
  readonly width: number
  readonly height: number
  readonly components: readonly JpegComponent[]
}

/** What a scan (SOS) needs besides the frame. */
export interface JpegScan {
  /** Places in `frame.components`, with the tables for DC and AC. */
  readonly parts: readonly { readonly component: number; readonly dc?: HuffmanTable; readonly ac?: HuffmanTable }[]
  /** First and last coefficient, or the predictor of a lossless scan. */
  readonly from: number
  readonly to: number
  readonly high: number
  readonly low: number
  /** Units between restart markers; 0 for none. */
  readonly restart: number
  /** Where the coded bits begin. */
  readonly at: number
}

/** What is kept between markers. */
export interface JpegState {
  frame?: JpegFrame
  readonly quantization: (Uint16Array | undefined)[]
  readonly dc: (HuffmanTable | undefined)[]
  readonly ac: (HuffmanTable | undefined)[]
  restart: number
  /** The colour transform that Adobe's marker declares: 0 none, 1 YCbCr, 2 YCCK. */
  adobe?: number
  jfif: boolean
}

/** Zigzag order of coefficients. */
export const zigzag = Uint8Array.from([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47,
  55, 62, 63,
])

const processes: Readonly<Record<number, JpegProcess>> = {
  0xc0: 'sequential',
  0xc1: 'sequential',
  0xc2: 'progressive',
  0xc3: 'lossless',
}

/**
 * Goes through the markers of `data` and calls `scan` for each scan; `scan` returns where its bits end, or null when nothing
 * more is wanted.
 */
export function eachScan(
  data: Uint8Array,
  where: string,
  scan: (state: JpegState, scan: JpegScan) => number | null,
  state: JpegState = { quantization: [], dc: [], ac: [], restart: 0, jfif: false },
): JpegState {
  if (data[0] !== 0xff || data[1] !== 0xd8)
    throw new FormatError(where, 'its JPEG data do not begin with FF D8; the file is damaged')
  let at = 2
  for (;;) {
    while (at < data.length && data[at] !== 0xff) at++ // what stands between segments is passed over, as libjpeg does
    while (data[at] === 0xff && data[at + 1] === 0xff) at++
    const marker = data[at + 1]
    if (marker === undefined || marker === 0xd9) return state
    at += 2
    if (marker === 0x00 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) continue
    const length = (data[at] << 8) | data[at + 1]
    if (!(length >= 2 && at + length <= data.length))
      throw new FormatError(where, `its JPEG segment ${hex(marker)} at byte ${at} is cut short; the file is damaged`)
    const segment = data.subarray(at + 2, at + length)
    at += length
    if (marker === 0xda) {
      const next = scan(state, scanOf(segment, state, at, where))
      if (next === null) return state
      at = next
    } else readSegment(marker, segment, state, where)
  }
}

function readSegment(marker: number, segment: Uint8Array, state: JpegState, where: string): void {
  if (marker === 0xdb) readQuantization(segment, state, where)
  else if (marker === 0xc4) readHuffman(segment, state, where)
  else if (marker === 0xdd) state.restart = (segment[0] << 8) | segment[1]
  else if (marker === 0xe0 && String.fromCharCode(...segment.subarray(0, 4)) === 'JFIF') state.jfif = true
  else if (marker === 0xee && String.fromCharCode(...segment.subarray(0, 5)) === 'Adobe') state.adobe = segment[11]
  else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc8 && marker !== 0xcc) {
    if (state.frame) throw new FormatError(where, 'its JPEG data have two frame headers; the file is damaged')
    state.frame = frameOf(marker, segment, where)
  }
}

function frameOf(marker: number, segment: Uint8Array, where: string): JpegFrame {
  const process = processes[marker]
  if (!process)
    throw new FormatError(
      where,
      `its JPEG process ${hex(marker)} (hierarchical or arithmetic) cannot be read; convert it to baseline or lossless JPEG`,
    )
  const [bits, h1, h0, w1, w0, count] = segment
  const height = (h1 << 8) | h0
  const width = (w1 << 8) | w0
  const components = Array.from({ length: count }, (_, i) => {
    const [id, sampling, quantization] = segment.subarray(6 + 3 * i)
    return { id, h: sampling >> 4, v: sampling & 15, quantization }
  })
  const fits = process === 'lossless' ? bits >= 2 && bits <= 16 : bits === 8 || (bits === 12 && marker !== 0xc0)
  if (
    segment.length < 6 + 3 * count ||
    !fits ||
    width < 1 ||
    height < 1 ||
    count < 1 ||
    count > 4 ||
    components.some(({ h, v, quantization }) => !(h >= 1 && h <= 4 && v >= 1 && v <= 4 && quantization < 4))
  )
    throw new FormatError(
      where,
      `its JPEG frame header declares ${width} x ${height} pixels of ${count} components with ${bits} bits, which is none that can be read; the file is damaged`,
    )
  return { process, bits, width, height, components }
}

function readQuantization(segment: Uint8Array, state: JpegState, where: string): void {
  for (let at = 0; at < segment.length;) {
    const wide = segment[at] >> 4 === 1
    const slot = segment[at] & 15
    const size = wide ? 128 : 64
    if (slot > 3 || at + 1 + size > segment.length)
      throw new FormatError(where, 'a quantization table of its JPEG data is cut short; the file is damaged')
    const table = new Uint16Array(64)
    for (let i = 0; i < 64; i++)
      table[zigzag[i]] = wide ? (segment[at + 1 + 2 * i] << 8) | segment[at + 2 + 2 * i] : segment[at + 1 + i]
    state.quantization[slot] = table
    at += 1 + size
  }
}

function readHuffman(segment: Uint8Array, state: JpegState, where: string): void {
  for (let at = 0; at < segment.length;) {
    const slot = segment[at] & 15
    const counts = segment.subarray(at + 1, at + 17)
    const total = counts.reduce((sum, count) => sum + count, 0)
    if (slot > 3 || counts.length < 16 || total > 256 || at + 17 + total > segment.length)
      throw new FormatError(where, 'a Huffman table of its JPEG data is cut short; the file is damaged')
    const table = huffmanTable(counts, segment.slice(at + 17, at + 17 + total), where)
    ;(segment[at] >> 4 === 0 ? state.dc : state.ac)[slot] = table
    at += 17 + total
  }
}

function scanOf(segment: Uint8Array, state: JpegState, at: number, where: string): JpegScan {
  const { frame } = state
  if (!frame) throw new FormatError(where, 'its JPEG data have a scan before the frame header; the file is damaged')
  const count = segment[0]
  const parts = Array.from({ length: count }, (_, i) => {
    const component = frame.components.findIndex(({ id }) => id === segment[1 + 2 * i])
    const tables = segment[2 + 2 * i]
    return { component, dc: state.dc[tables >> 4], ac: state.ac[tables & 15] }
  })
  const [from, to, approximation] = segment.subarray(1 + 2 * count)
  if (
    approximation === undefined ||
    count < 1 ||
    new Set(parts.map(({ component }) => component)).size !== count ||
    parts.some(({ component }) => component < 0)
  )
    throw new FormatError(where, 'a scan of its JPEG data names components that are not there; the file is damaged')
  const rest = { parts, restart: state.restart, at }
  // A sequential scan holds all coefficients, whatever it says.
  if (frame.process === 'sequential') return { ...rest, from: 0, to: 63, high: 0, low: 0 }
  return { ...rest, from, to, high: approximation >> 4, low: approximation & 15 }
}

function hex(marker: number): string {
  return `FF ${marker.toString(16).toUpperCase()}`
}
