import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { buildKernels } from '../../../../scripts/kernels.mjs'

test('the committed kernels are what their sources compile to', async () => {
  expect((await buildKernels()) === (await readFile(new URL('wasm.ts', import.meta.url), 'utf8'))).toBe(true)
})
