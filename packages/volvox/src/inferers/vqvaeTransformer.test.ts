import { describe, expect, test } from 'vitest'
import { floats } from '../core/tensor.ts'
import { interpreter } from '../graph/index.ts'
import { DecoderOnlyTransformer, VQVAE } from '../networks/index.ts'
import { RandomState, TorchGenerator } from '../rng/index.ts'
import type { Floats } from '../schedulers/index.ts'
import { Ordering } from './ordering.ts'
import { runNetwork, tokenCoder, tokenTransformer } from './runNetwork.ts'
import { VQVAETransformerInferer, type TokenCoder, type TokenTransformer } from './vqvaeTransformer.ts'

/** Maps of numbers that are the images themselves. */
const vqvae: TokenCoder = {
  numEmbeddings: 4,
  indexQuantize: ({ shape: [n, , ...size], data }) => ({ dtype: 'float32', shape: [n, ...size], data }),
  decodeSamples: ({ shape: [n, ...size], data }) => ({ dtype: 'float32', shape: [n, 1, ...size], data }),
}
/** After token t the next one is most likely t + 1 (of 4), and 4 begins with 0. */
const counting = (maxSeqLen: number, sure = 30): TokenTransformer => ({
  maxSeqLen,
  predict: ({ shape: [n, length], data }): Floats =>
    floats(
      [n, length, 5],
      [...data].flatMap((token) => [0, 1, 2, 3, 4].map((i) => (i === ((token + 1) % 5) % 4 ? sure : 0))),
    ),
})
const ordering = Ordering({ orderingType: 's_curve', spatialDims: 2, dimensions: [1, 2, 3] })
const image = floats([1, 1, 2, 3], [0, 1, 2, 1, 0, 3])
const inferer = VQVAETransformerInferer()

test('orderings, as MONAI recorded them', () => {
  expect(ordering.getSequenceOrdering()).toEqual([0, 1, 2, 5, 4, 3])
  const turned = Ordering({
    orderingType: 's_curve',
    spatialDims: 3,
    dimensions: [1, 2, 2, 3],
    rot90Axes: [[0, 1]],
    reflectedSpatialDims: [false, false, true],
  })
  expect(turned.getSequenceOrdering()).toEqual([5, 4, 3, 9, 10, 11, 6, 7, 8, 2, 1, 0])
  expect(turned.getRevertSequenceOrdering().map((place) => turned.getSequenceOrdering()[place])).toEqual(
    Array.from({ length: 12 }, (_, i) => i),
  )
  const random = Ordering({ orderingType: 'random', spatialDims: 2, dimensions: [1, 5, 6], rng: new RandomState(4) })
  expect(random.getSequenceOrdering()).toEqual(new RandomState(4).permutation(30))
})

test('one token by its weight, as torch draws it', () => {
  const generator = new TorchGenerator(3)
  const weights = Float32Array.of(0.1, 0.2, 0.3, 0.4)
  expect(Array.from({ length: 6 }, () => generator.pick(weights))).toEqual([0, 2, 2, 3, 3, 2])
})

test.each([6, 3])('images token by token, and their likelihood, with %i tokens at once', async (most) => {
  const start = floats([1, 1], [4])
  const made = await inferer.sample([2, 3], start, vqvae, counting(most), ordering, {
    generator: new TorchGenerator(0),
    temperature: 0.5,
    topK: 3,
  })
  expect([...made.data]).toEqual([0, 1, 2, 1, 0, 3])
  const logs = await inferer.getLikelihood(image, vqvae, counting(most), ordering)
  expect(logs.shape).toEqual([1, 2, 3])
  logs.data.forEach((log) => expect(log).toBeCloseTo(0, 5))
  const sized = await inferer.getLikelihood(image, vqvae, counting(most), ordering, { resampleLatentLikelihoods: true })
  expect(sized.shape).toEqual([1, 1, 2, 3])
})

