import { allocate, type TypedArray } from '../../core/dtype.ts'
import { FormatError } from '../../core/errors.ts'
import { ybrToRgb } from '../jpeg/ybr.ts'
import type { DataSet } from './dataSet.ts'
import type { PixelLayout } from './pixelLayout.ts'
import type { StoredPixels } from './storedPixels.ts'
import type { Keyword } from './tags.ts'
import { elementOf, numbersOf } from './values.ts'

/** Pixels with colours as red, green and blue; gray ones as they are. */
export function asColours(pixels: StoredPixels, set: DataSet, where: string): StoredPixels {
  const { photometric, layout, data } = pixels
  if (!hasColours({ ...layout, photometric })) return pixels
  if (photometric === 'PALETTE COLOR') return fromPalette(pixels, set, where)
  const partial = photometric.startsWith('YBR_PARTIAL')
  return { layout, photometric: 'RGB', data: partial ? fromPartial(data) : ybrToRgb(data) }
}

/** Whether values have to be made red, green and blue. */
export function hasColours({ photometric, samples, bitsAllocated }: PixelLayout): boolean {
  return photometric === 'PALETTE COLOR' || (samples === 3 && photometric.startsWith('YBR') && bitsAllocated === 8)
}

const clamped = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : Math.round(value))

/** The same with luminance from 16 to 235 (PS3.3, C.7.6.3.1.2). */
function fromPartial(data: TypedArray): Uint8Array {
  const out = new Uint8Array(data.length)
  for (let i = 0; i < out.length; i += 3) {
    const y = 1.1644 * (Number(data[i]) - 16)
    const cb = Number(data[i + 1]) - 128
    const cr = Number(data[i + 2]) - 128
    out[i] = clamped(y + 1.596 * cr)
    out[i + 1] = clamped(y - 0.3917 * cb - 0.813 * cr)
    out[i + 2] = clamped(y + 2.0173 * cb)
  }
  return out
}

/** Numbers of palette entries as the entries (PS3.3, C.7.9). */
function fromPalette({ layout, data }: StoredPixels, set: DataSet, where: string): StoredPixels {
  const tables = (['Red', 'Green', 'Blue'] as const).map((colour) => paletteOf(set, colour, where))
  const wide = tables.some((table) => table.bits > 8)
  const out = allocate(wide ? 'uint16' : 'uint8', data.length * 3)
  tables.forEach(({ values, first }, colour) => {
    const last = values.length - 1
    for (let i = 0; i < data.length; i++)
      out[i * 3 + colour] = values[Math.min(last, Math.max(0, Number(data[i]) - first))]
  })
  return {
    layout: { ...layout, samples: 3, planar: false, dtype: wide ? 'uint16' : 'uint8' },
    photometric: 'RGB',
    data: out,
  }
}

function paletteOf(
  set: DataSet,
  colour: 'Red' | 'Green' | 'Blue',
  where: string,
): { values: Uint16Array; first: number; bits: number } {
  const name: Keyword = `${colour}PaletteColorLookupTableDescriptor`
  const [declared, first, entryBits] = numbersOf(set, name, where) ?? []
  const bytes = elementOf(set, `${colour}PaletteColorLookupTableData`)?.bytes
  const count = declared === 0 ? 65536 : declared
  if (!bytes || count === undefined || (entryBits !== 8 && entryBits !== 16))
    throw new FormatError(
      where,
      `its palette has no ${colour.toLowerCase()} table${elementOf(set, 'SegmentedRedPaletteColorLookupTableData') ? ' (segmented ones cannot be read)' : ''}; read it with raw values`,
    )
  const values = new Uint16Array(count)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  // Entries of 8 bits are packed, or, by some writers, one in each 16 bits.
  const packed = entryBits === 8 && bytes.length < 2 * count
  if (bytes.length < (packed ? count : 2 * count))
    throw new FormatError(where, `its ${colour.toLowerCase()} palette has ${bytes.length} bytes, ${count} entries need more; the file is damaged`) // prettier-ignore
  for (let i = 0; i < count; i++) values[i] = packed ? bytes[i] : view.getUint16(2 * i, set.littleEndian)
  return { values, first: first ?? 0, bits: entryBits }
}
