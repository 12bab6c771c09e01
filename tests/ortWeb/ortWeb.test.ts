import { build } from 'esbuild'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import * as ortNode from 'onnxruntime-node'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumFlags, chromiumPath } from '../chromium.ts'
import { compute, type Computed } from './compute.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The page for a browser: TypeScript sources of ours, ONNX Runtime's module; its WebAssembly is fetched. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [here('page.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    conditions: ['volvox:source', 'onnxruntime-web-use-extern-wasm'],
    logLevel: 'silent',
  })
  return outputFiles[0].text
}

/** Serves the page with the headers that browsers ask for before they share memory between threads. */
function serve(script: string, asked: string[]): Promise<Server> {
  const files: Record<string, () => readonly [type: string, body: string | Uint8Array]> = {
    '/': () => ['text/html', '<!doctype html><title>Volvox</title><script type="module" src="/page.js"></script>'],
    '/page.js': () => ['text/javascript', script],
    '/favicon.ico': () => ['image/x-icon', ''],
  }
  const server = createServer(({ url = '/' }, response) => {
    asked.push(url)
    const runtimeFile = /^\/ort\/([\w.-]+\.(mjs|wasm))$/.exec(url)
    const [type, body] = runtimeFile
      ? [
          runtimeFile[2] === 'wasm' ? 'application/wasm' : 'text/javascript',
          readFileSync(here(`../../node_modules/onnxruntime-web/dist/${runtimeFile[1]}`)),
        ]
      : (files[url]?.() ?? ['text/plain', 'not here'])
    response.writeHead(runtimeFile || url in files ? 200 : 404, {
      'Content-Type': type,
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    })
    response.end(body)
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

interface VolvoxPage {
  compute(): Promise<Record<string, Computed>>
  refusal(provider: string): Promise<string | null>
  threads(): number
}
declare const volvoxPage: VolvoxPage // in the page

const largest = (values: readonly number[]) => values.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
const difference = (a: readonly number[], b: readonly number[]) => {
  expect(b).toHaveLength(a.length)
  return largest(a.map((value, i) => value - b[i]))
}

describe.skipIf(chromiumPath === null)('in a browser (Chromium, headless)', () => {
  const asked: string[] = []
  const logged: string[] = []
  let server: Server
  let browser: Browser
  let page: Page
  let inPage: Record<string, Computed>
  let inNode: Record<string, Computed>

  beforeAll(async () => {
    server = await serve(await bundle(), asked)
    browser = await chromium.launch({ executablePath: chromiumPath!, args: chromiumFlags })
    page = await browser.newPage()
    page.on('console', (message) => logged.push(message.text()))
    page.on('pageerror', (error) => logged.push(String(error)))
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await page.waitForFunction('globalThis.volvoxPage', undefined, { timeout: 20_000 })
    inPage = await page.evaluate(() => volvoxPage.compute())
    inNode = await compute(ortNode)
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  test.each(['UNet', 'DynUNet', 'SegResNet'])('%s gives what it gives in Node, within 1e-4', (name) => {
    const [found, expected] = [inPage[name], inNode[name]]
    expect(largest(expected.predicted)).toBeGreaterThan(0.01)
    expect(difference(expected.predicted, found.predicted)).toBeLessThan(1e-4)
    expect(difference(expected.exported, found.exported)).toBeLessThan(1e-4)
    expect(difference(expected.predicted, found.exported)).toBeLessThan(1e-4)
    // Half precision: as far from float32 here as there.
    expect(difference(expected.exported, found.exportedHalf)).toBeLessThan(0.01 * largest(expected.exported))
  })

  test.each(['UNet', 'DynUNet', 'SegResNet'])('%s learns as in Node', (name) => {
    expect(inPage[name].losses).toHaveLength(3)
    expect(difference(inNode[name].losses, inPage[name].losses)).toBeLessThan(1e-4)
  })

  test('it ran on WebAssembly with SIMD and threads', async () => {
    expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(true)
    expect(await page.evaluate(() => volvoxPage.threads())).toBe(2)
    expect(page.workers().length).toBeGreaterThan(0)
    expect(asked).toContain('/ort/ort-wasm-simd-threaded.wasm')
    expect(logged.filter((line) => /error|single thread/i.test(line))).toEqual([])
  })

  test('a provider that a page does not have is refused in a sentence', async () => {
    for (const provider of ['webgpu', 'cuda'])
      expect(await page.evaluate((name) => volvoxPage.refusal(name), provider)).toMatch(
        new RegExp(`^MissingError: ort provider "${provider}": does not start here \\(.*\\); it takes`),
      )
  })
})
