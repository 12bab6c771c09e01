import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { asColours, openDicom, readVolume, storedPixels, viewAs, type DType } from 'volvox'
import { nodeFiles } from './files.ts'

const folder = fileURLToPath(new URL('../../../../shared/data/dicom-syntaxes/', import.meta.url))
const absent = !existsSync(folder)

interface Entry {
  readonly file: string
  readonly expected: string | null
  readonly expectedShape?: number[]
  readonly expectedDtype?: string
  readonly expectedColour?: string
  readonly tolerance: number
}

const entries: Entry[] = absent
  ? []
  : (JSON.parse(readFileSync(`${folder}index.json`, 'utf8')) as { files: Entry[] }).files

/** What is refused, and how. */
const refused: Readonly<Record<string, RegExp>> = {
  'MR_truncated.dcm': /PixelData \(7FE0,0010\) at byte 1488 takes 8192 bytes, 8130 are left/,
  'JPEG2000-embedded-sequence-delimiter.dcm':
    /JPEG 2000 data are \d+ x 1024 pixels, the file's header declares 256 x 1024/,
  'badVR.dcm': /NumberOfFrames \(0028,0008\) is "1A", which is no number/,
  'rtplan.dcm': /it is a treatment plan \(RT Plan\) and has no pixels/,
  'test-SR.dcm': /it is a report \(Comprehensive SR\) and has no pixels/,
  'UN_sequence.dcm': /it is an object of unknown kind and has no pixels/,
}

const read = ({ file, expectedColour }: Entry) => {
  const opened = openDicom(readFileSync(folder + file), { name: file, inflate: nodeFiles.inflate })
  const pixels = storedPixels(opened, nodeFiles, file)
  return expectedColour === 'RGB' ? asColours(pixels, opened.set, file) : pixels
}

test.skipIf(absent)('the set has all files', () => expect(entries.length).toBe(48))

for (const entry of entries)
  test(`${entry.file} has the expected stored values, or is refused`, () => {
    if (!entry.expected) {
      expect(() => read(entry)).toThrow(refused[entry.file])
      expect(() => read(entry)).toThrow(/^[^\n]*; [^\n]*$/)
      return
    }
    const { data, layout } = read(entry)
    const npy = gunzipSync(readFileSync(folder + entry.expected))
    const dtype = entry.expectedDtype as DType
    const start = npy.byteOffset + 10 + npy.readUInt16LE(8)
    const expected = viewAs(dtype, npy.buffer, start, data.length)
    expect(layout.dtype).toBe(dtype)
    const whole = [layout.frames, layout.rows, layout.columns, layout.samples].filter((size, i) => size > 1 || i === 1)
    expect(whole).toEqual(entry.expectedShape)
    let worst = 0
    for (let i = 0; i < data.length; i++) worst = Math.max(worst, Math.abs(Number(data[i]) - Number(expected[i])))
    expect(worst).toBeLessThanOrEqual(entry.tolerance)
    const { meta, shape } = readVolume(folder + entry.file, {}, nodeFiles)
    expect(meta.format).toBe('DICOM')
    expect(shape.slice(0, 2)).toEqual([layout.columns, layout.rows])
  })
