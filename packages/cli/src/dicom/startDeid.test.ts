import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readVolume, writeVolume, type Volume } from 'volvox'
import { nodeFiles } from '@volvox/node'
import { runCommandLine } from '../program.ts'
import { recordedIo } from '../testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'volvox-deid-'))
const scan: Volume = {
  dtype: 'uint8',
  shape: [3, 2],
  spatialDims: 2,
  data: Uint8Array.from([1, 2, 3, 4, 5, 6]),
  affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  meta: {},
}

beforeAll(() => {
  writeVolume(join(folder, 'in/Jane Doe.dcm'), scan, {}, nodeFiles)
  writeFileSync(join(folder, 'in/notes.txt'), 'no image')
})
afterAll(() => rmSync(folder, { recursive: true }))

async function deid(...words: string[]) {
  const io = recordedIo()
  const code = await runCommandLine(['deid', ...words], io)
  return { code, out: io.printed.join('\n'), err: io.noted.join('\n') }
}

test('files are written under new names, with a key and a report', async () => {
  const [input, out, key, report] = ['in', 'out', 'trial.key', 'report.json'].map((name) => join(folder, name))
  const { code, out: printed, err } = await deid(input, '--out', out, '--key-file', key, '--report', report)
  expect(code, err).toBe(0)
  expect(printed).toMatch(/^1 files written to .*\n(.*\n)*1 files are not DICOM and were passed over$/)
  expect(err).toMatch(/a new key was written to .*trial\.key/)
  const [written] = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  expect(join(written.parentPath, written.name)).toMatch(/out.P[0-9A-F]{12}(.[0-9a-f]{12}){3}\.dcm$/)
  expect(readVolume(join(written.parentPath, written.name), {}, nodeFiles).data).toEqual(scan.data)
  expect(readFileSync(key, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
  const facts = JSON.parse(readFileSync(report, 'utf8')) as { files: { file: string; output: string }[] }
  expect(facts.files).toHaveLength(1)
  const again = await deid(input, '--out', join(folder, 'again'), '--key-file', key)
  expect(again.code).toBe(0)
  expect(existsSync(join(folder, 'again', facts.files[0].output))).toBe(true)
})

test('what cannot be done is said', async () => {
  const input = join(folder, 'in')
  const inside = await deid(input, '--out', join(input, 'clean'))
  expect(inside.code).not.toBe(0)
  expect(inside.err).toMatch(/deid --out: .*clean lies in the input .*; choose a folder elsewhere/)
  const keyInside = await deid(input, '--out', join(folder, 'o'), '--key-file', join(folder, 'o/key'))
  expect(keyInside.err).toMatch(/deid --key-file: .* lies in the output folder, with which it must not be given away/)
  const none = await deid(join(input, 'notes.txt'), '--out', join(folder, 'o'))
  expect(none.code).not.toBe(0)
  expect(none.err).toMatch(/deid: none of 1 files is DICOM/)
  writeFileSync(join(folder, 'cut.dcm'), readFileSync(join(input, 'Jane Doe.dcm')).subarray(0, -2))
  const cut = await deid(join(folder, 'cut.dcm'), '--out', join(folder, 'o'))
  expect(cut.code).not.toBe(0)
  expect(cut.err).toMatch(/left out: .*cut\.dcm: PixelData \(7FE0,0010\) at byte \d+ takes 6 bytes, 4 are left/)
})
