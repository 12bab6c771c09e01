import fc from 'fast-check'
import { expect, test } from 'vitest'
import { castArray } from '../core/convert.ts'
import { dtypes } from '../core/dtype.ts'
import { floats, tensor } from '../core/tensor.ts'
import { readTorch } from './readTorch.ts'
import type { TorchMap, TorchValue } from './values.ts'
import { allTensors, readWeights } from './weights.ts'
import { writeTorch, type Writable } from './writeTorch.ts'

test('every element type comes back', () => {
  const values = Float32Array.of(0, 1, 1, 0, 1, 0)
  const all = Object.fromEntries(
    dtypes.map((dtype) => [dtype, tensor(dtype, [2, 3], castArray(values, 'float32', dtype))]),
  )
  expect(readWeights(writeTorch(all)).tensors).toEqual(all)
})

test('scalars, empty tensors and parts of a buffer come back', () => {
  const buffer = Float32Array.of(1, 2, 3, 4)
  const all = { scalar: floats([], [7]), empty: floats([0, 3]), part: tensor('float32', [2], buffer.subarray(1, 3)) }
  expect(readWeights(writeTorch(all)).tensors).toEqual(all)
})

test('tensors of the same elements are stored once', () => {
  const weight = floats([1000], new Float32Array(1000).fill(2))
  const flat = { ...weight, shape: [10, 100] }
  expect(writeTorch({ a: weight, b: flat }).length).toBeLessThan(writeTorch({ a: weight }).length + 1000)
  const { a, b } = readWeights(writeTorch({ a: weight, b: flat })).tensors
  expect([b.shape, a.data.buffer === b.data.buffer, a.data.byteOffset === b.data.byteOffset]).toEqual([
    [10, 100],
    true,
    true,
  ])
})

test('containers come back, whatever they hold', () => {
  const leaf = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.double().filter((x) => !Number.isInteger(x) || Number.isSafeInteger(x)),
    fc.bigInt({ min: 2n ** 60n, max: 2n ** 80n }),
    fc.bigInt({ min: -(2n ** 80n), max: -(2n ** 60n) }),
    fc.integer(),
    fc.string(),
  )
  const { value } = fc.letrec<{ value: Writable }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('value')),
      fc.array(fc.tuple(fc.oneof(fc.string(), fc.integer()), tie('value'))).map((pairs) => new Map(pairs)),
    ),
  }))
  fc.assert(
    fc.property(value, (one) => void expect(readTorch(writeTorch(one)).value).toEqual(one)),
    { numRuns: 300, seed: 5 },
  )
})

test('plain objects become dictionaries', () => {
  const value = readTorch(writeTorch({ model: { w: floats([1], [3]) }, epoch: 2 })).value as TorchMap
  expect(value.get('epoch')).toBe(2)
  expect([...allTensors(value)['model.w'].data]).toEqual([3])
})

test('what has no form is refused', () => {
  const endless: TorchValue[] = []
  endless.push(endless)
  expect(() => writeTorch(endless)).toThrow(/^writeTorch: a container holds itself; give values that end/)
  expect(() => writeTorch({ x: new Set([1]) }, 'x.pt')).toThrow(/^x\.pt: a set has no form in a checkpoint/)
})
