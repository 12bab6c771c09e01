import { describe, expect, test } from 'vitest'
import { TorchGenerator } from '../rng/index.ts'
import { DDIMScheduler, DDPMScheduler, type Floats } from '../schedulers/index.ts'
import { DiffusionInferer, type DiffusionPredictor } from './diffusion.ts'

const images = (channels: number, ...values: number[]): Floats => ({
  dtype: 'float32',
  shape: [2, channels, 1, values.length / channels / 2],
  data: Float32Array.from(values),
})
const x = images(1, 1, -1, 0.5, 0)
const scheduler = DDIMScheduler({ numTrainTimesteps: 100 })
const inferer = DiffusionInferer({ scheduler })

test('a network that knows the noise finds the image', async () => {
  scheduler.setTimesteps(10)
  const noise = images(1, 0.3, 1, -2, 0.1)
  const noisy = scheduler.addNoise(x, noise, [90, 90])
  const seen: number[] = []
  const found = await inferer.sample(noisy, (_, times) => (seen.push(...times), noise))
  found.data.forEach((value, i) => expect(value).toBeCloseTo(x.data[i], 3))
  expect(seen.slice(0, 4)).toEqual([90, 90, 80, 80])
})

test('training asks the network about images with noise', async () => {
  const noise = images(1, 0.3, 1, -2, 0.1)
  const asked = await inferer.predict(x, (noisy) => noisy, noise, [3, 50])
  expect(asked).toEqual(scheduler.addNoise(x, noise, [3, 50]))
})

test('a condition is a context, or further channels', async () => {
  const condition = images(2, 1, 2, 3, 4, 5, 6, 7, 8)
  const model: DiffusionPredictor = (image, _, context) => context ?? image
  expect(await inferer.predict(x, model, x, [0, 0], { condition })).toBe(condition)
  const joined = await inferer.predict(x, model, x, [0, 0], { condition, mode: 'concat' })
  expect(joined.shape).toEqual([2, 3, 1, 2])
  expect([...joined.data.subarray(2, 6), ...joined.data.subarray(8)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
})

test('steps are shown on the way, and one seed gives one image', async () => {
  const ddpm = DDPMScheduler({ numTrainTimesteps: 100 })
  ddpm.setTimesteps(10)
  const sampled = (shown: number[] = []) =>
    inferer.sample(x, (image) => image, {
      scheduler: ddpm,
      generator: new TorchGenerator(4),
      intermediateSteps: 30,
      onIntermediate: (_, t) => shown.push(t),
    })
  const shown: number[] = []
  expect(await sampled(shown)).toEqual(await sampled())
  expect(shown).toEqual([90, 60, 30, 0])
})

describe('one sentence for', () => {
  test('no scheduler', () =>
    expect(() => DiffusionInferer({ scheduler: 'ddpm' as never })).toThrow(
      /^DiffusionInferer\.scheduler: "ddpm" does not fit; give a scheduler/,
    ))
  test('no channels to add', () =>
    expect(inferer.predict(x, (image) => image, x, [0, 0], { mode: 'concat' })).rejects.toThrow(
      /^DiffusionInferer: mode is "concat", but there is no condition/,
    ))
  test('channels of another size', () =>
    expect(
      inferer.predict(x, (image) => image, x, [0, 0], { mode: 'concat', condition: images(1, 1, 2) }),
    ).rejects.toThrow(/^DiffusionInferer: the condition \[2, 1, 1, 1\] does not go beside images \[2, 1, 1, 2\]/))
})
