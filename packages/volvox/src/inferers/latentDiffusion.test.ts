import { describe, expect, test } from 'vitest'
import { floats } from '../core/tensor.ts'
import { TorchGenerator } from '../rng/index.ts'
import { DDIMScheduler, DDPMScheduler, RFlowScheduler, type Floats } from '../schedulers/index.ts'
import { ControlNetDiffusionInferer } from './controlNetDiffusion.ts'
import { DiffusionInferer } from './diffusion.ts'
import type { DiffusionPredictor, LatentCoder } from './diffusionModels.ts'
import { ControlNetLatentDiffusionInferer, LatentDiffusionInferer } from './latentDiffusion.ts'

const x = floats([2, 1, 1, 2], [1, -1, 0.5, 0])
const scheduler = DDPMScheduler({ numTrainTimesteps: 100 })
scheduler.setTimesteps(5)
const scaled = (image: Floats, by: number): Floats => ({ ...image, data: image.data.map((v) => v * by) })
const half: DiffusionPredictor = (image) => scaled(image, 0.5)
/** Twice the image, and the way back. */
const coder: LatentCoder = { encode: (image) => scaled(image, 2), decode: (latent) => scaled(latent, 0.5) }

describe('likelihoods', () => {
  test.each([
    [{}, [27.836643, 27.766808], [27.631021, 27.631021, 27.631021, 27.631021]],
    [
      { varianceType: 'fixed_large', predictionType: 'v_prediction' } as const,
      [2.65551, 3.084342],
      [3.61409, 1.247602, 3.760914, 2.213037],
    ],
  ])('as MONAI recorded them: %o', async (options, total, last) => {
    const own = DDPMScheduler({ numTrainTimesteps: 100, ...options })
    own.setTimesteps(5)
    let shown: Floats | null = null
    const found = await DiffusionInferer({ scheduler: own }).getLikelihood(x, half, {
      generator: new TorchGenerator(4),
      onIntermediate: (divergence) => void (shown = divergence),
    })
    total.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 4))
    last.forEach((value, i) => expect(shown!.data[i]).toBeCloseTo(value, 4))
  })

  test('of latents are shown at the size of images', async () => {
    const shapes: (readonly number[])[] = []
    await LatentDiffusionInferer({ scheduler, ldmLatentShape: [2, 2], autoencoderLatentShape: [1, 2] }).getLikelihood(
      x,
      coder,
      half,
      {
        generator: new TorchGenerator(4),
        resampleLatentLikelihoods: true,
        resampleInterpolationMode: 'bilinear',
        onIntermediate: (divergence) => void shapes.push(divergence.shape),
      },
    )
    expect(shapes.map(String)).toEqual(new Array(5).fill('2,1,1,2'))
  })
})

test('guidance goes beyond what the condition changes', async () => {
  const model: DiffusionPredictor = (image, times, context) => {
    expect(times).toHaveLength(4)
    return { ...image, data: image.data.map((_, i) => context!.data[Math.floor(i / 2)]) }
  }
  const flow = RFlowScheduler({ numTrainTimesteps: 100 })
  flow.setTimesteps(1)
  const sampled = await DiffusionInferer({ scheduler: flow }).sample(x, model, {
    condition: floats([2, 1, 1], [3, 5]),
    cfg: 2,
  })
  // One step adds -1 + 2 (3 + 1) and -1 + 2 (5 + 1).
  expect([...sampled.data]).toEqual([8, 6, 11.5, 11])
})

test('rectified flow steps to the step that comes next', async () => {
  const flow = RFlowScheduler({ useDiscreteTimesteps: false, useTimestepTransform: true, spatialDim: 2 })
  flow.setTimesteps(4, 4096)
  const ones: DiffusionPredictor = (image) => ({ ...image, data: image.data.map(() => 1) })
  const [first] = (await DiffusionInferer({ scheduler: flow }).sample(x, ones)).data
  expect(first).toBeCloseTo(1 + flow.timesteps.slice(1).reduce((sum, t) => sum + (t - Math.trunc(t)) / -1000, 1), 2)
})

