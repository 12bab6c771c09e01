import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { blended } from './blended.ts'
import { chromiumFlags, chromiumPath } from './chromium.ts'

test.skipIf(chromiumPath === null)('windows are blended to the same bits in Node and in a browser', async () => {
  const contents = "import { blended } from './blended.ts'; globalThis.blended = blended"
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2023',
    conditions: ['volvox:source'],
    logLevel: 'silent',
  })
  const browser = await chromium.launch({ executablePath: chromiumPath!, args: chromiumFlags })
  try {
    const page = await browser.newPage()
    await page.evaluate(outputFiles[0].text)
    expect(await page.evaluate('blended()')).toEqual(await blended())
  } finally {
    await browser.close()
  }
})
