import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { nodeFiles } from './files.ts'
import { temporaryName } from './temporaryName.ts'

const folder = mkdtempSync(join(tmpdir(), 'volvox-temporary-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('what a killed process left is deleted, what living ones write is not', () => {
  const own = temporaryName(join(folder, 'elsewhere', 'a.bin'))
  const dead = spawnSync(process.execPath, ['-e', '']).pid
  const left = own.replace(`-${process.pid}-`, `-${dead}-`).replace('elsewhere', 'here')
  const living = own.replace('elsewhere', 'here')
  const foreign = join(folder, 'here', `.b.0-${dead}-0-1.part`) // another machine's
  mkdirSync(join(folder, 'here'))
  for (const path of [left, living, foreign]) writeFileSync(path, 'half')
  nodeFiles.write(join(folder, 'here', 'c.bin'), Uint8Array.of(1))
  expect([left, living, foreign].map((path) => existsSync(path))).toEqual([false, true, true])
})

test('a name as long as file systems take can be written', () => {
  const name = `${'n'.repeat(248)}.nii.gz`
  nodeFiles.write(join(folder, 'long', name), Uint8Array.of(1))
  expect(readdirSync(join(folder, 'long'))).toEqual([name])
})
