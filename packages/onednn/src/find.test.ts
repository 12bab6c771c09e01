import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import koffi from 'koffi'
import { MissingError } from 'volvox'
import { afterAll, expect, test } from 'vitest'
import { candidates, findLibrary, here, howToInstall } from './find.ts'
import { available } from './testing.ts'

const root = mkdtempSync(join(tmpdir(), 'volvox-find-'))
const folder = join(root, 'lib')
mkdirSync(folder)
afterAll(() => rmSync(root, { recursive: true }))

const native = process.platform === 'linux' || process.platform === 'darwin'
const install = howToInstall(process)

/** The sentence when VOLVOX_ONEDNN is `path`. */
function complaint(path: string): string {
  try {
    findLibrary(koffi.load(null), { ...here, env: { VOLVOX_ONEDNN: path } })
  } catch (error) {
    if (error instanceof MissingError) return error.message
    throw error
  }
  return 'found'
}

/** Where `files` are all there is. */
function place(platform: string, env: Record<string, string>, files: Record<string, readonly string[]>) {
  return { platform, arch: 'arm64', env, list: (folder: string) => files[folder] ?? [] }
}

test('on Linux the newest version comes first, of equal ones that of an active environment', () => {
  const files = {
    '/usr/lib/aarch64-linux-gnu': [
      'libdnnl.so.2',
      'libdnnl.so.2.6',
      'libdnnl.so.3.6',
      'libc.so.6',
      'libdnnl_graph.so.3',
    ],
    '/usr/local/lib': ['libdnnl.so', 'libdnnl.so.3.12', 'libdnnl.a'],
    '/conda/lib': ['libdnnl.so.3.12', 'libdnnl.so.2.6.3'],
    '/mine': ['libdnnl.so.3.9'],
  }
  expect(candidates(place('linux', { CONDA_PREFIX: '/conda', LD_LIBRARY_PATH: '/mine:' }, files))).toEqual([
    '/conda/lib/libdnnl.so.3.12',
    '/usr/local/lib/libdnnl.so.3.12',
    '/mine/libdnnl.so.3.9',
    '/usr/lib/aarch64-linux-gnu/libdnnl.so.3.6',
    '/conda/lib/libdnnl.so.2.6.3',
    '/usr/lib/aarch64-linux-gnu/libdnnl.so.2.6',
    '/usr/lib/aarch64-linux-gnu/libdnnl.so.2',
    '/usr/local/lib/libdnnl.so',
  ])
})

test('on macOS it is found where Homebrew and environments have it', () => {
  const files = {
    '/opt/homebrew/lib': ['libdnnl.dylib', 'libdnnl.3.dylib', 'libdnnl.3.9.dylib'],
    '/usr/local/lib': ['libdnnl.2.dylib'],
    '/venv/lib': ['libdnnl.2.7.dylib', 'libdnnl.so.3'],
  }
  expect(candidates(place('darwin', { VIRTUAL_ENV: '/venv' }, files))).toEqual([
    '/opt/homebrew/lib/libdnnl.3.9.dylib',
    '/opt/homebrew/lib/libdnnl.3.dylib',
    '/venv/lib/libdnnl.2.7.dylib',
    '/usr/local/lib/libdnnl.2.dylib',
    '/opt/homebrew/lib/libdnnl.dylib',
  ])
})

test('how to install it is told for the platform', () => {
  expect(howToInstall({ platform: 'darwin' })).toContain('brew install onednn')
  expect(howToInstall({ platform: 'linux' })).toMatch(/apt-get install libdnnl.*VOLVOX_ONEDNN/)
})

test.skipIf(!native)('a path where nothing is', () => {
  expect(complaint('/nowhere/libdnnl.so')).toMatch(/^onednn: \/nowhere\/libdnnl.so \(VOLVOX_ONEDNN\) cannot be loaded \(.+\); install /) // prettier-ignore
  expect(complaint('/nowhere/libdnnl.so').endsWith(install)).toBe(true)
})

test.skipIf(!native)('a file that is no library', () => {
  const text = join(folder, 'libdnnl.so')
  writeFileSync(text, 'not a library')
  expect(complaint(text)).toMatch(/libdnnl\.so \(VOLVOX_ONEDNN\) cannot be loaded \(.+\); install /)
  expect(complaint(folder)).toMatch(/\(VOLVOX_ONEDNN\) cannot be loaded \(.+\); install /)
})

test.skipIf(!native)('a library that is not oneDNN', () => {
  const libc = process.platform === 'darwin' ? 'libSystem.dylib' : 'libc.so.6'
  expect(complaint(libc)).toBe(`onednn: ${libc} (VOLVOX_ONEDNN) has no dnnl_version, so it is not oneDNN; ${install}`)
})

const hasCompiler = native && spawnSync('cc', ['--version']).status === 0

for (const [title, numbers, problem] of [
  ['version 1', [1, 8, 0, 0, 0, 0, 2], 'is oneDNN 1.8.0; only 2.3 to 3.x can be used'],
  ['an early version 2', [2, 2, 4, 0, 0, 0, 2], 'is oneDNN 2.2.4; only 2.3 to 3.x can be used'],
  ['a version to come', [4, 0, 1, 0, 0, 0, 2], 'is oneDNN 4.0.1; only 2.3 to 3.x can be used'],
  [
    'a build for SYCL',
    [3, 7, 2, 0, 0, 0, 512],
    'is oneDNN built for SYCL; only builds for OpenMP, TBB or one thread can be used',
  ],
] as const)
  test.skipIf(!hasCompiler)(`${title} is told from what can be used`, () => {
    const [source, library] = [join(folder, `v${numbers.join('')}.c`), join(folder, `v${numbers.join('')}.so`)]
    writeFileSync(source, `static int v[8] = {${numbers.join()}}; void *dnnl_version(void) { return v; }`)
    execFileSync('cc', ['-shared', '-fPIC', '-o', library, source])
    expect(complaint(library)).toBe(`onednn: ${library} (VOLVOX_ONEDNN) ${problem}; ${install}`)
  })

test.skipIf(!native)('a file that cannot be used is passed over, and its problem told where no other can', () => {
  const name = process.platform === 'darwin' ? 'libdnnl.3.dylib' : 'libdnnl.so.3'
  writeFileSync(join(folder, name), 'not a library')
  const files = { [folder]: [name] }
  const search = (platform: string) =>
    findLibrary(koffi.load(null), place(platform, { VIRTUAL_ENV: dirname(folder) }, files))
  expect(candidates(place(process.platform, { VIRTUAL_ENV: dirname(folder) }, files))).toEqual([join(folder, name)])
  if (available) expect(search(process.platform).path).not.toContain(folder)
  else expect(() => search(process.platform)).toThrow(`onednn: ${join(folder, name)} cannot be loaded (`)
})

test.skipIf(!available)('what is found tells its file and version', () => {
  const { path, version } = findLibrary(koffi.load(null), here)
  expect(path).toMatch(/^\/.*libdnnl/)
  expect([2, 3]).toContain(version.major)
  expect(version.minor).toBeGreaterThanOrEqual(0)
})
