import { expect, test } from 'vitest'
import { floats, sizeOf, type Tensor } from 'volvox'
import {
  add,
  constant,
  conv,
  convTranspose,
  gradients,
  input,
  instanceNorm,
  interpreter,
  leakyRelu,
  mean,
  mul,
  program,
  square,
  state,
  sub,
  type Executor,
  type Program,
  type TensorType,
} from 'volvox/graph'
import { createOrt } from './executor.ts'

const scalarType: TensorType = { dtype: 'float32', shape: [] }
const ort = createOrt()

function number(tensor: Tensor): number {
  return Number(tensor.data[0])
}

test('updates use the values from before the run', async () => {
  const a = state('a', scalarType)
  const b = state('b', scalarType)
  const swap = program(
    'swap',
    { sum: add(a, mul(b, 2)) },
    new Map([
      ['a', b],
      ['b', a],
    ]),
  )
  const session = await ort.open([swap], { a: floats([], [1]), b: floats([], [10]) })
  expect(number((await session.run('swap', {})).sum)).toBe(21)
  expect(number((await session.run('swap', {})).sum)).toBe(12)
  const { a: first, b: second } = await session.read()
  expect([number(first), number(second)]).toEqual([1, 10])
  await session.dispose()
})

test('programs share states by name', async () => {
  const x = input('x', { dtype: 'float32', shape: [3] })
  const total = () => state('total', { dtype: 'float32', shape: [3] })
  const add1 = total()
  const accumulate = program('accumulate', {}, new Map([['total', add(add1, x)]]))
  const show = program('show', { doubled: mul(total(), 2) })
  const session = await ort.open([accumulate, show], { total: floats([3], [1, 2, 3]) })
  await Promise.all([1, 2, 3].map((n) => session.run('accumulate', { x: floats([3], [n, 0, -n]) })))
  expect([...(await session.run('show', {})).doubled.data]).toEqual([14, 4, -6])
  await session.write({ total: floats([3], [0, 0, 1]) })
  expect([...(await session.run('show', {})).doubled.data]).toEqual([0, 0, 2])
  await session.dispose()
})

test('what is handed out and taken in is not changed by later runs', async () => {
  const count = state('count', scalarType)
  const next = add(count, 1)
  const session = await ort.open([program('step', { next, count }, new Map([['count', next]]))], {
    count: floats([], [0]),
  })
  const mine = floats([], [5])
  await session.write({ count: mine })
  const first = await session.run('step', {})
  const read = await session.read(['count'])
  await session.run('step', {})
  await session.run('step', {})
  expect([number(mine), number(first.count), number(first.next), number(read.count)]).toEqual([5, 5, 6, 6])
  expect(number((await session.read()).count)).toBe(8)
  await session.dispose()
})

test('an input or a state may be an output, twice even, and an update of another state', async () => {
  const x = input('x', { dtype: 'float32', shape: [2] })
  const last = state('last', { dtype: 'float32', shape: [2] })
  const keep = program('keep', { x, again: x, last, fixed: constant(floats([2], [7, 8])) }, new Map([['last', x]]))
  const session = await ort.open([keep], { last: floats([2], [0, 0]) })
  await session.run('keep', { x: floats([2], [1, 2]) })
  const found = await session.run('keep', { x: floats([2], [3, 4]) })
  const values = Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, [...data]]))
  expect(values).toEqual({ x: [3, 4], again: [3, 4], last: [1, 2], fixed: [7, 8] })
  await session.dispose()
})

test('mistakes are told in a sentence', async () => {
  const x = input('x', { dtype: 'float32', shape: [2] })
  const w = state('w', { dtype: 'float32', shape: [2] })
  const only = program('only', { y: add(x, w) })
  await expect(ort.open([only], {})).rejects.toThrow('state "w": has no initial value; give float32 [2]')
  await expect(ort.open([only], { w: floats([3]) })).rejects.toThrow('state "w": got float32 [3]; it is float32 [2]')
  await expect(ort.open([only, only], {})).rejects.toThrow('session: two programs are called "only"; name each once')
  const session = await ort.open([only], { w: floats([2]) })
  await expect(session.run('other', {})).rejects.toThrow('session: has no program "other"; it has only')
  await expect(session.run('only', {})).rejects.toThrow('only.x: no such input was given; feed float32 [2]')
  await expect(session.run('only', { x: floats([3]) })).rejects.toThrow('only.x: got float32 [3]; feed float32 [2]')
  await expect(session.run('only', { x: floats([2]), z: floats([]) })).rejects.toThrow(
    'only: has no input "z"; it takes x',
  )
  await expect(session.read(['v'])).rejects.toThrow('state "v": is not known; there is w')
  expect([...(await session.run('only', { x: floats([2], [1, 2]) })).y.data]).toEqual([1, 2])
  await session.dispose()
  await expect(session.run('only', { x: floats([2]) })).rejects.toThrow('session: is disposed; open a new one')
})

