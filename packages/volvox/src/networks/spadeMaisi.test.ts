// SPADE and MAISI networks: numbers recorded from MONAI 1.4 with weights that are sines, options, and what they refuse.
import { describe, expect, test } from 'vitest'
import { floats, sizeOf, type Tensor } from '../core/tensor.ts'
import { evaluate } from '../graph/interpret/index.ts'
import { input, type Value } from '../graph/ir.ts'
import { registry } from '../registry.ts'
import { MaisiConvolution, MaisiGroupNorm3D } from './blocks/maisiBlocks.ts'
import { SPADE } from './blocks/spade.ts'
import { outputsOf, type Network } from './network.ts'
import {
  AutoencoderKL,
  AutoencoderKlMaisi,
  ControlNetMaisi,
  DiffusionModelUNetMaisi,
  MaisiDecoder,
  SPADEAutoencoderKL,
  SPADEDiffusionModelUNet,
  SPADENet,
} from './nets/index.ts'
import { forwardPass, type Pass } from './pass.ts'
import { fromStateDict } from './weights.ts'

const sines = (shape: readonly number[], start: number, scale = 1): Tensor =>
  floats(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => scale * Math.sin(start + i)),
  )

const statesOf = (network: Network) =>
  Object.fromEntries(network.weights.map(({ name, shape }) => [name, sines(shape, name.length, 0.5)]))

type Compute = (pass: Pass, ...inputs: Value[]) => readonly Value[]

/** The first numbers that a network gives with sines as weights. */
function firstNumbers(network: Network, given: readonly Tensor[], compute?: Compute): number[] {
  const pass = forwardPass()
  const inputs = given.map(({ shape }, i) => input(`x${i}`, { dtype: 'float32', shape }))
  const outputs = compute ? compute(pass, ...inputs) : outputsOf(network.forward(pass, ...inputs))
  const feeds = Object.fromEntries(given.map((tensor, i) => [`x${i}`, tensor]))
  const [{ data }] = evaluate([outputs[0]], { ...statesOf(network), ...feeds })
  return Array.from(data.slice(0, 4))
}

const parameters = (network: Network) => network.weights.reduce((total, { shape }) => total + sizeOf(shape), 0)

const levels = { spatialDims: 2, numResBlocks: [1, 1], attentionLevels: [false, true], normNumGroups: 2 }
const channels = [4, 4]
const autoencoder = { ...levels, channels, labelNc: 3, latentChannels: 2, spadeIntermediateChannels: 5 }
const diffusion = { ...levels, inChannels: 1, outChannels: 1, numHeadChannels: 2 }
const { outChannels: _, ...steering } = { ...diffusion, numChannels: channels, conditioningEmbeddingNumChannels: [4] }
const styled = { spatialDims: 2, inChannels: 1, outChannels: 1, labelNc: 3, inputShape: [8, 8], channels: [4, 6] }
const maisi = {
  spatialDims: 3,
  inChannels: 1,
  outChannels: 1,
  numResBlocks: [1, 1],
  numChannels: [4, 4],
  attentionLevels: [false, false],
  normNumGroups: 2,
  latentChannels: 2,
  numSplits: 2,
}
const piecewise = { spatialDims: 3, inChannels: 1, outChannels: 2, numSplits: 2, dimSplit: 0 }

const spadeAutoencoder = SPADEAutoencoderKL(autoencoder)
const styledNet = SPADENet({ ...styled, zDim: 5, spadeIntermediateChannels: 5 })
const maisiAutoencoder = AutoencoderKlMaisi(maisi)

