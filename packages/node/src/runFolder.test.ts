import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runFolder } from './runFolder.ts'

const root = mkdtempSync(join(tmpdir(), 'volvox-run-'))
afterAll(() => rmSync(root, { recursive: true }))
const bytes = (text: string) => new TextEncoder().encode(text)
const text = (read: Uint8Array | null) => read && new TextDecoder().decode(read)

test('files are replaced whole, appended to and removed', async () => {
  const folder = runFolder(join(root, 'a', 'run'))
  expect(await folder.read('x')).toBeNull()
  await folder.write('x', bytes('one'))
  await folder.write('x', bytes('two'))
  await folder.append('deep/log', bytes('1\n'))
  await folder.append('deep/log', bytes('2\n'))
  expect(text(await folder.read('x'))).toBe('two')
  expect(text(await folder.read('deep/log'))).toBe('1\n2\n')
  await folder.remove('x')
  await folder.remove('x')
  expect(readdirSync(folder.path)).toEqual(['deep'])
})
