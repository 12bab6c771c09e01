import { deflateSync } from 'fflate'
import { expect, test } from 'vitest'
import { joinedBytes } from '../../core/lists.ts'
import { memoryFiles } from '../memoryFiles.ts'
import { readVolume } from '../open.ts'
import type { ReadOptions, Volume } from '../format.ts'
import { dataSetOf, encodeDataSet, encodeFile, type Attributes } from './encode.ts'
import {
  explicitBigEndian,
  explicitLittleEndian,
  implicitLittleEndian,
  transferSyntaxes,
  type TransferSyntax,
} from './transferSyntax.ts'
import { coded, image } from './testing.ts'

const read = (bytes: Uint8Array, options: ReadOptions = {}): Volume =>
  readVolume('a.dcm', options, memoryFiles(new Map([['a.dcm', bytes]])))
const file = (more: Attributes, syntax?: TransferSyntax) => encodeFile(dataSetOf(image(0, more), syntax?.littleEndian ?? true), syntax) // prettier-ignore

/** Run-length coded bytes: a header of one segment, then one literal run. */
function rle(...bytes: number[]): Uint8Array {
  const out = new Uint8Array(64 + 1 + bytes.length)
  const view = new DataView(out.buffer)
  view.setUint32(0, 1, true)
  view.setUint32(4, 64, true)
  out.set([bytes.length - 1, ...bytes], 64)
  return out
}

const eightBits: Attributes = { BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelRepresentation: 0 }
const colours: Attributes = { ...eightBits, SamplesPerPixel: 3, PhotometricInterpretation: 'RGB', PlanarConfiguration: 0, Rows: 1, Columns: 2 } // prettier-ignore

test('only the stored bits count, and their sign is carried', () => {
  const values = [-2048, -1, 0, 1, 2047, 5]
  const low = Uint16Array.from(values, (value) => (value & 0xfff) | 0xa000)
  const high = Uint16Array.from(values, (value) => (value & 0xfff) << 4)
  for (const [words, HighBit] of [[low, 11], [high, 15]] as const) {
    const { data } = read(file({ BitsStored: 12, HighBit, PixelData: new Uint8Array(words.buffer) }))
    expect(Array.from(data)).toEqual([-2048, 1, -1, 2047, 0, 5])
  }
}) // prettier-ignore

test('8, 32 and 1 bits, float and double, little and big endian', () => {
  expect(Array.from(read(file({ ...eightBits, PixelData: Uint8Array.from([1, 2, 3, 4, 5, 6]) })).data)).toEqual([1, 4, 2, 5, 3, 6]) // prettier-ignore
  const wide = { BitsAllocated: 32, BitsStored: 32, HighBit: 31 }
  const ints = new Uint8Array(Int32Array.from([1, -2, 3, 4, 5, 1e9]).buffer)
  expect(read(file({ ...wide, PixelData: ints })).data).toEqual(Int32Array.from([1, 4, -2, 5, 3, 1e9]))
  expect(Array.from(read(file({ ...wide, PixelData: ints.slice().reverse() }, explicitBigEndian)).data)).toEqual([1e9, 3, 5, -2, 4, 1]) // prettier-ignore
  const bits = {
    BitsAllocated: 1,
    BitsStored: 1,
    HighBit: 0,
    PixelRepresentation: 0,
    PixelData: Uint8Array.of(0b101001),
  }
  expect(Array.from(read(file(bits)).data)).toEqual([1, 1, 0, 0, 0, 1])
  const floats = new Uint8Array(Float32Array.from([0.5, 1, 2, 3, 4, 5]).buffer)
  const { dtype, data } = read(file({ ...wide, PixelData: undefined, FloatPixelData: floats }))
  expect([dtype, Array.from(data)]).toEqual(['float32', [0.5, 3, 1, 4, 2, 5]])
})

test('bytes in big-endian words, and implicit encoding that is not declared', () => {
  const bytes = { ...eightBits, PixelData: Uint8Array.of(2, 1, 4, 3, 6, 5) }
  expect(Array.from(read(file(bytes, explicitBigEndian)).data)).toEqual([1, 4, 2, 5, 3, 6])
  const set = dataSetOf(image(0))
  const [said, done] = [encodeFile(set, explicitLittleEndian), joinedBytes(encodeDataSet(set, implicitLittleEndian))]
  const start = said.length - joinedBytes(encodeDataSet(set, explicitLittleEndian)).length
  expect(Array.from(read(joinedBytes([said.subarray(0, start), done])).data)).toEqual([0, 3, 1, 4, 2, 5])
})