// prettier-ignore
const recorded: readonly (readonly [Network, readonly Tensor[], number, readonly number[], Compute?])[] = [
  [SPADE({ labelNc: 2, normNc: 4, hiddenChannels: 3 }), [sines([1, 4, 4, 4], 0), sines([1, 2, 8, 8], 1)],
    281, [-0.27332, -1.24923, 0.21409, 0.42236]],
  [spadeAutoencoder, [sines([1, 2, 4, 4], 0), sines([1, 3, 8, 8], 1)],
    7405, [-0.00761, 0.93761, 1.72338, 1.93182], (pass, ...x) => outputsOf(spadeAutoencoder.call('decode', pass, ...x))],
  [SPADEDiffusionModelUNet({ ...diffusion, channels, labelNc: 3, spadeIntermediateChannels: 5 }),
    [sines([1, 1, 8, 8], 0), floats([1], [3]), sines([1, 3, 8, 8], 1)], 10413, [0.61739, 0.57132, 0.26844, 0.27762]],
  [SPADENet({ ...styled, isVae: false, spadeIntermediateChannels: 5 }), [sines([1, 3, 8, 8], 0)],
    3767, [0.37856, 0.52414, 0.522, 0.62702]],
  [styledNet, [sines([1, 3, 8, 8], 0), sines([1, 5], 1)],
    4254, [0.33089, 0.60209, 0.59495, 0.6395], (pass, ...x) => outputsOf(styledNet.call('decode', pass, ...x))],
  [MaisiConvolution(piecewise), [sines([1, 1, 8, 4, 4], 0)], 57, [0.45616, 0.2456, 0.53424, 0.29658]],
  [maisiAutoencoder, [sines([1, 2, 8, 4, 4], 0)],
    5117, [1.10302, 2.12102, 3.12168, 3.88074], (pass, ...x) => outputsOf(maisiAutoencoder.call('decode', pass, ...x))],
  [DiffusionModelUNetMaisi({ ...diffusion, numChannels: channels, includeSpacingInput: true }),
    [sines([1, 1, 8, 8], 0), floats([1], [3]), sines([1, 3], 1)], 5725, [0.62873, 0.68417, 0.48844, 0.02186]],
  [ControlNetMaisi(steering), [sines([1, 1, 8, 8], 0), floats([1], [3]), sines([1, 1, 8, 8], 1)],
    2524, [-0.76385, -1.25471, -0.96999, 0.22574]],
]

describe('as in MONAI', () => {
  for (const [network, inputs, count, numbers, compute] of recorded)
    test(`${network.name} with ${count} parameters`, () => {
      expect(parameters(network)).toBe(count)
      firstNumbers(network, inputs, compute).forEach((value, i) => expect(value).toBeCloseTo(numbers[i], 4))
    })

  test('state names', () => {
    const names = (network: Network) => network.weights.map(({ name }) => name)
    const steered = names(SPADEDiffusionModelUNet({ ...diffusion, channels, labelNc: 3 }))
    expect(steered).toContain('up_blocks.1.resnets.0.norm1.param_free_norm.weight')
    expect(steered).toContain('up_blocks.0.resnets.1.norm2.mlp_gamma.conv.weight')
    expect(names(maisiAutoencoder).slice(0, 4)).toEqual([
      'encoder.blocks.0.conv.conv.weight',
      'encoder.blocks.0.conv.conv.bias',
      'encoder.blocks.1.norm1.weight',
      'encoder.blocks.1.norm1.bias',
    ])
    expect(names(maisiAutoencoder)).toContain('decoder.blocks.2.conv.conv.conv.weight')
    expect(names(SPADENet({ ...styled, isVae: false })).slice(0, 3)).toEqual([
      'decoder.conv_init.conv.weight',
      'decoder.conv_init.conv.bias',
      'decoder.conv_init.adn.A.weight',
    ])
  })
})

test('checkpoints of MONAI 1.5 lack the last layer of attention where it has no effect', () => {
  const network = AutoencoderKlMaisi({ ...maisi, attentionLevels: [false, true] })
  const states = statesOf(network)
  const recent = Object.fromEntries(Object.entries(states).filter(([name]) => !name.includes('.out_proj.')))
  expect(Object.keys(recent).length).toBeLessThan(network.weights.length)
  const loaded = fromStateDict(network, recent)
  expect(loaded).toMatchObject(recent)
  expect(Object.keys(loaded).length).toBe(network.weights.length)
})

