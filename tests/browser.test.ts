import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const entry = fileURLToPath(new URL('../packages/volvox/src/index.ts', import.meta.url))

test('the library bundles for a browser, without anything of Node', async () => {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    conditions: ['volvox:source'],
    metafile: true,
    logLevel: 'silent',
  })
  expect(result.errors).toEqual([])
  const outside = Object.values(result.metafile.inputs).flatMap(({ imports }) =>
    imports.filter(({ path, external }) => external || path.startsWith('node:')),
  )
  expect(outside).toEqual([])
  expect(result.outputFiles[0].text).not.toMatch(/\b(Buffer|process)\./)
})
