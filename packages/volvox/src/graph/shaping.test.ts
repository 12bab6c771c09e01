import fc from 'fast-check'
import { expect, test } from 'vitest'
import { floats, sizeOf, type FloatTensor } from '../core/tensor.ts'
import {
  adaptiveAveragePool,
  adaptiveMaxPool,
  channelShuffle,
  contract,
  evaluate,
  gradients,
  hardSigmoid,
  hardSwish,
  input,
  matmul,
  mish,
  mul,
  pad,
  pixelShuffle,
  pixelUnshuffle,
  resize,
  roll,
  sum,
  swish,
  transpose,
  variance,
  type Border,
  type Value,
} from './index.ts'

/** 0, 1, 2, ... of a shape. */
function counted(...shape: number[]): FloatTensor {
  return floats(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => i),
  )
}

/** What `build` makes of a tensor. */
function results(x: FloatTensor, build: (x: Value) => Value): number[] {
  return [...evaluate([build(input('x', x))], { x })[0].data].map((v) => v + 0) // no -0
}

const rounded = (values: readonly number[]) => values.map((v) => Math.round(v * 1e4) / 1e4)

// The numbers below are PyTorch's.
test('roll', () => {
  expect(results(counted(5), (x) => roll(x, 2, 0))).toEqual([3, 4, 0, 1, 2])
  expect(results(counted(5), (x) => roll(x, -1, -1))).toEqual([1, 2, 3, 4, 0])
  expect(results(counted(2, 3), (x) => roll(x, [1, -1], [0, 1]))).toEqual([4, 5, 3, 1, 2, 0])
  expect(() => roll(input('x', counted(3)), [1, 2], 0)).toThrow('roll: 2 shifts do not fit 1 axes; give one for each')
})

test('rolling back gives the same tensor', () => {
  fc.assert(
    fc.property(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }), (a, b) => {
      const x = counted(3, 4)
      expect(results(x, (value) => roll(roll(value, [a, b], [0, 1]), [-b, -a], [1, 0]))).toEqual([...x.data])
    }),
  )
})

const borders: readonly (readonly [Border, readonly number[]])[] = [
  ['reflect', [2, 1, 0, 1, 2, 1]],
  ['replicate', [0, 0, 0, 1, 2, 2]],
  ['circular', [1, 2, 0, 1, 2, 0]],
]
for (const [mode, expected] of borders) {
  test(`pad, ${mode}`, () => {
    expect(results(counted(3), (x) => pad(x, [2, 1], mode))).toEqual(expected)
    expect(results(counted(1, 3), (x) => pad(x, [0, 2, 0, 1], mode))).toEqual(expected)
  })

  test(`the gradient of pad, ${mode}, counts how often each element is shown`, () => {
    const x = input('x', counted(3))
    const [dx] = gradients(sum(pad(x, [2, 1], mode)), [x])
    const counts = [0, 1, 2].map((element) => expected.filter((shown) => shown === element).length)
    expect([...evaluate([dx], { x: counted(3) })[0].data]).toEqual(counts)
  })
}

test('pad in two axes', () => {
  const x = counted(2, 2)
  expect(results(x, (v) => pad(v, [1, 1, 0, 1], 'reflect'))).toEqual([3, 2, 3, 2, 1, 0, 1, 0, 3, 2, 3, 2])
  expect(() => pad(input('x', counted(3)), [3, 0], 'reflect')).toThrow(
    'pad: reflect pads axis 0 of 3 elements by 3 and 0; it has no more than 2 to give',
  )
  expect(() => pad(input('x', counted(3)), [1], 'circular')).toThrow('pad: pads has 1 values; it takes 2')
})

test('channels become voxels and voxels channels', () => {
  expect(results(counted(1, 4, 1, 2), (x) => pixelShuffle(x, 2))).toEqual([0, 2, 1, 3, 4, 6, 5, 7])
  expect(results(counted(1, 1, 2, 4), (x) => pixelUnshuffle(x, 2))).toEqual([0, 2, 1, 3, 4, 6, 5, 7])
  const cube = counted(2, 16, 2, 1, 3)
  expect(results(cube, (x) => pixelUnshuffle(pixelShuffle(x, 2), 2))).toEqual([...cube.data])
  expect(() => pixelShuffle(input('x', counted(1, 6, 2, 2)), 2)).toThrow(
    'pixelShuffle: 4 voxels do not divide 6 channels; use a divisor of 6',
  )
})

test('channels are dealt out of their groups', () => {
  expect(results(counted(1, 6, 1), (x) => channelShuffle(x, 2))).toEqual([0, 3, 1, 4, 2, 5])
})

test('adaptive pools share an axis out', () => {
  expect(rounded(results(counted(1, 1, 7), (x) => adaptiveAveragePool(x, 3)))).toEqual([1, 3, 5])
  expect(results(counted(1, 1, 7), (x) => adaptiveMaxPool(x, 3))).toEqual([2, 4, 6])
  expect(results(counted(1, 1, 2), (x) => adaptiveAveragePool(x, 5))).toEqual([0, 0, 0.5, 1, 1])
  expect(rounded(results(counted(1, 1, 3, 5), (x) => adaptiveAveragePool(x, [2, 1])))).toEqual([4.5, 9.5])
  expect(results(counted(1, 1, 3, 5), (x) => adaptiveMaxPool(x, [2, 3]))).toEqual([6, 8, 9, 11, 13, 14])
  expect(results(counted(1, 2, 2, 2), (x) => adaptiveAveragePool(x, 1))).toEqual([1.5, 5.5])
})

