// Generative networks: what they refuse, and what they compute beside their forward pass. Their numbers are in the goldens.
import { describe, expect, test } from 'vitest'
import { floats, sizeOf } from '../core/tensor.ts'
import { evaluate } from '../graph/interpret/index.ts'
import { input, type Value } from '../graph/ir.ts'
import { TorchGenerator } from '../rng/index.ts'
import { copyModelState } from './copyModelState.ts'
import { outputsOf, type Network } from './network.ts'
import {
  AutoencoderKL,
  ControlNet,
  DecoderOnlyTransformer,
  DiffusionModelUNet,
  MultiScalePatchDiscriminator,
  PatchDiscriminator,
  SPADEDiffusionModelUNet,
  VQVAE,
} from './nets/index.ts'
import { EMAQuantizer, VectorQuantizer } from './blocks/vectorQuantizer.ts'
import { fromOldGenerative } from './oldGenerative.ts'
import { forwardPass } from './pass.ts'
import { fillRandomInputs } from './random.ts'
import { fromStateDict } from './weights.ts'

const levels = { spatialDims: 2, numResBlocks: 1, channels: [4, 4], attentionLevels: [false, true], normNumGroups: 2 }
const latent = { ...levels, latentChannels: 2 }
const diffusion = { ...levels, inChannels: 1, outChannels: 1, numHeadChannels: 2 }
const { outChannels: _, ...steering } = { ...diffusion, conditioningEmbeddingNumChannels: [2, 4] }

const vectors = {
  spatialDims: 2,
  inChannels: 1,
  outChannels: 1,
  channels: [2],
  numResLayers: 1,
  numResChannels: 2,
  downsampleParameters: [2, 4, 1, 1],
  upsampleParameters: [2, 4, 1, 1, 0],
  numEmbeddings: 4,
  embeddingDim: 3,
}
const tokens = { numTokens: 5, maxSeqLen: 4, attnLayersDim: 4, attnLayersDepth: 2, attnLayersHeads: 2 }
const patches = { spatialDims: 2, channels: 2, inChannels: 1 }

let inputs = 0
const fed = (...shape: number[]): Value => input(`x${inputs++}`, { dtype: 'float32', shape })
const image = () => fed(2, 1, 8, 8)

/** What a network gives on inputs that count up from -1 to 1. */
function computed(network: Network, compute: (pass: ReturnType<typeof forwardPass>) => readonly Value[], x: Value) {
  const pass = forwardPass()
  const values = compute(pass)
  const size = sizeOf(x.shape)
  return evaluate(values, {
    ...network.init(new TorchGenerator(1)),
    ...fillRandomInputs({ inputs: pass.randomInputs }, new TorchGenerator(2)),
    [String(x.node.attrs.name)]: floats(
      x.shape,
      Array.from({ length: size }, (_, i) => (2 * i) / size - 1),
    ),
  })
}

test('the steps of an autoencoder are its forward pass', () => {
  const network = AutoencoderKL(latent)
  const x = image()
  const [whole, mu] = computed(network, (pass) => outputsOf(network.forward(pass, x)), x)
  const steps = (pass: ReturnType<typeof forwardPass>) => {
    const [mu, sigma] = outputsOf(network.call('encode', pass, x))
    const z = outputsOf(network.call('sampling', pass, mu, sigma))
    return [...outputsOf(network.call('decode', pass, ...z)), mu]
  }
  expect(computed(network, steps, x)).toEqual([whole, mu])
  const stages = (pass: ReturnType<typeof forwardPass>) =>
    outputsOf(network.call('decodeStage2Outputs', pass, ...outputsOf(network.call('encodeStage2Inputs', pass, x))))
  expect(computed(network, stages, x)).toEqual([whole])
  const [sure] = computed(network, (pass) => outputsOf(network.call('reconstruct', pass, x)), x)
  expect(sure.shape).toEqual([2, 1, 8, 8])
  expect(sure.data).not.toEqual(whole.data)
})