test('pieces without norms change nothing', () => {
  const x = [sines([1, 1, 6, 7, 8], 0)]
  const whole = firstNumbers(MaisiConvolution({ ...piecewise, numSplits: 1, convOnly: true }), x)
  expect(firstNumbers(MaisiConvolution({ ...piecewise, numSplits: 4, convOnly: true }), x)).toEqual(whole)
})

test('what a ControlNet adds last is seen by the bottom of MAISI’s network', () => {
  const network = DiffusionModelUNetMaisi({ ...diffusion, numChannels: channels })
  const added = [
    [1, 4, 8, 8],
    [1, 4, 8, 8],
    [1, 4, 4, 4],
    [1, 4, 4, 4],
    [1, 4, 4, 4],
  ]
  const given = [sines([1, 1, 8, 8], 0), floats([1], [3])]
  const zero = firstNumbers(network, [...given, ...added.map((shape) => sines(shape, 0, 0))])
  expect(zero).toEqual(firstNumbers(network, given))
  expect(firstNumbers(network, [...given, ...added.map((shape) => sines(shape, 0))])).not.toEqual(zero)
})

test('configs find them under MONAI’s names', () => {
  const found = registry()
  const maisiPath = 'monai.apps.generation.maisi.networks'
  expect(found.find(`${maisiPath}.autoencoderkl_maisi.AutoencoderKlMaisi`, 'here')).toBe(AutoencoderKlMaisi)
  expect(found.find(`${maisiPath}.diffusion_model_unet_maisi.DiffusionModelUNetMaisi`, 'here')).toBe(
    DiffusionModelUNetMaisi,
  )
  expect(found.find(`${maisiPath}.controlnet_maisi.ControlNetMaisi`, 'here')).toBe(ControlNetMaisi)
  expect(found.find('monai.networks.blocks.spade_norm.SPADE', 'here')).toBe(SPADE)
  expect(found.find('monai.networks.nets.spade_network.SPADENet', 'here')).toBe(SPADENet)
})

