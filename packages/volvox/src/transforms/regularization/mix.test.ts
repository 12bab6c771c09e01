import { expect, test } from 'vitest'
import { tensor } from '../../core/tensor.ts'
import { CutMix, CutMixd, CutOut, CutOutd, MixUp, MixUpd } from './index.ts'

const size = 2 * 6 * 5
const batch = tensor(
  'float32',
  [3, 2, 6, 5],
  Float32Array.from({ length: 3 * size }, (_, i) => 1 + Math.floor(i / size)),
)

test('MixUp gives weighted means of two samples', () => {
  const { data } = MixUp({ batchSize: 3 }).setRandomState(1)(batch) as typeof batch
  for (let n = 0; n < 3; n++) {
    const own = new Set(data.subarray(n * size, (n + 1) * size))
    expect(own.size).toBe(1)
    expect([...own][0]).toBeGreaterThanOrEqual(1)
    expect([...own][0]).toBeLessThanOrEqual(3)
  }
})

test('CutMix and CutOut change the same boxes, with labels alike', () => {
  const [mixed, labels] = CutMix({ batchSize: 3 }).setRandomState(2)(batch, { labels: batch }) as [
    typeof batch,
    typeof batch,
  ]
  expect(labels.data).toEqual(mixed.data)
  const cut = CutOut({ batchSize: 3 }).setRandomState(2)(batch) as typeof batch
  expect(cut.data.some((x) => x === 0)).toBe(true)
  cut.data.forEach((x, i) => x !== 0 && expect(mixed.data[i]).toBe(batch.data[i]))
})

test('dictionary forms mix all keys as the plain form does', () => {
  const sample = { a: batch, b: batch, other: 1 }
  for (const [plain, dictionary] of [
    [MixUp, MixUpd],
    [CutOut, CutOutd],
  ] as const) {
    const mixed = plain({ batchSize: 3 }).setRandomState(5)(batch)
    const all = dictionary({ keys: ['a', 'b'], batchSize: 3 }).setRandomState(5)(sample)
    expect(all).toEqual({ a: mixed, b: mixed, other: 1 })
  }
  const [mixed] = CutMix({ batchSize: 3, alpha: 2 }).setRandomState(5)(batch, { labels: batch }) as [typeof batch]
  const all = CutMixd({ keys: 'a', labelKeys: 'b', batchSize: 3, alpha: 2 }).setRandomState(5)(sample)
  expect(all).toEqual({ a: mixed, b: mixed, other: 1 })
})

test('batches that do not fit are named', () => {
  expect(() => CutMix({ batchSize: 2 })(batch)).toThrow(
    'CutMix: a batch of shape [3, 2, 6, 5] has 3 samples; batchSize is 2',
  )
  expect(() => MixUp({ batchSize: 3 })(tensor('float32', [3, 2], new Float32Array(6)))).toThrow(
    'MixUp: a batch of shape [3, 2] has 2 axes; give samples, channels and 2 or 3 spatial axes',
  )
  expect(() => MixUpd({ keys: 'a', batchSize: 3 })({ a: 4 })).toThrow(
    'MixUpd: "a" holds 4 instead of a batch; collate the samples first',
  )
  expect(() => CutOut({ batchSize: 3, alpha: 0 })).toThrow('CutOut.alpha: 0 does not fit; give a number above 0')
})