test('numbers of vectors stand for what an image becomes', () => {
  const network = VQVAE(vectors)
  const x = image()
  const [whole] = computed(network, (pass) => outputsOf(network.forward(pass, x)), x)
  const byNumbers = (pass: ReturnType<typeof forwardPass>) => {
    const [numbers] = outputsOf(network.call('indexQuantize', pass, x))
    expect([numbers.dtype, ...numbers.shape]).toEqual(['int32', 2, 4, 4])
    return outputsOf(network.call('decodeSamples', pass, numbers))
  }
  const [again] = computed(network, byNumbers, x)
  again.data.forEach((value, i) => expect(value).toBeCloseTo(whole.data[i], 6))
})

test('a table of vectors starts as its own mean, and says how much of it is used', () => {
  const quantizer = VectorQuantizer({ quantizer: EMAQuantizer({ spatialDims: 2, numEmbeddings: 4, embeddingDim: 1 }) })
  const states = quantizer.init(new TorchGenerator(1))
  expect(states['quantizer.ema_w']).toEqual(states['quantizer.embedding.weight'])
  const x = image()
  const perplexity = (pass: ReturnType<typeof forwardPass>) => outputsOf(quantizer.call('perplexity', pass, x))
  const [used] = computed(quantizer, perplexity, x)
  expect(used.data[0]).toBeGreaterThan(1)
  expect(used.data[0]).toBeLessThanOrEqual(4.0001)
})

test('no token sees later ones', () => {
  const network = DecoderOnlyTransformer(tokens)
  const x = fed(1, 4)
  const scores = (last: number) => {
    const pass = forwardPass()
    const values = outputsOf(network.forward(pass, x))
    const [{ data }] = evaluate(values, {
      ...network.init(new TorchGenerator(1)),
      [String(x.node.attrs.name)]: floats([1, 4], [1, 0, 2, last]),
    })
    return [...data]
  }
  const [some, others] = [scores(3), scores(4)]
  expect(some.slice(0, 15)).toEqual(others.slice(0, 15))
  expect(some.slice(15)).not.toEqual(others.slice(15))
})

describe('weights of the monai-generative package', () => {
  /** Weights that all differ. */
  const statesOf = (network: Network) =>
    Object.fromEntries(
      network.weights.map(({ name, shape }, n) => [name, floats(shape, new Array<number>(sizeOf(shape)).fill(n))]),
    )

  const before = (name: string) =>
    name
      .replace(/(transformer_blocks\..*)\.out_proj/, '$1.to_out.0')
      .replace('.attn.out_proj', '.proj_attn')
      .replace('.attn.to_', '.to_')
      .replace('.postconv.', '.conv.')

  test.each([
    ['DiffusionModelUNet', DiffusionModelUNet(diffusion)],
    ['with a context', DiffusionModelUNet({ ...diffusion, withConditioning: true, crossAttentionDim: 3 })],
    ['ControlNet', ControlNet({ ...steering, withConditioning: true, crossAttentionDim: 3 })],
    ['SPADEDiffusionModelUNet', SPADEDiffusionModelUNet({ ...diffusion, labelNc: 2, spadeIntermediateChannels: 2 })],
  ])('of %s', (_, network) => {
    const states = network.init(new TorchGenerator(1))
    const old = Object.fromEntries(Object.entries(states).map(([name, tensor]) => [before(name), tensor]))
    const { stateDict, report } = fromOldGenerative(network, old)
    expect(fromStateDict(network, stateDict)).toEqual(states)
    expect(fromStateDict(network, old)).toEqual(states)
    expect(copyModelState(network, {}, old)).toMatchObject({ states, missing: [], unexpected: [], renamed: report })
    expect(report.length).toBe(Object.keys(states).filter((name) => before(name) !== name).length)
    expect(fromOldGenerative(network, states).report).toEqual([])
  })

  test('of DecoderOnlyTransformer, whose norms were counted', () => {
    const network = DecoderOnlyTransformer({ ...tokens, withCrossAttention: true })
    const states = statesOf(network)
    const counted = (name: string) => name.replace('.norm2.', '.norm3.').replace('.norm_cross_attn.', '.norm2.')
    const old = Object.fromEntries(Object.entries(states).map(([name, tensor]) => [counted(name), tensor]))
    expect(fromStateDict(network, old)).toEqual(states)
    const alone = Object.fromEntries(Object.entries(old).filter(([name]) => !name.includes('.norm2.')))
    const now = fromStateDict(network, alone)
    expect(now['blocks.0.norm2.weight']).toEqual(states['blocks.0.norm2.weight'])
    expect([...now['blocks.0.norm_cross_attn.weight'].data]).toEqual([1, 1, 1, 1])
  })

  test('of AutoencoderKL, whose attention had an unused layer', () => {
    const network = AutoencoderKL(latent)
    const states = network.init(new TorchGenerator(1))
    const old = Object.fromEntries(Object.entries(states).map(([name, tensor]) => [before(name), tensor]))
    const now = fromStateDict(network, fromOldGenerative(network, old).stateDict)
    const name = Object.keys(states).find((key) => key.endsWith('.attn.out_proj.weight'))!
    expect([...now[name].data]).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
    expect(now['quant_conv_mu.conv.weight']).toEqual(states['quant_conv_mu.conv.weight'])
  })

  test('what has no place is still refused by its name', () => {
    const network = AutoencoderKL(latent)
    const { stateDict } = fromOldGenerative(network, {
      ...network.init(new TorchGenerator(1)),
      'loss.logvar': floats([], [0]),
    })
    expect(() => fromStateDict(network, stateDict)).toThrow(/^AutoencoderKL: weight "loss\.logvar" has no place/)
  })
})