describe('one sentence for', () => {
  let inputs = 0
  const fed = (...shape: number[]) => input(`y${inputs++}`, { dtype: 'float32', shape })
  const of = (network: Network, ...values: Value[]) => network.forward(forwardPass(), ...values)
  const { attentionLevels: __, ...part } = { ...maisi, dimSplit: 0 }
  // prettier-ignore
  const refusals: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['no labels', () => of(spadeAutoencoder, fed(1, 1, 8, 8)), /^SPADEAutoencoderKL: got 1 of its inputs; give x \(an image\), seg \(labels \[N, 3, \.\.\.\]\)$/],
    ['labels of other channels', () => of(SPADE({ labelNc: 2, normNc: 4 }), fed(1, 4, 8, 8), fed(1, 3, 8, 8)), /^SPADE: labels have shape \[1, 3, 8, 8\]; give \[1, 2, /],
    ['arguments in two places', () => SPADE({ labelNc: 2, normNc: 4, norm: ['group', { num_groups: 2 }], normParams: { eps: 1 } }), /^SPADE\.normParams: is given beside arguments in norm; put all of them into one$/],
    ['a style without numbers', () => SPADENet(styled), /^SPADENet\.zDim: is null; with isVae, give the numbers that a style is$/],
    ['a size that does not halve', () => SPADENet({ ...styled, zDim: 2, inputShape: [8, 6] }), /^SPADENet\.inputShape: 6 is not a multiple of 4, as 2 channels need$/],
    ['a shape of other axes', () => SPADENet({ ...styled, zDim: 2, inputShape: [8] }), /^SPADENet\.inputShape: has 1 values; 2 spatial axes need 2$/],
    ['linear for pictures', () => SPADENet({ ...styled, zDim: 2, upsamplingMode: 'trilinear' }), /^SPADENet\.upsamplingMode: "trilinear" is for 3 spatial axes; there are 2$/],
    ['no image whose style is taken', () => of(styledNet, fed(1, 3, 8, 8)), /^SPADENet: got 1 of its inputs; give seg \(labels \[N, 3, \.\.\.\]\), x \(an image\)$/],
    ['a style where there are none', () => SPADENet({ ...styled, isVae: false }).call('encode', forwardPass(), fed(1, 1, 8, 8)), /^SPADENet: has no encoder; set isVae$/],
    ['pictures', () => AutoencoderKlMaisi({ ...maisi, spatialDims: 2 }), /^AutoencoderKlMaisi\.spatialDims: 2 does not fit; give 3, as MAISI is for volumes$/],
    ['an axis that is not there', () => MaisiConvolution({ ...piecewise, dimSplit: 3 }), /^MaisiConvolution\.dimSplit: 3 does not fit; give 0, 1 or 2$/],
    ['more pieces than voxels', () => of(MaisiConvolution({ ...piecewise, numSplits: 8 }), fed(1, 1, 4, 8, 8)), /^MaisiConvolution: axis 2 of the input has 4 voxels; 8 pieces of 3 or more each need a multiple of 8, at least 24$/],
    ['another number of channels', () => of(MaisiGroupNorm3D({ numGroups: 2, numChannels: 4 }), fed(1, 3, 2, 2, 2)), /^MaisiGroupNorm3D: axis 1 of the input has 3 channels; this network takes 4$/],
    ['channels that the groups do not share', () => AutoencoderKlMaisi({ ...maisi, numChannels: [4, 5] }), /^AutoencoderKlMaisi\.numChannels: 5 is not a multiple of the 2 groups/],
    ['levels without an answer about attention', () => MaisiDecoder({ ...omit(part), attentionLevels: [true] }), /^MaisiDecoder\.attentionLevels: has 1 values; 2 channels need 2$/],
    ['channels of a diffusion network', () => DiffusionModelUNetMaisi({ ...diffusion, numChannels: [4, 3] }), /^DiffusionModelUNetMaisi\.numChannels: 3 is not a multiple/],
    ['a spacing that is missing', () => of(DiffusionModelUNetMaisi({ ...diffusion, numChannels: channels, includeSpacingInput: true }), fed(1, 1, 8, 8), fed(1)), /^DiffusionModelUNetMaisi: got 2 of its inputs; give .*, spacing_tensor \(spacing \[N, 3\]\)$/],
    ['a region that was not asked for', () => of(ControlNetMaisi(steering), fed(1, 1, 8, 8), fed(1), fed(1, 1, 8, 8), fed(1, 4)), /^ControlNetMaisi: got 1 vectors of shapes \[1, 4\]; give none$/],
    ['nothing to steer by', () => of(ControlNetMaisi(steering), fed(1, 1, 8, 8), fed(1)), /^ControlNetMaisi: got 2 of its inputs; give .*, controlnet_cond/],
  ]
  for (const [title, attempt, sentence] of refusals) test(title, () => expect(attempt).toThrow(sentence))
})

/** Without what only the autoencoder takes. */
function omit<T extends { latentChannels: unknown }>({ latentChannels: _, ...rest }: T) {
  return rest
}

test('MAISI’s way down and bottom are those of AutoencoderKL', () => {
  const { numChannels, ...rest } = { ...maisi, withEncoderNonlocalAttn: true, withDecoderNonlocalAttn: true }
  const { numSplits: ___, ...plain } = rest
  const bare = (network: Network) => network.weights.map(({ name }) => name.replace(/(\.conv)+\./, '.conv.'))
  const ours = bare(AutoencoderKlMaisi({ ...rest, numChannels }))
  expect(ours).toEqual(
    bare(AutoencoderKL({ ...plain, channels: numChannels })).map((name) => name.replace('.postconv', '')),
  )
})
