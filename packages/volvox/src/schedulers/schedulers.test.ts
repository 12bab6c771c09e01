// Schedulers against numbers of MONAI (RFlowScheduler: of 1.5), with a formula in place of a network.
import { describe, expect, test } from 'vitest'
import { TorchGenerator } from '../rng/index.ts'
import { DDIMScheduler } from './ddim.ts'
import { DDPMScheduler } from './ddpm.ts'
import { noiseSchedule } from './noise.ts'
import { PNDMScheduler } from './pndm.ts'
import { RFlowScheduler } from './rflow.ts'
import { mixed, type Floats, type NoiseScheduler } from './scheduler.ts'

const start = [
  1.84233, 0.518887, -1.711921, -1.701379, 2.019419, -0.268614, -0.130718, -1.437414, 2.614577, -0.434023, 0.352335,
  -0.064551, 0.768629, 0.923347, -0.558323, 0.779626, 0.744777, 0.031657, -1.172414, -1.50694, -0.148105, 0.371455,
  0.227251, -0.064735,
]
const images = (values: readonly number[], channels = 1): Floats => ({
  dtype: 'float32',
  shape: [2, channels, 3, values.length / channels / 6],
  data: Float32Array.from(values),
})

/** What stands for a network: waves of the image, and for a learnt variance further channels between 0 and 0.5. */
function predicted({ data }: Floats, timestep: number, withVariance: boolean): Floats {
  const wave = Array.from(data, (x) => 0.9 * Math.sin(1.7 * x + 0.013 * timestep))
  if (!withVariance) return images(wave)
  const variance = Array.from(data, (x) => 0.5 / (1 + Math.exp(-x)))
  const [half, end] = [data.length / 2, data.length]
  const parts = [
    [0, half],
    [half, end],
  ].flatMap(([from, to]) => [...wave.slice(from, to), ...variance.slice(from, to)])
  return images(parts, 2)
}

const cases: readonly (readonly [NoiseScheduler, number, number, boolean, readonly number[]])[] = [
  [DDPMScheduler({}), 10, 0, false, [0.9998, 0.2873, -0.9998]],
  [
    DDPMScheduler({
      schedule: 'scaled_linear_beta',
      betaStart: 0.0015,
      betaEnd: 0.0205,
      predictionType: 'v_prediction',
    }),
    10,
    0,
    false,
    [1.0, 0.2871, -1.0],
  ],
  [
    DDIMScheduler({
      schedule: 'scaled_linear_beta',
      betaStart: 0.0015,
      betaEnd: 0.0205,
      predictionType: 'v_prediction',
    }),
    10,
    0,
    false,
    [0.9069, 0.4613, -0.767],
  ],
  [DDIMScheduler({ schedule: 'sigmoid_beta', sigRange: 5 }), 10, 0, false, [0.6928, 0.7014, 0.7036]],
  [PNDMScheduler({}), 10, 0, false, [42.6372, 13.3599, -46.7563]],
  [DDPMScheduler({ clipSample: false, varianceType: 'learned' }), 10, 0, false, [1.9052, 0.3346, -1.5677]],
  [DDPMScheduler({ varianceType: 'learned_range' }), 10, 0, true, [0.9998, 0.2871, -0.9998]],
  [DDIMScheduler({ predictionType: 'sample' }), 7, 0.6, false, [0.8932, 0.882, 0.8582]],
  [DDIMScheduler({}), 10, 1.0, false, [-0.0869, -0.7517, -0.0019]],
  [PNDMScheduler({ skipPrkSteps: true, setAlphaToOne: true }), 12, 0, false, [63.9665, 22.8679, -48.3799]],
  [
    PNDMScheduler({ skipPrkSteps: true, stepsOffset: 1, predictionType: 'v_prediction' }),
    8,
    0,
    false,
    [1.3804, 0.141, -1.2359],
  ],
]

describe('sampling as in MONAI', () => {
  test.each(cases)('%#: $name', (scheduler, steps, eta, withVariance, want) => {
    scheduler.setTimesteps(steps)
    const generator = new TorchGenerator(9)
    let x = images(start)
    for (const t of scheduler.timesteps)
      x = scheduler.step(predicted(x, t, withVariance), t, x, { eta, generator }).previous
    want.forEach((value, i) => expect(Math.abs(x.data[i] - value)).toBeLessThan(1e-3 * Math.max(1, Math.abs(value))))
  })
})

test('noise and velocity', () => {
  const scheduler = DDPMScheduler()
  const [x, noise] = [images(start), images(start.toReversed())]
  const [keptA, keptB] = [scheduler.alphasCumprod[3], scheduler.alphasCumprod[77]]
  const noisy = scheduler.addNoise(x, noise, [3, 77])
  expect(noisy.data[1]).toBeCloseTo(Math.sqrt(keptA) * start[1] + Math.sqrt(1 - keptA) * start[22], 5)
  expect(noisy.data[13]).toBeCloseTo(Math.sqrt(keptB) * start[13] + Math.sqrt(1 - keptB) * start[10], 5)
  const velocity = scheduler.getVelocity(x, noise, [3, 77])
  expect(velocity.data[1]).toBeCloseTo(Math.sqrt(keptA) * start[22] - Math.sqrt(1 - keptA) * start[1], 5)
})

test('steps of PNDM begin with four evaluations each', () => {
  const scheduler = PNDMScheduler()
  scheduler.setTimesteps(20)
  expect(scheduler.timesteps.slice(0, 14)).toEqual([
    950, 925, 925, 900, 900, 875, 875, 850, 850, 825, 825, 800, 800, 750,
  ])
})

