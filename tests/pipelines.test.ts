import { expect, test } from 'vitest'
import { chromiumPath, inPage } from './chromium.ts'
import { results } from './pipelines.ts'

test.skipIf(chromiumPath === null)(
  'four pipelines give in Chromium what they give in Node, to the last bit',
  async () => {
    const contents = "import { results } from './pipelines.ts'; globalThis.results = results"
    const there = await inPage<ReturnType<typeof results>>(contents, 'results()')
    for (const [name, bytes] of Object.entries(results())) {
      expect(bytes.length).toBeGreaterThan(10_000)
      expect(new Set(bytes).size).toBeGreaterThan(100)
      expect(Buffer.compare(Buffer.from(there[name]), Buffer.from(bytes)), name).toBe(0)
    }
  },
  60_000,
)