test('colours: together or in planes, luminance and chrominance, palettes', () => {
  const rgb = [1, 2, 3, 4, 5, 6]
  expect(Array.from(read(file({ ...colours, PixelData: Uint8Array.from(rgb) })).data)).toEqual(rgb)
  expect(Array.from(read(file({ ...colours, PlanarConfiguration: 1, PixelData: Uint8Array.from([1, 4, 2, 5, 3, 6]) })).data)).toEqual(rgb) // prettier-ignore
  const ybr = file({ ...colours, PhotometricInterpretation: 'YBR_FULL', PixelData: Uint8Array.from([76, 85, 255, 128, 128, 128]) }) // prettier-ignore
  expect(Array.from(read(ybr).data)).toEqual([254, 0, 0, 128, 128, 128])
  expect(Array.from(read(ybr, { raw: true }).data)).toEqual([76, 85, 255, 128, 128, 128])
  const halved = file({ ...colours, PhotometricInterpretation: 'YBR_FULL_422', PixelData: Uint8Array.from([10, 20, 128, 128]) }) // prettier-ignore
  expect(Array.from(read(halved).data)).toEqual([10, 10, 10, 20, 20, 20])
  const table = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer)
  const palette = file({
    ...eightBits,
    PhotometricInterpretation: 'PALETTE COLOR',
    RedPaletteColorLookupTableDescriptor: [3, 1, 16],
    GreenPaletteColorLookupTableDescriptor: [3, 1, 16],
    BluePaletteColorLookupTableDescriptor: [3, 1, 16],
    RedPaletteColorLookupTableData: table(100, 200, 300),
    GreenPaletteColorLookupTableData: table(1, 2, 3),
    BluePaletteColorLookupTableData: table(7, 8, 9),
    PixelData: Uint8Array.from([0, 1, 2, 3, 4, 2]),
  })
  const { shape, dtype, data } = read(palette)
  expect([shape, dtype]).toEqual([[3, 2, 1, 3], 'uint16'])
  expect(Array.from(data.subarray(0, 9))).toEqual([100, 1, 7, 300, 3, 9, 100, 1, 7])
  expect(Array.from(read(palette, { raw: true }).data)).toEqual([0, 3, 1, 4, 2, 2])
})

test('segmented palettes: entries one by one, on lines, and again', () => {
  const words = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer)
  const palette = (segments: Uint8Array, count = 9, bits = 16): Uint8Array =>
    file({
      ...eightBits,
      PhotometricInterpretation: 'PALETTE COLOR',
      RedPaletteColorLookupTableDescriptor: [count, 0, bits],
      GreenPaletteColorLookupTableDescriptor: [count, 0, bits],
      BluePaletteColorLookupTableDescriptor: [count, 0, bits],
      SegmentedRedPaletteColorLookupTableData: segments,
      SegmentedGreenPaletteColorLookupTableData: segments,
      SegmentedBluePaletteColorLookupTableData: segments,
      Rows: 1,
      Columns: count,
      PixelData: Uint8Array.from({ length: count }, (_, i) => i),
    })
  const reds = ({ data }: Volume): number[] => Array.from(data.filter((_: unknown, i: number) => i % 3 === 0) as Uint16Array) // prettier-ignore
  // Two entries; a line of three to 1003; the first two again; a line down of two.
  const segments = words(0, 2, 7, 1000, 1, 3, 1003, 2, 1, 0, 0, 1, 2, 0)
  expect(reds(read(palette(segments)))).toEqual([7, 1000, 1001, 1002, 1003, 7, 1000, 500, 0])
  const bytes = Uint8Array.of(0, 1, 10, 0, 2, 20, 21, 2, 1, 3, 0, 0, 0, 1, 2, 24)
  expect(reds(read(palette(bytes, 7, 8)))).toEqual([10, 20, 21, 20, 21, 22, 24])
  const refused = (...codes: number[]) => expect(() => read(palette(words(...codes))))
  refused(1, 2, 3).toThrow(/SegmentedRedPalette.* the segment at place 0 is of kind 1, which cannot stand there/)
  refused(0, 1, 5, 3, 1).toThrow(/the segment at place 3 is of kind 3/)
  refused(0, 1, 5, 2, 1, 3, 0).toThrow(/the segment at place 3 is of kind 2/)
  refused(0, 9, 5).toThrow(/ends in the middle of the segment at place 0/)
  refused(0, 1, 5).toThrow(/segments make 1 entries, 9 are declared/)
  refused(0, 1, 5, 1, 9, 5).toThrow(/more than the 9 entries/)
})

