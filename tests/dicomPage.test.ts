import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { memoryFiles, readVolume, wasmCodecs } from 'volvox'
import { nodeFiles } from '@volvox/node'
import { chromiumPath, inPage } from './chromium.ts'
import { codedFiles } from './codestreams.ts'

const require = createRequire(import.meta.url)
const names = ['jpegLs', 'jpeg2000', 'htj2k'] as const

/** A page that decodes the files of `codedFiles` by the wasm that is written into it. */
function page(): string {
  const imports = names.map(
    (name) => `import ${name} from ${JSON.stringify(require.resolve(wasmCodecs[name].factory))}`,
  )
  const entries = names.map((name) => {
    const wasm = readFileSync(require.resolve(wasmCodecs[name].wasm)).toString('base64')
    return `${name}: wasmImageDecoder('${name}', ${name}, bytesOf('${wasm}'))`
  })
  return `
    import { memoryFiles, readVolume, wasmImageDecoder } from 'volvox'
    import { codedFiles } from './codestreams.ts'
    ${imports.join('\n')}
    const bytesOf = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
    globalThis.results = () => {
      const decoders = { ${entries.join(', ')} }
      const coded = codedFiles()
      const files = memoryFiles(coded, { imageDecoder: (name) => decoders[name] })
      return Object.fromEntries([...coded.keys()].map((name) => [name, Array.from(readVolume(name, {}, files).data)]))
    }`
}

test.skipIf(chromiumPath === null)(
  'JPEG-LS, JPEG 2000, High-Throughput JPEG 2000 and lossless JPEG give in Chromium what they give in Node',
  async () => {
    const there = await inPage<Record<string, number[]>>(page(), 'results()')
    const coded = codedFiles()
    const files = memoryFiles(coded, { imageDecoder: nodeFiles.imageDecoder })
    expect(Object.keys(there)).toEqual([...coded.keys()])
    for (const name of coded.keys()) {
      const here = Array.from(readVolume(name, {}, files).data, Number)
      expect(new Set(here).size).toBeGreaterThan(60)
      expect(there[name], name).toEqual(here)
    }
  },
  60_000,
)
