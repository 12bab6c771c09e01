import { expect, test } from 'vitest'
import { blended } from './blended.ts'
import { chromiumPath, inPage } from './chromium.ts'

test.skipIf(chromiumPath === null)('windows are blended to the same bits in Node and in a browser', async () => {
  const contents = "import { blended } from './blended.ts'; globalThis.blended = blended"
  expect(await inPage(contents, 'blended()')).toEqual(await blended())
})
