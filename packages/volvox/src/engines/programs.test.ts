import { describe, expect, test } from 'vitest'
import { floats, sizeOf, type FloatTensor } from '../core/tensor.ts'
import { interpreter } from '../graph/interpret/index.ts'
import { nameOf } from '../graph/ir.ts'
import { DeepSupervisionLoss, DiceCELoss, DiceLoss } from '../losses/index.ts'
import { DynUNet, UNet } from '../networks/nets/index.ts'
import { AdamW, SGD, generateParamGroups } from '../optimizers/index.ts'
import { RandomState, TorchGenerator } from '../rng/index.ts'
import { inferenceProgram, trainingProgram, type TrainingProgram } from './programs.ts'

const input = [2, 1, 8, 8]
const target = [2, 1, 8, 8]
const tiny = { spatialDims: 2, inChannels: 1, outChannels: 2, channels: [4, 8], strides: [2], act: 'relu' } as const
const loss = DiceCELoss({ softmax: true, toOnehotY: true })

test('a tiny network learns two images by heart', async () => {
  const network = UNet({ ...tiny, numResUnits: 1, norm: 'batch' })
  const training = trainingProgram({
    network,
    loss,
    optimizer: AdamW({ lr: 0.02 }),
    input,
    target,
    softDice: 'softmax',
  })
  const run = await learner(training)
  const first = await run.step(1, 0.02)
  let last = first
  for (let step = 2; step <= 40; step++) last = await run.step(step, 0.02)
  expect(first.loss.data[0]).toBeGreaterThan(0.8)
  expect(last.loss.data[0]).toBeLessThan(0.15)
  expect(last.softDice.shape).toEqual([2])
  expect(Math.min(...(last.softDice.data as Float32Array))).toBeGreaterThan(0.9)
  const states = await run.session.read()
  expect(states['model.0.conv.unit0.adn.N.num_batches_tracked'].data[0]).toBe(40)

  const infer = inferenceProgram({ network, input, argmax: true })
  const session = await interpreter.open([infer], states)
  const { output } = await session.run('infer', { input: images().input })
  expect([output.dtype, output.shape]).toEqual(['int32', target])
  const { target: truth } = images()
  const right = truth.data.filter((label, i) => label === output.data[i]).length
  expect(right / truth.data.length).toBeGreaterThan(0.95)
})

test("six steps are MONAI's on PyTorch: weights, dropout, batch norm, loss, clipping and AdamW", async () => {
  const network = UNet({ ...tiny, act: 'PRELU', numResUnits: 1, norm: 'batch', dropout: 0.25 })
  const optimizer = AdamW({ lr: 0.02, weightDecay: 0.05 })
  const run = await learner(trainingProgram({ network, loss, optimizer, input, target, clip: { norm: 1 } }))
  const losses: number[] = []
  for (let step = 1; step <= 6; step++) losses.push(Number((await run.step(step, 0.02)).loss.data[0]))
  // MONAI 1.5 on PyTorch 2.13, seeded alike
  ;[1.334883, 1.195071, 0.995718, 0.849987, 0.743777, 0.626725].forEach((want, i) =>
    expect(Math.abs(losses[i] - want), `step ${i + 1}`).toBeLessThan(2e-5),
  )
})