test('cubic interpolation', () => {
  expect(rounded(results(counted(1, 1, 4), (x) => resize(x, 6, 'cubic')))).toEqual([
    -0.0868, 0.4063, 1.213, 1.787, 2.5938, 3.0868,
  ])
  expect(rounded(results(counted(1, 1, 3), (x) => resize(x, 5, 'cubic', true)))).toEqual([0, 0.4063, 1, 1.5938, 2])
})

test('activations', () => {
  const x = floats([5], [-4, -1, 0, 1, 4])
  expect(rounded(results(x, (v) => swish(v)))).toEqual([-0.0719, -0.2689, 0, 0.7311, 3.9281])
  expect(rounded(results(x, (v) => mish(v)))).toEqual([-0.0726, -0.3034, 0, 0.8651, 3.9974])
  expect(rounded(results(x, hardSwish))).toEqual([0, -0.3333, 0, 0.6667, 4])
  expect(rounded(results(x, hardSigmoid))).toEqual([0, 0.3333, 0.5, 0.6667, 1])
})

test('variance', () => {
  const x = counted(2, 3)
  expect(results(x, (v) => variance(v))).toEqual([3.5])
  expect(results(x, (v) => variance(v, [0], true, 0))).toEqual([2.25, 2.25, 2.25])
})

/** Σ of products by the letters, number by number. */
function einsum(equation: string, a: FloatTensor, b: FloatTensor): number[] {
  const [left, right, result] = equation.split(/,|->/)
  const sizes = new Map([...left].map((letter, i) => [letter, a.shape[i]]))
  ;[...right].forEach((letter, i) => sizes.set(letter, b.shape[i]))
  const letters = [...sizes.keys()]
  const at = (place: ReadonlyMap<string, number>, list: string) =>
    [...list].reduce((index, letter) => index * sizes.get(letter)! + place.get(letter)!, 0)
  const out = new Array<number>([...result].reduce((n, letter) => n * sizes.get(letter)!, 1)).fill(0)
  const total = [...sizes.values()].reduce((n, size) => n * size, 1)
  for (let i = 0; i < total; i++) {
    const place = new Map<string, number>()
    let left_ = i
    for (const letter of letters) {
      place.set(letter, left_ % sizes.get(letter)!)
      left_ = Math.floor(left_ / sizes.get(letter)!)
    }
    out[at(place, result)] += a.data[at(place, left)] * b.data[at(place, right)]
  }
  return out
}

const equations = [
  'ij,jk->ik',
  'ij,kj->ki',
  'bhqd,bhkd->bhqk',
  'bqhd,bkhd->bhqk',
  'bhqk,bkhd->bqhd',
  'bnd,cd->bnc',
  'ab,cd->acdb',
  'abc,abc->',
  'abc,bc->a',
  'abx,b->a',
  'ab,ab->ba',
  'bij,bjk->bik',
  'bchw,bcxy->bhwxy',
  'bij,bij->bi',
]
for (const equation of equations)
  test(`contract ${equation}`, () => {
    const size = (letter: string) => 2 + (letter.charCodeAt(0) % 3)
    const [a, b] = equation
      .split('->')[0]
      .split(',')
      .map((letters) => counted(...[...letters].map(size)))
    const found = evaluate([contract(equation, input('a', a), input('b', b))], { a, b })[0]
    expect([...found.data]).toEqual(einsum(equation, a, b))
    expect(found.shape).toEqual([...equation.split('->')[1]].map(size))
  })

test('a contraction moves no elements where a product of matrices takes them as they are', () => {
  const [a, b] = [input('a', counted(2, 3, 4, 5)), input('b', counted(2, 3, 6, 5))]
  const { node } = contract('bhqd,bhkd->bhqk', a, b)
  expect(node.op).toBe('reshape')
  expect(node.inputs[0].node.op).toBe('matmul')
  expect(node.inputs[0].node.inputs.map((value) => value.node.op)).toEqual(['reshape', 'reshape'])
})

test('the gradient of a contraction', () => {
  const [a, b] = [counted(2, 3), counted(2, 3)]
  const [x, y] = [input('a', a), input('b', b)]
  const found = gradients(sum(contract('ij,kj->ki', x, y)), [x, y])
  const wanted = gradients(sum(mul(1, matmul(y, transpose(x, [1, 0])))), [x, y])
  expect(evaluate(found, { a, b })).toEqual(evaluate(wanted, { a, b }))
})

test('a wrong contraction is named', () => {
  const [a, b] = [input('a', counted(2, 3)), input('b', counted(4, 5))]
  expect(() => contract('ij,jk', a, b)).toThrow('contract: "ij,jk" is not understood; write it like "ij,jk->ik"')
  expect(() => contract('ij,jk->ik', a, b)).toThrow('contract: "j" of "ij,jk->ik" is 3 and 4; they must agree')
  expect(() => contract('i,jk->ik', a, b)).toThrow('"i" of "i,jk->ik" names 1 axes, the tensor [2, 3] has 2')
  expect(() => contract('ii,jk->ik', a, b)).toThrow('"ii" of "ii,jk->ik" names an axis twice; name each once')
  expect(() => contract('ij,kl->im', a, b)).toThrow(
    '"m" of the result of "ij,kl->im" is in neither tensor; leave it out',
  )
})
