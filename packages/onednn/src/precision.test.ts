import { DiceCELoss, RandomState, SGD, TorchGenerator, UNet, floats, sizeOf, trainingProgram } from 'volvox'
import * as g from 'volvox/graph'
import { expect, test } from 'vitest'
import { loadLibrary } from './ffi.ts'
import { preciseValues } from './precision.ts'
import { openInThread } from './session.ts'
import { available, difference } from './testing.ts'

const hasUnits = available && loadLibrary().api.hasBfloat16

const shape = [2, 1, 16, 16, 16]

function training() {
  const network = UNet({
    spatialDims: 3,
    inChannels: 1,
    outChannels: 3,
    channels: [16, 32],
    strides: [2],
    numResUnits: 1,
    norm: 'instance',
    dropout: 0.1,
  })
  return trainingProgram({
    network,
    loss: DiceCELoss({ toOnehotY: true, softmax: true }),
    optimizer: SGD({ lr: 1 }),
    input: shape,
    target: shape,
    clip: { norm: 100 },
  })
}

function losses(precision: g.Precision, lr: number, steps: number) {
  const { program, initial, feeds } = training()
  const rng = new TorchGenerator(3)
  const session = openInThread([program], initial(rng), { threads: 1, precision, small: 64 })
  const numbers = new RandomState(1)
  const size = sizeOf(shape)
  const input = floats(shape, Float32Array.from(numbers.standardNormal(size)))
  const target = floats(shape, input.data.map((v) => (v > 0.5 ? 2 : v > -0.5 ? 1 : 0))) // prettier-ignore
  const before = session.read()
  const found: number[] = []
  for (let step = 1; step <= steps; step++)
    found.push(Number(session.run(program.name, { input, target, ...feeds(step, lr, rng) }).loss.data[0]))
  const after = session.read()
  session.dispose()
  return { found, before, after }
}

test.skipIf(!hasUnits)('in bfloat16 a network learns as it does in float32', () => {
  const [full, mixed] = [losses('float32', 0.05, 40), losses('bfloat16', 0.05, 40)]
  expect(Math.abs(mixed.found[0] - full.found[0]) / full.found[0]).toBeLessThan(0.005)
  expect(mixed.found[0]).not.toBe(full.found[0])
  expect(full.found[39]).toBeLessThan(0.9 * full.found[0])
  expect(Math.abs(mixed.found[39] - full.found[39]) / full.found[39]).toBeLessThan(0.02)
})

test.skipIf(!hasUnits)('weights are kept in float32, so steps too small for bfloat16 are not lost', () => {
  const { before, after } = losses('bfloat16', 1e-5, 1)
  const weights = Object.keys(before).filter((name) => name.endsWith('weight'))
  const moved = weights.filter((name) => difference(after[name], before[name]) > 0)
  expect(moved).toEqual(weights)
})

test('losses, weights and what they are computed from stay float32', () => {
  const { program } = training()
  const precise = preciseValues(program)
  const nodes = (op: string) => program.nodes.filter((node) => node.op === op)
  expect(nodes('logSoftmax').every(({ inputs: [x] }) => precise.has(x))).toBe(true)
  expect([...program.updates.values()].every((value) => precise.has(value))).toBe(true)
  const convolutions = nodes('conv').map(({ outputs: [y] }) => precise.has(y))
  expect(convolutions).toContain(false)
  expect(nodes('convInputGrad').map(({ outputs: [y] }) => precise.has(y))).toContain(false)
})

test('the places of samples are float32', () => {
  const x = g.input('x', { dtype: 'float32', shape: [1, 2, 8, 8] })
  const w = g.input('w', { dtype: 'float32', shape: [2, 2, 1, 1] })
  const shift = g.conv(x, w)
  const places = g.transpose(g.mul(0.1, shift), [0, 2, 3, 1])
  const sampled = g.gridSample(g.conv(x, w), places)
  const precise = preciseValues(g.program('p', { y: g.conv(sampled, w) }))
  expect([places, shift, sampled].map((value) => precise.has(value))).toEqual([true, true, false])
})
