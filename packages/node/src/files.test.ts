import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { nodeFiles } from './files.ts'

const folder = mkdtempSync(join(tmpdir(), 'volvox-files-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a file is written whole, into folders that are made, and nothing else is left', () => {
  const path = join(folder, 'a/b/c.bin')
  nodeFiles.write(path, Uint8Array.of(1, 2, 3))
  nodeFiles.write(path, Uint8Array.of(4, 5))
  expect(nodeFiles.read(path)).toEqual(Uint8Array.of(4, 5))
  expect(nodeFiles.read(path, 1)).toEqual(Uint8Array.of(4))
  expect(nodeFiles.read(path, 9)).toEqual(Uint8Array.of(4, 5))
  expect(readdirSync(join(folder, 'a/b'))).toEqual(['c.bin'])
})

test('what the system refuses is one sentence', () => {
  expect(() => nodeFiles.read(join(folder, 'gone'))).toThrow(/gone: there is no such file; check the path$/)
  expect(() => nodeFiles.read(folder)).toThrow(/: cannot be read: it is a folder; name a file$/)
  nodeFiles.write(join(folder, 'file'), Uint8Array.of(1))
  expect(() => nodeFiles.write(join(folder, 'file/below'), Uint8Array.of(1))).toThrow(
    /cannot be written: a part of the path is a file, not a folder/,
  )
  expect(() => nodeFiles.write(folder, Uint8Array.of(1))).toThrow(/cannot be written/)
  expect(
    readdirSync(join(folder, '..')).filter((name) => name.includes('.part') && name.includes('volvox-files')),
  ).toEqual([])
})

test.skipIf(process.platform !== 'linux')('a folder where none can be made is refused at once', () => {
  expect(() => nodeFiles.write('/proc/volvox/a.bin', Uint8Array.of(1))).toThrow(
    '/proc/volvox/a.bin: cannot be written: its folder cannot be made there; choose another',
  )
})

test('inflating stops at the limit and names damage', () => {
  const bytes = new Uint8Array(100_000).map((_, i) => i)
  for (const container of ['gzip', 'zlib'] as const) {
    const packed = nodeFiles.deflate(bytes, container)
    expect(nodeFiles.inflate(packed, bytes.length)).toEqual(bytes)
    expect(() => nodeFiles.inflate(packed, bytes.length - 1)).toThrow(
      /inflate to more than the 99999 bytes that are expected/,
    )
    expect(() => nodeFiles.inflate(packed.subarray(0, 50), bytes.length)).toThrow(
      'compressed data: end too soon; the file is damaged or cut short',
    )
    const bad = packed.slice()
    bad[bad.length - (container === 'gzip' ? 5 : 1)] ^= 1 // within the checksum
    expect(() => nodeFiles.inflate(bad, bytes.length)).toThrow(/compressed data: do not agree with their checksum/)
  }
  const two = new Uint8Array(Buffer.concat([gzipSync('one '), gzipSync('two')]))
  expect(new TextDecoder().decode(nodeFiles.inflate(two, 7))).toBe('one two')
})
