import { expect, test } from 'vitest'
import { floats, sizeOf, tensor } from '../../core/tensor.ts'
import {
  add,
  argMax,
  averagePool,
  cast,
  conv,
  convTranspose,
  equal,
  erf,
  evaluate,
  gather,
  input,
  interpreter,
  maxPool,
  mul,
  oneHot,
  ops,
  program,
  resize,
  resizeTaps,
  state,
  sum,
  type Op,
  type OpName,
  type Value,
} from '../index.ts'
import { sampleTensors, samples, type Sample } from '../ops/samples.ts'

for (const name of Object.keys(samples) as OpName[])
  for (const sample of samples[name] as readonly Sample[])
    test(`${name}, ${sample.title}, gives what its types say`, () => {
      const values = sample.inputs.map((type, i) => input(`in${i}`, type))
      const outputs = (ops[name] as unknown as Op<unknown>).all(values, sample.attrs)
      const feeds = Object.fromEntries(sampleTensors(sample).map((fed, i) => [`in${i}`, fed]))
      evaluate(outputs, feeds).forEach(({ data }, i) => {
        expect(data.length).toBe(sizeOf(outputs[i].shape))
        expect(data.every(Number.isFinite)).toBe(true)
      })
    })

// The numbers below are PyTorch's.
test('convolution is cross-correlation', () => {
  const [x, w] = [
    input('x', { dtype: 'float32', shape: [1, 1, 4] }),
    input('w', { dtype: 'float32', shape: [1, 1, 2] }),
  ]
  const feeds = { x: floats([1, 1, 4], [1, 2, 3, 5]), w: floats([1, 1, 2], [10, 1]) }
  expect(numbers(conv(x, w), feeds)).toEqual([12, 23, 35])
  expect(numbers(conv(x, w, null, { strides: 2, pads: [1, 0] }), feeds)).toEqual([1, 23])
  expect(numbers(conv(x, w, null, { dilations: 3 }), feeds)).toEqual([15])
  expect(numbers(convTranspose(x, w, null, { strides: 2, pads: 1, outputPads: 1 }), feeds)).toEqual([
    1, 20, 2, 30, 3, 50, 5,
  ])
})

test('pooling', () => {
  const x = input('x', { dtype: 'float32', shape: [1, 1, 5] })
  const feeds = { x: floats([1, 1, 5], [-1, -2, 4, 3, 6]) }
  expect(numbers(maxPool(x, 2), feeds)).toEqual([-1, 4])
  expect(numbers(maxPool(x, 3, { strides: 2, pads: 1 }), feeds)).toEqual([-1, 4, 6])
  expect(numbers(averagePool(x, 2, { strides: 2, pads: 1 }), feeds)).toEqual([-0.5, 1, 4.5])
  expect(numbers(averagePool(x, 2, { strides: 2, pads: 1, countIncludePad: false }), feeds)).toEqual([-1, 1, 4.5])
})

test('resizing', () => {
  const x = input('x', { dtype: 'float32', shape: [1, 1, 3] })
  const feeds = { x: floats([1, 1, 3], [0, 10, 20]) }
  expect(numbers(resize(x, 5, 'nearest'), feeds)).toEqual([0, 0, 10, 10, 20])
  expect(numbers(resize(x, 5, 'nearestExact'), feeds)).toEqual([0, 0, 10, 20, 20])
  expect(numbers(resize(x, 6, 'linear'), feeds)).toEqual([0, 2.5, 7.5, 12.5, 17.5, 20])
  expect(numbers(resize(x, 5, 'linear', true), feeds)).toEqual([0, 5, 10, 15, 20])
})

test('nearest neighbours round as in PyTorch where float32 decides', () => {
  const middle = (from: number, to: number, i: number) =>
    resizeTaps(from, to, { mode: 'nearestExact', alignCorners: false })[i][0].index
  expect([middle(2, 41, 20), middle(2, 47, 23), middle(2, 55, 27), middle(2, 43, 21)]).toEqual([1, 1, 1, 1])
})

