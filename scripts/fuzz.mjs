// Opens damaged files of every format: node scripts/fuzz.mjs [--count 20000] [--seed 1] [--format PNG]. Fails where one is neither read nor
// refused in a sentence, takes longer than 2 s, or allocates more than the bound that tests/fuzz/fuzz.ts states.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const folder = mkdtempSync(join(import.meta.dirname, '../node_modules/.fuzz-')) // where the wasm codecs are found from
const outfile = join(folder, 'main.mjs')
const source = join(import.meta.dirname, '../tests/fuzz/main.ts')
try {
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['volvox:source'],
    logLevel: 'warning',
  })
  process.exitCode = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
