import { expect, test } from 'vitest'
import { transformComponents, folderOf } from '../transforms/components.ts'
import { Compose } from '../transforms/compose.ts'
import { Markd } from '../transforms/profiling.ts'
import { RandFlipd } from '../transforms/spatial/index.ts'
import { SplitDimd } from '../transforms/utility/index.ts'
import { Dataset } from './datasets/items.ts'
import { CacheDataset } from './datasets/cache.ts'
import { neededBy } from './neededBy.ts'
import type { PipelineStep } from './pipeline.ts'
import { loadedComponents } from './thread.ts'

test('every transform is found in the folder that is said to have it', async () => {
  for (const name of Object.keys(transformComponents)) {
    const folder = folderOf(name)
    expect(folder, name).not.toBeNull()
    const found = (await loadedComponents([folder ?? 'compose'])).find(name, 'test')
    expect(found.componentName, name).toBe(transformComponents[name].componentName)
  }
})

test('a thread needs the folders of its transforms, and not of those whose results are kept', async () => {
  const flip = RandFlipd({ keys: ['image'], prob: 0.5 })
  const data = [{ image: 1 }]
  const own: PipelineStep = (sample) => sample
  const described = (transform: PipelineStep) => Dataset({ data, transform }).describe()
  expect(neededBy(described(flip), null)).toEqual(['spatial'])
  expect(neededBy(described(Compose({ transforms: [flip], lazy: true })), null)).toEqual(['compose', 'spatial'])
  expect(neededBy(described(flip), { _target_: 'PadListDataCollate' })).toEqual(['spatial', 'padListDataCollate'])
  expect(neededBy(described(Object.assign(own, { transformName: 'Unheardd', options: {} })), null)).toBeNull()
  const cached = await CacheDataset({ data, transform: [(sample) => sample, flip] })
  expect(neededBy(cached.describe(), null)).toEqual(['spatial'])
})

test('what marks a profile and what splits a sample can be sent to threads as well', () => {
  const transform = [
    Markd({ msg: 'here' }),
    SplitDimd({ keys: ['image'], outputPostfixes: ['a', 'b'] }),
  ] as PipelineStep[]
  const described = Dataset({ data: [{ image: 1 }], transform }).describe()
  expect(described.transform).toMatchObject([
    { _target_: 'Markd', msg: 'here' },
    { _target_: 'SplitDimd', keys: ['image'], output_postfixes: ['a', 'b'] },
  ])
})
