import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { registry } from 'volvox'
import { executorFor } from './executors.ts'
import { goldensUnder, sibling } from './folder.ts'
import { explain } from './report.ts'
import { runGolden } from './run.ts'

const root = join(import.meta.dirname, '../../../../shared/goldens')
const components = registry()

for (const area of [
  'rng',
  'transforms',
  'random',
  'pipelines',
  'losses',
  'metrics',
  'inferers',
  'networks',
  'checkpoints',
])
  test.skipIf(!existsSync(join(root, area)))(`what is implemented of ${area} gives MONAI's numbers`, async () => {
    const failures: string[] = []
    let passed = 0
    for (const golden of goldensUnder(join(root, area))) {
      const world = { registry: components, executor: await executorFor(golden, 'auto'), sibling }
      const outcome = await runGolden(golden, world)
      if (outcome.kind === 'passed') passed++
      else if (outcome.kind !== 'missing')
        failures.push(`${golden.area}/${golden.name}/${golden.case}: ${explain(outcome)}`)
    }
    expect(failures).toEqual([])
    expect(passed).toBeGreaterThan(0)
  })
