import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { chromiumFlags, chromiumPath } from '../chromium.ts'
import { results } from './pipelines.ts'

declare const volvoxResults: typeof results // in the page

/** What runs in a page: our sources as one script. */
async function script(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2023',
    conditions: ['volvox:source'],
    logLevel: 'silent',
  })
  return outputFiles[0].text
}

test.skipIf(chromiumPath === null)(
  'three pipelines give in Chromium what they give in Node, to the last bit',
  async () => {
    const browser = await chromium.launch({ executablePath: chromiumPath!, args: chromiumFlags })
    try {
      const page = await browser.newPage()
      await page.addScriptTag({ content: await script() })
      const inPage = await page.evaluate(() => volvoxResults())
      const inNode = results()
      for (const [name, bytes] of Object.entries(inNode)) {
        expect(bytes.length).toBeGreaterThan(10_000)
        expect(new Set(bytes).size).toBeGreaterThan(100)
        expect(Buffer.compare(Buffer.from(inPage[name]), Buffer.from(bytes)), name).toBe(0)
      }
    } finally {
      await browser.close()
    }
  },
  60_000,
)