test("six steps with frozen weights, rates of their own and a schedule are MONAI's on PyTorch", async () => {
  const network = UNet({ ...tiny, act: 'PRELU', numResUnits: 1, norm: 'batch', dropout: 0.25 })
  const optimizer = AdamW({ lr: 0.02, weightDecay: 0.05 })
  const paramGroups = generateParamGroups(network, {
    layerMatches: ['model.2'],
    lrValues: [0.002],
    freeze: [/^model\.0/],
  })
  const training = trainingProgram({
    network,
    loss,
    optimizer,
    input,
    target,
    clip: { norm: 1 },
    ema: { decay: 0.9 },
    paramGroups,
  })
  const run = await learner(training)
  const before = await run.session.read()
  const losses: number[] = []
  for (let step = 1; step <= 6; step++) {
    const { loss: one } = await run.step(step, 0.02 * (1 - 0.1 * (step - 1)))
    losses.push(Number(one.data[0]))
  }
  // MONAI 1.4 on PyTorch 2.13: requires_grad off for model.0, generate_param_groups, lr of each group falling linearly
  ;[1.334883, 1.277317, 1.157943, 1.121546, 1.085074, 0.979066].forEach((want, i) =>
    expect(Math.abs(losses[i] - want), `step ${i + 1}`).toBeLessThan(2e-5),
  )
  const after = await run.session.read()
  const near = (name: string, wanted: readonly number[]) =>
    wanted.forEach((want, i) => expect(Number(after[name].data[i]), `${name} ${i}`).toBeCloseTo(want, 4))
  near('model.2.0.conv.weight', [-0.195366, 0.203886, -0.151088, -0.100562])
  near('model.1.submodule.conv.unit0.conv.weight', [-0.192294, -0.190625, -0.029023, -0.113924])
  near('model.0.conv.unit0.adn.N.running_mean', [0.175083, -0.014176, 0.061544, -0.085183]) // statistics go on
  for (const { name, trainable } of network.weights)
    if (trainable && name.startsWith('model.0')) expect(after[name], name).toEqual(before[name])
  expect(Object.keys(after).some((name) => name.startsWith('optimizer.model.0'))).toBe(false)
})

test('a step resumed from its states is the step that would have come', async () => {
  const options = {
    network: UNet({ ...tiny, dropout: 0.3 }),
    loss,
    optimizer: SGD({ momentum: 0.9, dampening: 0.1 }),
    input,
    target,
    ema: { decay: 0.9 },
  }
  const through = await learner(trainingProgram(options))
  for (let step = 1; step <= 3; step++) await through.step(step, 0.1)
  const kept = await through.session.read()
  await through.step(4, 0.1)

  const resumed = await learner(trainingProgram(options))
  await resumed.session.write(kept)
  await resumed.step(4, 0.1)
  const [a, b] = [await through.session.read(), await resumed.session.read()]
  for (const name of Object.keys(a)) expect(distance(a[name].data, b[name].data), name).toBeLessThan(1e-6) // states were rounded to float32
})

test('the average of weights follows them and can be read', async () => {
  const network = UNet({ ...tiny, norm: 'batch' })
  const training = trainingProgram({
    network,
    loss,
    optimizer: SGD({ lr: 0.1 }),
    input,
    target,
    ema: { decay: 0.5, warmup: false },
  })
  const run = await learner(training)
  const name = 'model.0.conv.weight'
  const before = await run.session.read([name, 'model.0.adn.N.running_var'])
  await run.step(1, 0.1)
  const after = await run.session.read()
  for (const weight of [name, 'model.0.adn.N.running_var']) {
    const middle = Float64Array.from(
      before[weight].data as Float32Array,
      (x, i) => (x + Number(after[weight].data[i])) / 2,
    )
    expect(distance(after[`ema.${weight}`].data, middle)).toBeLessThan(1e-6)
    expect(distance(after[weight].data, before[weight].data)).toBeGreaterThan(1e-5)
  }
  const program = inferenceProgram({ network, input, weights: 'ema', activation: 'softmax' })
  expect(program.states.map(nameOf).every((state) => state.startsWith('ema.'))).toBe(true)
  const session = await interpreter.open([program], after)
  const { output } = await session.run('infer', { input: images().input })
  const plane = 64
  expect(Number(output.data[0]) + Number(output.data[plane])).toBeCloseTo(1, 5)
})

test('a DynUNet with deep supervision trains on all its levels', async () => {
  const network = DynUNet({
    spatialDims: 2,
    inChannels: 1,
    outChannels: 2,
    kernelSize: [3, 3, 3],
    strides: [1, 2, 2],
    upsampleKernelSize: [2, 2],
    filters: [2, 4, 4],
    deepSupervision: true,
  })
  const optimizer = AdamW()
  const options = { network, optimizer, input, target, clip: { norm: 1 }, softDice: 'softmax' } as const
  const training = trainingProgram({ ...options, loss: DeepSupervisionLoss({ loss }) })
  const run = await learner(training)
  const before = await run.session.read(['deep_supervision_heads.0.conv.conv.weight'])
  const outputs = await run.step(1, 0.01)
  const after = await run.session.read(['deep_supervision_heads.0.conv.conv.weight'])
  expect(Object.keys(outputs).sort()).toEqual(['gradientNorm', 'loss', 'softDice'])
  expect(after).not.toEqual(before)
})