describe('a ControlNet', () => {
  const cnCond = floats([2, 1, 1, 2], [4, 3, 2, 1])
  const model: DiffusionPredictor = (image, _times, _context, [residual] = []) => ({
    ...image,
    data: image.data.map((v, i) => v + residual.data[i]),
  })

  test('gives the network its residuals', async () => {
    const inferer = ControlNetDiffusionInferer({ scheduler })
    const noisy = scheduler.addNoise(x, cnCond, [3, 9])
    const output = await inferer.predict(x, model, (_image, _times, condition) => [condition], cnCond, [3, 9], cnCond)
    output.data.forEach((value, i) => expect(value).toBeCloseTo(noisy.data[i] + cnCond.data[i], 5))
  })

  test('is steered at the size of latents, twice with guidance', async () => {
    const ddim = DDIMScheduler({ numTrainTimesteps: 100 })
    ddim.setTimesteps(2)
    const seen: (readonly number[])[] = []
    const wide = floats(
      [2, 1, 2, 4],
      Array.from({ length: 16 }, (_, i) => i),
    )
    const image = await ControlNetLatentDiffusionInferer({ scheduler: ddim }).sample(
      x,
      coder,
      model,
      (_image, _times, condition) => (seen.push(condition.shape), [condition]),
      wide,
      { cfg: 1.5 },
    )
    expect(seen.map(String)).toEqual(new Array(2).fill('4,1,1,2'))
    expect(image.shape).toEqual([2, 1, 1, 2])
  })
})

test('latents are scaled and padded for the network, and cropped before they are decoded', async () => {
  const flow = RFlowScheduler({ numTrainTimesteps: 100 })
  flow.setTimesteps(2)
  const inferer = LatentDiffusionInferer({
    scheduler: flow,
    scaleFactor: 0.5,
    ldmLatentShape: [3, 4],
    autoencoderLatentShape: [1, 2],
  })
  const none = floats([2, 1, 3, 4], new Float32Array(24))
  const seen = await inferer.predict(x, coder, (image) => image, none, [0, 0])
  expect(seen.shape).toEqual([2, 1, 3, 4])
  const shown: (readonly number[])[] = []
  const image = await inferer.sample(seen, coder, () => none, {
    intermediateSteps: 50,
    onIntermediate: (image) => void shown.push(image.shape),
  })
  image.data.forEach((value, i) => expect(value).toBeCloseTo(x.data[i], 5))
  expect(shown).toEqual([
    [2, 1, 1, 2],
    [2, 1, 1, 2],
  ])
})

describe('one sentence for', () => {
  const generator = new TorchGenerator(0)
  test.each<[string, () => unknown, RegExp]>([
    [
      'one of two shapes',
      () => LatentDiffusionInferer({ scheduler, ldmLatentShape: [2, 2] }),
      /^LatentDiffusionInferer: got one of ldmLatentShape and autoencoderLatentShape; give both or neither/,
    ],
    [
      'a scale of nothing',
      () => LatentDiffusionInferer({ scheduler, scaleFactor: 0 }),
      /^LatentDiffusionInferer\.scaleFactor: 0 does not fit; give other than 0/,
    ],
    [
      'a shape of other axes',
      () =>
        LatentDiffusionInferer({ scheduler, ldmLatentShape: [2], autoencoderLatentShape: [2] }).predict(
          x,
          coder,
          half,
          x,
          [0, 0],
        ),
      /^LatentDiffusionInferer\.ldmLatentShape: \[2\] has 1 values; the latents have 2 spatial axes/,
    ],
    [
      'the likelihood by another scheduler',
      () => DiffusionInferer({ scheduler: DDIMScheduler() }).getLikelihood(x, half, { generator }),
      /^DiffusionInferer: the scheduler is DDIMScheduler; likelihoods need a DDPMScheduler/,
    ],
  ])('%s', async (_, act, message) => {
    await expect(async () => act()).rejects.toThrow(message)
  })
})