test('a step of DDIM can be gone back', () => {
  const scheduler = DDIMScheduler({ clipSample: false })
  scheduler.setTimesteps(100)
  const output = images(start.toReversed())
  const { previous } = scheduler.reversedStep(output, 20, images(start))
  const back = scheduler.step(output, 30, previous).previous
  back.data.forEach((value, i) => expect(value).toBeCloseTo(start[i], 4))
})

test('schedules keep what is left of an image between 1 and 0', () => {
  for (const schedule of ['linear_beta', 'scaled_linear_beta', 'sigmoid_beta', 'cosine'] as const) {
    const options = { numTrainTimesteps: 50, schedule, betaStart: null, betaEnd: null, sigRange: null, s: null }
    const { betas, alphas, alphasCumprod } = noiseSchedule('here', options)
    betas.forEach((beta, i) => expect(beta + alphas[i]).toBeCloseTo(1, 6))
    expect([...alphasCumprod]).toEqual([...alphasCumprod].sort((a, b) => b - a))
  }
})

describe('rectified flow', () => {
  test('steps of sampling', () => {
    const plain = RFlowScheduler()
    plain.setTimesteps(7)
    expect(plain.timesteps).toEqual([1000, 857, 714, 571, 429, 286, 143])
    const moved = RFlowScheduler({ useDiscreteTimesteps: false, useTimestepTransform: true })
    moved.setTimesteps(4, 64 ** 3)
    expect(moved.timesteps).toEqual([1000, 857, 666.5, 400])
    const flat = RFlowScheduler({ useTimestepTransform: true, spatialDim: 2, baseImgSizeNumel: 1024, stepsOffset: 1 })
    flat.setTimesteps(4, 4096)
    expect(flat.timesteps).toEqual([1001, 858, 667, 401])
  })

  test('steps of training', () => {
    const drawn = (options: Parameters<typeof RFlowScheduler>[0]) =>
      RFlowScheduler(options).sampleTimesteps({ shape: [3, 1, 8, 8] }, new TorchGenerator(3))
    expect(drawn({})).toEqual([4, 105, 285])
    const moved = drawn({ useTimestepTransform: true, baseImgSizeNumel: 1024 })
    ;[1.003009, 28.493895, 90.620033].forEach((t, i) => expect(moved[i]).toBeCloseTo(t, 4))
    const bell = drawn({ sampleMethod: 'logit-normal', loc: 0.3, scale: 2, useDiscreteTimesteps: false })
    ;[870.63129, 656.93537, 617.26514].forEach((t, i) => expect(bell[i]).toBeCloseTo(t, 2))
  })

  test('lines from noise to images', () => {
    const scheduler = RFlowScheduler()
    scheduler.setTimesteps(5)
    const x: Floats = { dtype: 'float32', shape: [1, 1, 1, 2], data: Float32Array.of(1, -2) }
    const { previous, original } = scheduler.step(mixed([2, x]), 800, x)
    expect([...previous.data].map((v) => v.toFixed(4))).toEqual(['1.4000', '-2.8000'])
    expect([...original!.data].map((v) => v.toFixed(4))).toEqual(['2.6000', '-5.2000'])
    const next = scheduler.step(mixed([2, x]), 800, x, { nextTimestep: 500 }).previous
    expect([...next.data].map((v) => v.toFixed(4))).toEqual(['1.6000', '-3.2000'])
    expect([...scheduler.addNoise(x, mixed([3, x]), [250]).data]).toEqual([1.5, -3])
  })
})

describe('one sentence for', () => {
  const x = images(start)
  test.each<[string, () => unknown, RegExp]>([
    [
      'too many steps',
      () => DDPMScheduler().setTimesteps(1001),
      /^DDPMScheduler: cannot sample in 1001 steps; give 1 to 1000/,
    ],
    ['no generator', () => DDPMScheduler().step(x, 5, x), /^DDPMScheduler: this step adds noise, but got no generator/],
    [
      'a step beyond',
      () => DDIMScheduler().step(x, 1000, x),
      /^DDIMScheduler: there is no timestep 1000; give .* from 0 to 999/,
    ],
    [
      'an option of another schedule',
      () => DDPMScheduler({ s: 0.1 }),
      /^DDPMScheduler\.s: is not of schedule "linear_beta", which takes betaStart, betaEnd/,
    ],
    [
      'steps moved too far',
      () => DDIMScheduler({ stepsOffset: 10 }).setTimesteps(100),
      /^DDIMScheduler\.stepsOffset: 10 leads beyond .* give less than 10/,
    ],
    [
      'one timestep for two images',
      () => DDPMScheduler().addNoise(x, x, [1]),
      /^DDPMScheduler: got 1 timesteps for 2 images/,
    ],
    [
      'steps out of order',
      () => PNDMScheduler().step(images(start, 2), 5, x),
      /^PNDMScheduler: the network gave \[2, 2, 3, 2\]/,
    ],
    ['no steps', () => RFlowScheduler().step(x, 5, x), /^RFlowScheduler: has no steps yet; call setTimesteps first/],
    [
      'a size that is needed',
      () => RFlowScheduler({ useTimestepTransform: true }).setTimesteps(3),
      /^RFlowScheduler: useTimestepTransform is set; give setTimesteps the voxels/,
    ],
  ])('%s', (_, act, message) => expect(act).toThrow(message))
})
