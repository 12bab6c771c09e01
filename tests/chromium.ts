import { build } from 'esbuild'
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
]

/** The browser that is installed; null when there is none. `VOLVOX_CHROMIUM` overrides it. */
export const chromiumPath: string | null =
  process.env.VOLVOX_CHROMIUM ?? places.find((place) => existsSync(place)) ?? null

/** No window, no graphics card, and no talk with anyone but us. */
export const chromiumFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** What `expression` gives in a page that runs `contents`, TypeScript that imports from the folder of the tests. */
export async function inPage<T>(contents: string, expression: string): Promise<T> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2023',
    conditions: ['volvox:source'],
    external: ['fs', 'path'], // Emscripten's modules ask for them in Node only
    logLevel: 'silent',
  })
  const browser = await chromium.launch({ executablePath: chromiumPath!, args: chromiumFlags })
  try {
    const page = await browser.newPage()
    await page.evaluate(outputFiles[0].text)
    return await page.evaluate(expression)
  } finally {
    await browser.close()
  }
}