test('a table of the modality comes in place of a scaling', () => {
  const table = { LUTDescriptor: [3, 65535, 16], LUTData: new Uint8Array(Uint16Array.of(5, 600, 7).buffer) }
  const signed = file({
    Rows: 1,
    RescaleSlope: 2,
    RescaleIntercept: 1,
    ModalityLUTSequence: [table],
    PixelData: new Uint8Array(Int16Array.of(-3, 0, 9).buffer),
  })
  expect(read(signed)).toMatchObject({ dtype: 'uint16', data: Uint16Array.of(5, 600, 7) })
  expect(read(signed, { as: 'float32' }).data).toEqual(Float32Array.of(5, 600, 7))
  expect(read(signed, { raw: true }).data).toEqual(Int16Array.of(-3, 0, 9))
  const lost = file({ ModalityLUTSequence: [{ LUTDescriptor: [3, 0, 16] }] })
  expect(() => read(lost)).toThrow('LUTData (0028,3006) is missing; read it with raw values')
})

test('frames of fragments: one each, by offsets, or damaged', () => {
  const frames = { ...eightBits, Rows: 1, NumberOfFrames: 2 }
  const [first, second] = [rle(1, 2, 3), rle(4, 5, 6)]
  expect(Array.from(read(coded([first, second], '.2.5', frames)).data)).toEqual([1, 4, 2, 5, 3, 6])
  const split = [first.subarray(0, 66), first.subarray(66), second]
  const offsets = new Uint8Array(Uint32Array.of(0, 8 + 66 + 8 + 2).buffer)
  expect(Array.from(read(coded(split, '.2.5', frames, offsets)).data)).toEqual([1, 4, 2, 5, 3, 6])
  const lies = new Uint8Array(Uint32Array.of(0, 9).buffer)
  expect(() => read(coded(split, '.2.5', frames, lies))).toThrow(/the offset table of its compressed pixels does not point at frame 1/) // prettier-ignore
  expect(() => read(coded(split, '.2.5', frames))).toThrow(/3 fragments that make 0 frames, the header declares 2/)
  expect(() => read(coded([rle(1, 2)], '.2.5', { ...eightBits, Rows: 1 }))).toThrow(
    /end after 2 of 3 bytes of segment 1/,
  )
  expect(() => read(coded([rle(1)], '.2.5', { ...eightBits, Rows: 60000, Columns: 60000 }))).toThrow(/cannot hold 60000 x 60000 pixels/) // prettier-ignore
  expect(() => read(coded([rle(1)], '4.90'))).toThrow(/^a\.dcm: its pixels are JPEG 2000, and no decoder is there; use the files of "@volvox\/node"/) // prettier-ignore
})

test('what is made to do harm ends in a sentence', () => {
  const nested = (depth: number): Attributes => ({ SourceImageSequence: depth > 0 ? [nested(depth - 1)] : [] })
  expect(() => read(file(nested(40)))).toThrow(/sequences are nested more than 32 deep/)
  expect(() => read(file({ Rows: 65535, Columns: 65535, NumberOfFrames: 2000000 }))).toThrow(/declares 2000000 frames, the pixels cannot hold them|12 bytes of pixels are there/) // prettier-ignore
  expect(() => read(file({ Rows: 0 }))).toThrow(
    /Rows \(0028,0010\) is 0, where a whole number from 1 to 65535 is needed/,
  )
  expect(() => read(file({ BitsAllocated: 24, BitsStored: 24, HighBit: 23 }))).toThrow(/1 samples a pixel of 24 bits cannot be read/) // prettier-ignore
  expect(() => read(file({ ImageOrientationPatient: [1, 0, 0], ImagePositionPatient: [0, 0, 0] }))).toThrow(/has 3 values, 6 are needed/) // prettier-ignore
  const whole = file({})
  for (let length = 140; length < whole.length; length += 7)
    expect(() => read(whole.subarray(0, length))).toThrow(/^a\.dcm: [^\n]*; [^\n]*$/)
})

test('a deflated file inflates to what its header declares and a little more', () => {
  const syntax = transferSyntaxes.find(({ deflated }) => deflated)
  const padded = (length: number): Uint8Array => {
    const { elements } = dataSetOf({ ...image(0), DataSetTrailingPadding: new Uint8Array(length) })
    const set = { elements, littleEndian: true }
    const plain = encodeFile(set, syntax)
    const start = plain.length - joinedBytes(encodeDataSet(set, explicitLittleEndian)).length
    return joinedBytes([plain.subarray(0, start), deflateSync(plain.subarray(start))])
  }
  expect(Array.from(read(padded(60000)).data)).toEqual([0, 3, 1, 4, 2, 5])
  expect(() => read(padded(1e6))).toThrow(
    /^a\.dcm: compressed data: inflate to more than the \d{5} bytes that are expected/,
  )
})
