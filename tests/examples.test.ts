import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

// Type-checked and built with everything else; two steps show that they run to their end.
test.skipIf(!existsSync(`${root}examples/dist/train.js`)).each([
  ['train', /^Mean Dice 0\.\d{3} on 4 cases; weights in runs\/example$/m],
  ['ownTransform', /^config     -1 -1 0 40$/m],
  ['diffuse', /^4 slices drawn in 2 steps: runs\/diffuse\.png$/m],
  ['objectCrops', /^curves: runs\/objectCrops\.svg$/m, '1'],
])('examples/%s.ts runs', (name, lastLine, ...more) => {
  const built = `${root}examples/dist/${name}.js`
  const out = execFileSync(process.execPath, [built, '2', ...more], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  expect(out).toMatch(lastLine)
})
