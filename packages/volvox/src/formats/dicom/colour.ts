import { allocate, type TypedArray } from '../../core/dtype.ts'
import { ybrToRgb } from '../jpeg/ybr.ts'
import type { DataSet } from './dataSet.ts'
import { lookUp, lookupTable } from './lookupTable.ts'
import type { PixelLayout } from './pixelLayout.ts'
import type { StoredPixels } from './storedPixels.ts'
import { itemsOf } from './values.ts'

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
  const tables = (['Red', 'Green', 'Blue'] as const).map((colour) => {
    const segmented = `Segmented${colour}PaletteColorLookupTableData` as const
    const [descriptor, plain] = [`${colour}PaletteColorLookupTableDescriptor`, `${colour}PaletteColorLookupTableData`] as const // prettier-ignore
    return lookupTable(set, { descriptor, data: plain, segmented }, layout.signed, where)
  })
  const dtype = tables.some(({ bits }) => bits > 8) ? 'uint16' : 'uint8'
  const out = allocate(dtype, data.length * 3)
  tables.forEach((table, colour) => lookUp(table, data, out, colour, 3))
  return { layout: { ...layout, samples: 3, planar: false, dtype }, photometric: 'RGB', data: out }
}

/** Whether stored values stand for others by a table, as some digitised films have it (PS3.3, C.11.1). */
export function hasModalityTable(set: DataSet): boolean {
  return itemsOf(set, 'ModalityLUTSequence').length > 0
}

/** What the values stand for: colours, or those of the modality's table; else as they are. */
export function asMeant(pixels: StoredPixels, set: DataSet, where: string): StoredPixels {
  const [item] = itemsOf(set, 'ModalityLUTSequence')
  if (!item) return asColours(pixels, set, where)
  const { layout, data, photometric } = pixels
  const table = lookupTable(item, { descriptor: 'LUTDescriptor', data: 'LUTData' }, layout.signed, where)
  const dtype = table.bits > 8 ? 'uint16' : 'uint8'
  const out = allocate(dtype, data.length)
  lookUp(table, data, out)
  return { layout: { ...layout, dtype, signed: false, bitsStored: table.bits }, photometric, data: out }
}