test('profiles name operations and scopes', async () => {
  const x = input('x', { dtype: 'float32', shape: [1, 1, 8, 8, 8] })
  const w = input('w', { dtype: 'float32', shape: [2, 1, 3, 3, 3] })
  const session = await ort.open([program('one', { y: conv(x, w) })], {}, { profile: true })
  const feeds = { x: floats([1, 1, 8, 8, 8]), w: floats([2, 1, 3, 3, 3]) }
  await session.run('one', feeds)
  await session.run('one', feeds)
  const row = (await session.profile()).find(({ op }) => op === 'conv')
  expect(row).toMatchObject({ program: 'one', scope: '', calls: 2, kernel: 'Conv', flops: 2 * (2 * 2 * 6 ** 3 * 27) })
  expect(row!.ms).toBeGreaterThan(0)
  expect(row!.bytes).toBe(2 * 4 * (8 ** 3 + 2 * 27 + 2 * 6 ** 3))
  expect((await session.trace()).map(({ op }) => op)).toContain('conv')
  await session.dispose()
})

/** A small network with a stride, a way up and a norm, its loss and a step of SGD. */
function training(): { programs: Program[]; initial: Record<string, Tensor> } {
  const x = input('x', { dtype: 'float32', shape: [2, 1, 6, 8, 4] })
  const target = input('target', x)
  const initial: Record<string, Tensor> = {}
  const parameter = (name: string, shape: readonly number[]) => {
    initial[name] = floats(
      shape,
      Array.from({ length: sizeOf(shape) }, (_, i) => 0.3 * Math.sin(3.1 * i + name.length)),
    )
    return state(name, { dtype: 'float32', shape })
  }
  const parameters = {
    first: parameter('first', [4, 1, 3, 3, 3]),
    gamma: parameter('gamma', [4]),
    beta: parameter('beta', [4]),
    down: parameter('down', [6, 4, 3, 3, 3]),
    up: parameter('up', [6, 4, 2, 2, 2]),
    last: parameter('last', [1, 4, 1, 1, 1]),
    bias: parameter('bias', [1]),
  }
  const p = parameters
  const top = leakyRelu(instanceNorm(conv(x, p.first, null, { pads: 1 }), p.gamma, p.beta))
  const bottom = leakyRelu(conv(top, p.down, null, { strides: 2, pads: 1 }))
  const joined = add(top, convTranspose(bottom, p.up, null, { strides: 2 }))
  const y = conv(joined, p.last, p.bias)
  const loss = mean(square(sub(y, target)))
  const slopes = gradients(loss, Object.values(parameters))
  const updates = new Map(Object.entries(parameters).map(([name, value], i) => [name, sub(value, mul(slopes[i], 0.1))]))
  return { programs: [program('train', { loss }, updates), program('infer', { y })], initial }
}

async function losses(executor: Executor, steps: number): Promise<number[]> {
  const { programs, initial } = training()
  const session = await executor.open(programs, initial)
  const curve: number[] = []
  for (let step = 0; step < steps; step++) {
    const x = floats(
      [2, 1, 6, 8, 4],
      Array.from({ length: 384 }, (_, i) => Math.sin(0.37 * i * (1 + (step % 3)))),
    )
    const target = floats(
      x.shape,
      x.data.map((value) => Math.abs(value) - 0.5),
    )
    curve.push(number((await session.run('train', { x, target })).loss))
  }
  await session.dispose()
  return curve
}

test('a network trains as in the interpreter', async () => {
  const expected = await losses(interpreter, 20)
  const found = await losses(ort, 20)
  expect(expected[19]).toBeLessThan(0.6 * expected[0])
  found.forEach((loss, step) => expect(Math.abs(loss / expected[step] - 1)).toBeLessThan(1e-5))
})