test('checkpoints change no number: dropout, running statistics and clipping included', async () => {
  const options = {
    network: UNet({ ...tiny, channels: [4, 8, 8], strides: [2, 2], numResUnits: 2, dropout: 0.3, norm: 'batch' }),
    loss,
    optimizer: AdamW({ lr: 0.02 }),
    input,
    target,
    clip: { norm: 1 },
    ema: { decay: 0.9 },
    softDice: 'softmax',
  } as const
  const [plain, checkpointed] = [trainingProgram(options), trainingProgram({ ...options, checkpoint: true })]
  expect(checkpointed.program.nodes.length).toBeGreaterThan(plain.program.nodes.length)
  const [a, b] = [await learner(plain), await learner(checkpointed)]
  for (let step = 1; step <= 2; step++) expect(await b.step(step, 0.02)).toEqual(await a.step(step, 0.02))
  expect(await b.session.read()).toEqual(await a.session.read())
})

describe('only what matters is trained', () => {
  test('norms and biases do not decay when only kernels do', () => {
    const scaled = (decay: 'all' | 'kernels') => {
      const network = UNet({ ...tiny, norm: 'batch' })
      const { program } = trainingProgram({ network, loss, optimizer: SGD({ weightDecay: 0.1 }), input, target, decay })
      return program.nodes.filter((node) => node.op === 'mul' && node.inputs.some((v) => v.node.op === 'state')).length
    }
    expect(scaled('all')).toBeGreaterThan(scaled('kernels'))
  })

  test('groups that leave nothing to learn, or name no weight, are refused', () => {
    const network = UNet(tiny)
    const grouped = (params: readonly string[], lr: number | null = null) =>
      trainingProgram({ network, loss, optimizer: SGD(), input, target, paramGroups: [{ params, lr }] })
    expect(() => grouped([])).toThrow(/^trainingProgram: no weight of UNet learns; freeze fewer$/)
    expect(() => grouped(['model.9'])).toThrow(/^trainingProgram.paramGroups: "model.9" is no trained weight of UNet$/)
    expect(() => grouped(['model.0.conv.weight'], -1)).toThrow(/a learning rate of -1 beside the optimiser's 0.001/)
  })

  test('a loss that is not one number is refused', () => {
    const unreduced = DiceLoss({ softmax: true, toOnehotY: true, reduction: 'none' })
    expect(() => trainingProgram({ network: UNet(tiny), loss: unreduced, optimizer: SGD(), input, target })).toThrow(
      /^trainingProgram.loss: DiceLoss gives shape \[2, 2, 1, 1\]; choose reduction mean or sum$/,
    )
  })
})

/** A session at its start, and a function that does one step on the images. */
async function learner(training: TrainingProgram) {
  const session = await interpreter.open([training.program], training.initial(new TorchGenerator(1)))
  const step = (number: number, lr: number) =>
    session.run('train', { ...images(), ...training.feeds(number, lr, new TorchGenerator(100 + number)) })
  return { session, step }
}

/** Two noisy images of a bright square, and where it is. */
function images(): { input: FloatTensor; target: FloatTensor } {
  const noise = new RandomState(0).randn(sizeOf(input))
  const inside = (i: number, from: number) => {
    const [row, column] = [Math.floor((i % 64) / 8), i % 8]
    return row >= from && row < from + 4 && column >= from && column < from + 4
  }
  const labels = Array.from({ length: 128 }, (_, i) => (inside(i, i < 64 ? 1 : 3) ? 1 : 0))
  return {
    input: floats(
      input,
      labels.map((label, i) => 2 * label + 0.3 * noise[i]),
    ),
    target: floats(target, labels),
  }
}

function distance(a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): number {
  return Array.from(a, (x, i) => Math.abs(Number(x) - Number(b[i]))).reduce((most, d) => Math.max(most, d), 0)
}
