// Networks between images and vectors: the numbers are compared in goldens.test.ts.
import { describe, expect, test } from 'vitest'
import { input, program } from '../graph/ir.ts'
import { TorchGenerator } from '../rng/index.ts'
import {
  AutoEncoder,
  Classifier,
  Critic,
  Discriminator,
  Generator,
  Regressor,
  VarAutoEncoder,
  VarFullyConnectedNet,
} from './nets/index.ts'
import { outputsOf, type Network } from './network.ts'
import { forwardPass } from './pass.ts'
import { fillRandomInputs } from './random.ts'

const image = { inShape: [1, 8, 6], channels: [2, 3], strides: [2, 2] } as const
const auto = { spatialDims: 2, outChannels: 1, channels: [2, 3], strides: [2, 2] } as const
const full = { inChannels: 4, outChannels: 3, latentSize: 2, encodeChannels: [5], decodeChannels: [5, 6] } as const

describe('a sample of the latent variables', () => {
  const net = VarAutoEncoder({ ...auto, inShape: [1, 8, 6], latentSize: 20, dropout: 0.5 })
  const x = input('x', { dtype: 'float32', shape: [2, 1, 8, 6] })

  test('is drawn while training, between the masks of the two halves', () => {
    const pass = forwardPass({ training: true })
    const built = program('p', { y: outputsOf(net.forward(pass, x))[0] })
    const kinds = pass.randomInputs.map(({ node }) => (node.attrs.random as { kind: string }).kind)
    expect(kinds).toEqual(['dropout', 'dropout', 'normal', 'dropout'])
    const drawn = fillRandomInputs(built, new TorchGenerator(3))
    const rng = new TorchGenerator(3)
    rng.dropoutMask(0.5, 2 * 2 * 4 * 3)
    rng.dropoutMask(0.5, 2 * 3 * 2 * 2)
    expect(drawn['random.2'].data).toEqual(rng.randn(2 * 20)) // torch.randn_like
  })

  test('takes no draw in evaluation', () => {
    const pass = forwardPass()
    net.forward(pass, x)
    expect(pass.randomInputs).toEqual([])
  })
})

test('the slopes of a VarFullyConnectedNet are one weight with many names', () => {
  const slopes = VarFullyConnectedNet(full).weights.filter(({ role }) => role === 'slope')
  expect(slopes.map(({ name, aliases }) => [name, ...aliases])).toEqual([
    [
      'encode.encode_0.ADN.A.weight',
      'decode.decode0.ADN.A.weight',
      'decode.decode1.ADN.A.weight',
      'adn_layer.A.weight',
    ],
  ])
})

describe('options and inputs that do not fit are refused in a sentence', () => {
  const of = (net: Network, ...shape: number[]) => net.forward(forwardPass(), input('x', { dtype: 'float32', shape }))
  // prettier-ignore
  const refusals: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['an image of another size', () => of(Regressor({ ...image, outShape: [2] }), 1, 1, 8, 8), /^Regressor: axis 3 of the input has 8 voxels; this network takes 6$/],
    ['too few strides', () => Discriminator({ ...image, strides: [2] }), /^Discriminator.strides: has 1 values; 2 channels need 2$/],
    ['no spatial axis', () => Critic({ ...image, inShape: [4] }), /^Critic.inShape: \[4\] has 1 values; give channels, then 1 to 3 spatial sizes$/],
    ['a size of 0', () => Classifier({ ...image, inShape: [1, 0, 6], classes: 2 }), /^Classifier.inShape: \[1, 0, 6\] does not fit; give a list of whole numbers of 1 or more$/],
    ['an unknown last activation', () => Classifier({ ...image, classes: 2, lastAct: 'softmx' }), /^Classifier.lastAct: "softmx" is unknown; did you mean "softmax"\?$/],
    ['fewer than no units', () => Regressor({ ...image, outShape: [1], numResUnits: -1 }), /^Regressor.numResUnits: -1 does not fit; give a whole number of 0 or more$/],
    ['a vector of another size', () => of(Generator({ latentShape: [5], startShape: [2, 3], channels: [1], strides: [2] }), 2, 6), /^Generator: input has shape \[2, 6\]; it was made for samples of 5 values$/],
    ['dilations of no layers', () => AutoEncoder({ ...auto, inChannels: 1, interDilations: [2] }), /^AutoEncoder.interDilations: has 1 values; interChannels has 0; give as many$/],
    ['another number of sizes', () => VarAutoEncoder({ ...auto, inShape: [8, 6], latentSize: 2 }), /^VarAutoEncoder.inShape: \[8, 6\] has 2 values; give channels and 2 spatial sizes$/],
    ['a middle of other channels', () => VarAutoEncoder({ ...auto, inShape: [1, 8, 6], latentSize: 2, interChannels: [4] }), /^VarAutoEncoder.interChannels: ends with 4, channels with 3; make them equal$/],
    ['a row of another size', () => of(VarFullyConnectedNet(full), 2, 5), /^VarFullyConnectedNet: input has shape \[2, 5\]; it was made for samples of 4 values$/],
  ]
  for (const [title, attempt, sentence] of refusals) test(title, () => expect(attempt).toThrow(sentence))
})