test('blocks of diffusion networks begin without effect', () => {
  const network = DiffusionModelUNet(diffusion)
  const steered = ControlNet(steering)
  for (const weight of [...network.weights, ...steered.weights])
    if (/conv2\.conv|out\.2|proj_out|controlnet_down|controlnet_mid|cond_embedding\.conv_out/.test(weight.name))
      expect(weight.init, weight.name).toEqual({ kind: 'constant', value: 0 })
})

describe('one sentence for', () => {
  const forward = (network: Network, ...values: Value[]) => network.forward(forwardPass(), ...values)
  test.each<[string, () => unknown, RegExp]>([
    [
      'channels that the groups do not share',
      () => AutoencoderKL({ ...latent, channels: [4, 5] }),
      /^AutoencoderKL\.channels: 5 is not a multiple of the 2 groups/,
    ],
    [
      'levels without an answer about attention',
      () => AutoencoderKL({ ...latent, attentionLevels: [true] }),
      /^AutoencoderKL\.attentionLevels: has 1 values; 2 channels need 2/,
    ],
    [
      'too few block counts',
      () => DiffusionModelUNet({ ...diffusion, numResBlocks: [1] }),
      /^DiffusionModelUNet\.numResBlocks: has 1 values; give one, or one for each of the 2 channels/,
    ],
    [
      'a method that is not there',
      () => AutoencoderKL(latent).call('encodes', forwardPass(), image()),
      /^AutoencoderKL: has no "encodes"; it has encode, sampling, decode/,
    ],
    [
      'a small image',
      () => forward(AutoencoderKL(latent), fed(1, 1, 1, 8)),
      /has 1 voxels; this network needs 2 or more/,
    ],
    [
      'conditioning without its size',
      () => DiffusionModelUNet({ ...diffusion, withConditioning: true }),
      /^DiffusionModelUNet\.crossAttentionDim: is null; with withConditioning/,
    ],
    [
      'a size without conditioning',
      () => ControlNet({ ...steering, crossAttentionDim: 3 }),
      /^ControlNet\.crossAttentionDim: is 3; set withConditioning/,
    ],
    [
      'heads that do not divide',
      () => DiffusionModelUNet({ ...diffusion, numHeadChannels: 3 }),
      /^DiffusionModelUNet\.numHeadChannels: 3 does not divide the 4 channels of level 1/,
    ],
    [
      'no times',
      () => forward(DiffusionModelUNet(diffusion), image()),
      /^DiffusionModelUNet: got 1 of its inputs; give x \(an image\), timesteps \(times \[N\]\)$/,
    ],
    [
      'one time for two samples',
      () => forward(DiffusionModelUNet(diffusion), image(), fed(1)),
      /^DiffusionModelUNet: timesteps has shape \[1\]; give times \[N\], \[2\] beside x \[2, 1, 8, 8\]$/,
    ],
    [
      'no classes',
      () => forward(DiffusionModelUNet({ ...diffusion, numClassEmbeds: 3 }), image(), fed(2)),
      /^DiffusionModelUNet: got 2 of its inputs; give x .*, class_labels \(class numbers \[N\]\)$/,
    ],
    [
      'a context of another width',
      () =>
        forward(
          DiffusionModelUNet({ ...diffusion, withConditioning: true, crossAttentionDim: 3 }),
          image(),
          fed(2),
          fed(2, 1, 5),
        ),
      /^DiffusionModelUNet: x \[2, 1, 8, 8\], timesteps \[2\], context \[2, 1, 5\] do not fit: crossAttention: the context has shape \[2, 1, 5\]; give \[2, tokens, 3\]/,
    ],
    [
      'what no ControlNet gives',
      () => forward(DiffusionModelUNet(diffusion), image(), fed(2), image()),
      /^DiffusionModelUNet: got 1 more inputs of shapes \[2, 1, 8, 8\]; a ControlNet adds \[2, 4, 8, 8\]/,
    ],
    [
      'a window of three numbers',
      () => VQVAE({ ...vectors, downsampleParameters: [2, 4, 1] }),
      /^VQVAE\.downsampleParameters: \[2, 4, 1\] has 3 values; give 4/,
    ],
    [
      'windows for two of one level',
      () =>
        VQVAE({
          ...vectors,
          upsampleParameters: [
            [2, 4, 1, 1, 0],
            [2, 4, 1, 1, 0],
          ],
        }),
      /^VQVAE\.upsampleParameters: has 2 entries; give one, or one for each of the 1 channels/,
    ],
    [
      'a table for maps of other channels',
      () => forward(EMAQuantizer({ spatialDims: 2, numEmbeddings: 4, embeddingDim: 3 }), image()),
      /^EMAQuantizer: the map has shape \[2, 1, 8, 8\]; give \[N, 3, \.\.\.\] with 2 spatial axes/,
    ],
    [
      'a quantizer without vectors',
      () => VectorQuantizer({ quantizer: PatchDiscriminator(patches) }),
      /^VectorQuantizer\.quantizer: is a PatchDiscriminator, which has no table of vectors/,
    ],
    [
      'sequences that are too long',
      () => forward(DecoderOnlyTransformer(tokens), fed(1, 5)),
      /^DecoderOnlyTransformer: got sequences of 5 tokens; it was made for at most 4/,
    ],
    [
      'a context that is not looked at',
      () => forward(DecoderOnlyTransformer(tokens), fed(1, 4), fed(1, 2, 4)),
      /^DecoderOnlyTransformer: got a context, but has no attention to one/,
    ],
    [
      'too many discriminators',
      () => MultiScalePatchDiscriminator({ ...patches, numD: 3, numLayersD: 3, minimumSizeIm: 64 }),
      /^MultiScalePatchDiscriminator\.minimumSizeIm: 64 is too small for 9 layers/,
    ],
    ['an odd size', () => forward(DiffusionModelUNet(diffusion), fed(2, 1, 8, 7), fed(2)), /not a multiple of 2/],
    [
      'nothing to steer by',
      () => forward(ControlNet(steering), image(), fed(2)),
      /^ControlNet: got 2 of its inputs; give .*, controlnet_cond \(the other image \[N, 1, \.\.\.\]\)$/,
    ],
    [
      'an image to steer by of another size',
      () => forward(ControlNet(steering), image(), fed(2), image()),
      /^ControlNet: the image to steer by, \[2, 1, 8, 8\], becomes \[2, 4, 4, 4\]; give one that becomes \[2, 4, 8, 8\]/,
    ],
  ])('%s', (_, act, message) => expect(act).toThrow(message))
})