test('erf to the last digits', () => {
  const x = input('x', { dtype: 'float64', shape: [4] })
  const found = numbers(erf(x), { x: tensor('float64', [4], Float64Array.of(0.5, -1, 3, 7)) })
  const wanted = [0.5204998778130465, -0.8427007929497149, 0.9999779095030014, 1]
  found.forEach((v, i) => expect(v).toBeCloseTo(wanted[i], 15))
})

test('the first of equal maxima is found', () => {
  const x = input('x', { dtype: 'float32', shape: [4] })
  expect(numbers(argMax(x, 0), { x: floats([4], [1, 3, 3, 2]) })).toEqual([1])
})

test('class numbers become channels', () => {
  const y = input('y', { dtype: 'float32', shape: [1, 1, 3] })
  expect(numbers(oneHot(y, 2), { y: floats([1, 1, 3], [1, 0, 1]) })).toEqual([0, 1, 0, 1, 0, 1])
})

test('comparisons are float32, casts to integers cut', () => {
  const x = input('x', { dtype: 'float32', shape: [3] })
  expect(equal(x, 1).dtype).toBe('float32')
  expect(numbers(cast(x, 'int32'), { x: floats([3], [-1.7, 1.7, 2]) })).toEqual([-1, 1, 2])
})

test('an index that is not there is refused', () => {
  const x = input('x', { dtype: 'float32', shape: [3] })
  const i = input('i', { dtype: 'int32', shape: [1] })
  expect(() => evaluate([gather(x, i, 0)], { x: floats([3]), i: tensor('int32', [1], Int32Array.of(3)) })).toThrow(
    'gather: index 3 does not exist in axis 0, which has 3; use 0 to 2',
  )
})

const w = state('w', { dtype: 'float32', shape: [2] })
const x = input('x', { dtype: 'float32', shape: [2] })
const grow = program('grow', { total: sum(w), before: w }, new Map([['w', add(w, x)]]))
const look = program('look', { twice: mul(2, state('w', { dtype: 'float32', shape: [2] })) })

test('a session keeps state between runs and programs', async () => {
  const session = await interpreter.open([grow, look], { w: floats([2], [1, 2]) }, { profile: true })
  const first = await session.run('grow', { x: floats([2], [10, 20]) })
  expect(first.total).toEqual({ dtype: 'float32', shape: [], data: Float32Array.of(3) }) // from before the update
  expect([...first.before.data]).toEqual([1, 2])
  expect((await session.run('look', {})).twice.data).toEqual(Float32Array.of(22, 44))
  await session.write({ w: floats([2], [5, 6]) })
  const { w: kept } = await session.read(['w'])
  expect(kept.data).toEqual(Float32Array.of(5, 6))
  kept.data[0] = 99 // the caller's own
  expect((await session.read()).w.data).toEqual(Float32Array.of(5, 6))
  expect((await session.profile()).find((row) => row.op === 'sum')?.calls).toBe(1)
  await session.dispose()
})

test('a session names what is missing or wrong', async () => {
  await expect(interpreter.open([grow], {})).rejects.toThrow(
    'state "w": is not given; pass a tensor of type float32 [2]',
  )
  await expect(interpreter.open([grow], { w: floats([3]) })).rejects.toThrow(
    'state "w": has shape [3]; it takes float32 [2]',
  )
  const session = await interpreter.open([grow], { w: floats([2]) })
  await expect(session.run('grow', {})).rejects.toThrow('input "x": is not given; pass a tensor of type float32 [2]')
  await expect(session.run('shrink', {})).rejects.toThrow('shrink: is not a program of this session; it has grow')
  await expect(session.run('grow', { x: floats([2]), y: floats([2]) })).rejects.toThrow(
    'grow: has no input "y"; it takes x',
  )
  await expect(session.write({ v: floats([2]) })).rejects.toThrow('state "v": is not in this session')
})

function numbers(value: Value, feeds: Parameters<typeof evaluate>[1]): number[] {
  return [...evaluate([value], feeds)[0].data].map((v) => v + 0) // no -0
}
