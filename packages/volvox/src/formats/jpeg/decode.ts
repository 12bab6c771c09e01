import { FormatError } from '../../core/errors.ts'
import { coefficientScan, planesOf, unitsOf, type Plane } from './coefficients.ts'
import { eachScan, type JpegFrame, type JpegScan, type JpegState } from './header.ts'
import { losslessScan } from './lossless.ts'
import { samplesOf } from './transform.ts'
import { upsample } from './upsample.ts'

/** A decoded JPEG: samples of a pixel together, row by row, in the colours that were coded. */
export interface JpegImage {
  readonly width: number
  readonly height: number
  readonly components: number
  readonly bits: number
  readonly lossless: boolean
  readonly data: Uint8Array | Uint16Array
  /** What the file's markers say of three or four components: luminance and chrominance, or colours as they are. */
  readonly colour: 'ybr' | 'rgb' | 'unknown'
  /** The colour transform that Adobe's marker declares: 0 none, 1 YCbCr, 2 YCCK. */
  readonly adobe: number | undefined
}

/** Each scan goes over all blocks, however short it is; progressive files have about ten. */
const mostScans = 100

/**
 * Decodes JPEG (ITU-T T.81): baseline, extended (8 and 12 bit), progressive and lossless, with Huffman coding. Memory is
 * bounded by about 7 bytes a sample of what the frame header declares, and that is believed only as far as the data are
 * long enough for it. `limits` refuses other sizes before anything is allocated; `tables` stand elsewhere (in a TIFF file).
 */
export function decodeJpeg(
  data: Uint8Array,
  where: string,
  limits?: { readonly width: number; readonly height: number },
  tables?: Uint8Array,
): JpegImage {
  let scans = 0
  let planes: Plane[] = []
  let samples: Uint16Array | null = null
  const given = tables && eachScan(tables, `${where} (tables)`, () => null)
  const readOne = ({ frame }: JpegState, scan: JpegScan): number | null => {
    if (!frame) return null // eachScan has checked it
    if (++scans > mostScans)
      throw new FormatError(where, `its JPEG data hold more than ${mostScans} scans; the file is damaged`)
    if (frame.process === 'lossless') {
      if (!samples) {
        checkSize(frame, data, where, limits)
        if (frame.components.some(({ h, v }) => h !== frame.components[0].h || v !== frame.components[0].v))
          throw new FormatError(where, 'its lossless JPEG data halve the colours, which cannot be read; store all components at full size') // prettier-ignore
        samples = new Uint16Array(frame.width * frame.height * frame.components.length)
      }
      return losslessScan(data, frame, scan, samples, where)
    }
    if (planes.length === 0) {
      checkSize(frame, data, where, limits)
      planes = planesOf(frame)
    }
    return coefficientScan(data, frame, scan, planes, where)
  }
  const state = eachScan(data, where, readOne, given)
  const { frame } = state
  if (!frame || (planes.length === 0 && !samples))
    throw new FormatError(where, 'its JPEG data hold no image; the file is damaged or cut short')
  const { width, height, bits } = frame
  const components = frame.components.length
  return {
    width,
    height,
    components,
    bits,
    lossless: frame.process === 'lossless',
    data: samples
      ? bits <= 8
        ? Uint8Array.from(samples)
        : samples
      : pixelsOf(frame, planes, state.quantization, where),
    colour: colourOf(frame, state.adobe, state.jfif),
    adobe: state.adobe,
  }
}

/** A block of 64 samples takes a bit at least, a lossless sample too. */
function checkSize(
  frame: JpegFrame,
  data: Uint8Array,
  where: string,
  limits?: { readonly width: number; readonly height: number },
): void {
  const { width, height, components, process } = frame
  if (limits && (width !== limits.width || height !== limits.height))
    throw new FormatError(where, `its JPEG data are ${width} x ${height} pixels, the header declares ${limits.width} x ${limits.height}; the file is damaged`) // prettier-ignore
  const { across, down } = unitsOf(frame)
  const parts =
    process === 'lossless'
      ? width * height * components.length
      : across * down * components.reduce((sum, { h, v }) => sum + h * v, 0)
  if (parts > data.length * 8)
    throw new FormatError(where, `${data.length} bytes of JPEG data cannot hold ${width} x ${height} pixels; the file is damaged or cut short`) // prettier-ignore
}

function pixelsOf(
  frame: JpegFrame,
  planes: readonly Plane[],
  tables: readonly (Uint16Array | undefined)[],
  where: string,
): Uint8Array | Uint16Array {
  const { width, height, bits, components } = frame
  const count = width * height * components.length
  const out = bits === 8 ? new Uint8Array(count) : new Uint16Array(count)
  const { hMax, vMax } = unitsOf(frame)
  components.forEach(({ h, v, quantization }, i) => {
    const table = tables[quantization]
    if (!table) throw new FormatError(where, 'its JPEG data lack a quantization table; the file is damaged')
    const size = { width: Math.ceil((width * h) / hMax), height: Math.ceil((height * v) / vMax) }
    const target = { width, height, start: i, step: components.length }
    upsample(samplesOf(planes[i], table, bits), size, { h: hMax / h, v: vMax / v }, out, target)
  })
  return out
}

/** By Adobe's marker, then JFIF's, then the names of the components, in the order in which decoders ask. */
function colourOf({ components }: JpegFrame, adobe: number | undefined, jfif: boolean): JpegImage['colour'] {
  if (components.length < 3) return 'unknown'
  if (adobe !== undefined) return adobe === 0 ? 'rgb' : 'ybr'
  if (jfif) return 'ybr'
  return String.fromCharCode(...components.map(({ id }) => id)) === 'RGB' ? 'rgb' : 'unknown'
}