test('training foretells each token from those before', async () => {
  const { prediction, target, latentSpatialDim } = await inferer.predict(image, vqvae, counting(6), ordering)
  expect(latentSpatialDim).toEqual([2, 3])
  expect([...target.data]).toEqual([0, 1, 2, 3, 0, 1])
  const best = [...target.data].map((_, i) => prediction.data.subarray(5 * i, 5 * i + 5).indexOf(30))
  expect(best).toEqual([...target.data])
  const part = await inferer.predict(image, vqvae, counting(2), ordering, { generator: new TorchGenerator(1) })
  expect(part.target.shape).toEqual([1, 2])
})

test('with networks', async () => {
  const generator = new TorchGenerator(0)
  const coder = VQVAE({
    spatialDims: 2,
    inChannels: 1,
    outChannels: 1,
    channels: [4],
    numResChannels: 4,
    numResLayers: 1,
    downsampleParameters: [2, 4, 1, 1],
    upsampleParameters: [2, 4, 1, 1, 0],
    numEmbeddings: 6,
    embeddingDim: 4,
  })
  const scores = DecoderOnlyTransformer({
    numTokens: 7,
    maxSeqLen: 6,
    attnLayersDim: 4,
    attnLayersDepth: 1,
    attnLayersHeads: 2,
  })
  const [a, b] = [coder, scores].map((network) => runNetwork(interpreter, network, network.init(generator)))
  const made = await inferer.sample([2, 3], floats([2, 1], [6, 6]), tokenCoder(a), tokenTransformer(b), ordering, {
    generator,
  })
  expect(made.shape).toEqual([2, 1, 4, 6])
  const logs = await inferer.getLikelihood(made, tokenCoder(a), tokenTransformer(b), ordering)
  expect(logs.data.every((log) => log < 0)).toBe(true)
  await a.dispose()
  await b.dispose()
})

describe('one sentence for', () => {
  const generator = new TorchGenerator(0)
  const start = floats([1, 1], [4])
  test.each<[string, () => unknown, RegExp]>([
    [
      'another map',
      () => inferer.sample([2, 2], start, vqvae, counting(4), ordering, { generator }),
      /^VQVAETransformerInferer: the ordering has 6 places, the map \[2, 2\]/,
    ],
    [
      'no heat',
      () => inferer.sample([2, 3], start, vqvae, counting(4), ordering, { generator, temperature: 0 }),
      /^VQVAETransformerInferer\.temperature: is 0; give a number above 0/,
    ],
    [
      'no token that may follow',
      () => {
        const ending: TokenTransformer = { maxSeqLen: 6, predict: ({ shape: [n, l] }) => floats([n, l, 5], Array.from({ length: n * l * 5 }, (_, i) => i % 5)) } // prettier-ignore
        return inferer.sample([2, 3], start, vqvae, ending, ordering, { generator, topK: 1 })
      },
      /^VQVAETransformerInferer\.topK: is 1, and none of those tokens may follow; give a larger one/,
    ],
    [
      'a part without a generator',
      () => inferer.predict(image, vqvae, counting(3), ordering),
      /^VQVAETransformerInferer: sequences have 6 tokens, the transformer takes 3; give a generator/,
    ],
    [
      'sizes of other axes',
      () => Ordering({ orderingType: 'random', spatialDims: 3, dimensions: [1, 2, 3] }),
      /^Ordering\.dimensions: \[1, 2, 3\] has 3 values; give channels and 3 sizes/,
    ],
    [
      'a turn of one axis',
      () => Ordering({ orderingType: 'random', spatialDims: 2, dimensions: [1, 2, 3], rot90Axes: [[1, -1]] }),
      /^Ordering\.rot90Axes: \[1, -1\] is no pair of axes; give two different ones/,
    ],
    [
      'weights that are missing',
      () => runNetwork(interpreter, DecoderOnlyTransformer({ numTokens: 3, maxSeqLen: 2, attnLayersDim: 2, attnLayersDepth: 1, attnLayersHeads: 1 }), {}).call('forward', floats([1, 2], [0, 1])), // prettier-ignore
      /^runNetwork\(DecoderOnlyTransformer\): there is no weight token_embeddings\.weight; give the states/,
    ],
  ])('%s', async (_, act, message) => {
    await expect(async () => act()).rejects.toThrow(message)
  })
})
