import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const built = `${root}examples/dist/train.js`

// Type-checked and built with everything else; two steps show that it runs to its end.
test.skipIf(!existsSync(built))('examples/train.ts runs', () => {
  const out = execFileSync(process.execPath, [built, '2'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  expect(out).toMatch(/^Mean Dice 0\.\d{3} on 4 cases; weights in runs\/example$/m)
})
