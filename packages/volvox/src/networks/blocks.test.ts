// MONAI's blocks by their names. Their numbers were compared with MONAI's; here are shapes, laws and sentences.
import { describe, expect, test } from 'vitest'
import type { Component } from '../core/registry.ts'
import { floats, sizeOf, type FloatTensor, type Tensor } from '../core/tensor.ts'
import { evaluate } from '../graph/interpret/index.ts'
import { input } from '../graph/ir.ts'
import { registry } from '../registry.ts'
import { TorchGenerator } from '../rng/index.ts'
import { CrossAttentionBlock, SABlock, SpatialAttentionBlock, TransformerBlock } from './blocks/attentionBlocks.ts'
import { ConvDenseBlock, DenseBlock } from './blocks/denseBlock.ts'
import { FactorizedReduceBlock, P3DActiConvNormBlock } from './blocks/dintsBlock.ts'
import { UnetBasicBlock } from './blocks/dynunetBlock.ts'
import { MaxAvgPool } from './blocks/maxAvgPool.ts'
import { MLPBlock } from './blocks/mlp.ts'
import { PatchEmbed, PatchEmbeddingBlock } from './blocks/patchEmbedding.ts'
import { SEBlock, SEBottleneck } from './blocks/seBlocks.ts'
import { ResBlock } from './blocks/segresnetBlock.ts'
import { UnetrUpBlock } from './blocks/unetrBlock.ts'
import { network, outputsOf, type Network } from './network.ts'
import { identity } from './layer.ts'
import { forwardPass } from './pass.ts'

const wavy = (...shape: number[]) =>
  floats(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(2 * i)),
  )

const weightsOf = (net: Network) => net.init(new TorchGenerator(0))

function run(net: Network, given: readonly FloatTensor[], weights: Readonly<Record<string, Tensor>> = weightsOf(net)) {
  const [y] = outputsOf(net.forward(forwardPass(), ...given.map((x, i) => input(`x${i}`, x))))
  const feeds = Object.fromEntries(given.map((x, i) => [`x${i}`, x]))
  return [...evaluate([y], { ...feeds, ...weights })[0].data]
}

// prettier-ignore
const shapes: readonly (readonly [string, Readonly<Record<string, unknown>>, readonly number[][], readonly number[]])[] = [
  ['GEGLU', {}, [[2, 3, 8]], [2, 3, 4]],
  ['SABlock', { hiddenSize: 8, numHeads: 2, dimHead: 3, hiddenInputSize: 5 }, [[2, 3, 5]], [2, 3, 5]],
  ['CrossAttentionBlock', { hiddenSize: 8, numHeads: 2, contextInputSize: 4 }, [[2, 3, 8], [2, 5, 4]], [2, 3, 8]],
  ['TransformerBlock', { hiddenSize: 8, mlpDim: 4, numHeads: 2, withCrossAttention: true }, [[2, 3, 8], [2, 5, 8]], [2, 3, 8]],
  ['SpatialAttentionBlock', { spatialDims: 2, numChannels: 4, normNumGroups: 2 }, [[2, 4, 3, 1]], [2, 4, 3, 1]],
  ['MLPBlock', { hiddenSize: 4, mlpDim: 0 }, [[2, 3, 4]], [2, 3, 4]],
  ['PatchEmbed', { spatialDims: 2, embedDim: 3 }, [[1, 1, 5, 4]], [1, 3, 3, 2]],
  ['PatchEmbeddingBlock', { inChannels: 1, imgSize: 4, patchSize: 2, hiddenSize: 6, numHeads: 1 }, [[1, 1, 4, 4, 4]], [1, 8, 6]],
  ['ConvDenseBlock', { spatialDims: 1, inChannels: 2, channels: [3, 1], numResUnits: 1 }, [[1, 2, 4]], [1, 6, 4]],
  ['ActiConvNormBlock', { inChannel: 2, outChannel: 3, padding: 0 }, [[1, 2, 4, 4, 4]], [1, 3, 2, 2, 2]],
  ['FactorizedIncreaseBlock', { inChannel: 2, outChannel: 3, spatialDims: 2 }, [[1, 2, 2, 3]], [1, 3, 4, 6]],
  ['FactorizedReduceBlock', { inChannel: 2, outChannel: 3, spatialDims: 2 }, [[1, 2, 4, 6]], [1, 3, 2, 3]],
  ['P3DActiConvNormBlock', { inChannel: 2, outChannel: 3, kernelSize: 3, padding: 0, mode: 2 }, [[1, 2, 4, 4, 4]], [1, 3, 2, 2, 2]],
  ['UnetBasicBlock', { spatialDims: 2, inChannels: 2, outChannels: 3, kernelSize: 3, stride: [2, 1], normName: 'instance' }, [[1, 2, 4, 4]], [1, 3, 2, 4]],
  ['UnetResBlock', { spatialDims: 2, inChannels: 2, outChannels: 3, kernelSize: 3, stride: 2, normName: 'instance' }, [[1, 2, 4, 4]], [1, 3, 2, 2]],
  ['UnetUpBlock', { spatialDims: 1, inChannels: 2, outChannels: 3, kernelSize: 3, stride: 1, upsampleKernelSize: 2, normName: 'batch' }, [[1, 2, 4], [1, 3, 8]], [1, 3, 8]],
  ['UnetOutBlock', { spatialDims: 1, inChannels: 2, outChannels: 3 }, [[1, 2, 4]], [1, 3, 4]],
  ['UnetrBasicBlock', { spatialDims: 2, inChannels: 2, outChannels: 3, kernelSize: 3, stride: 2, normName: 'batch', resBlock: true }, [[1, 2, 4, 4]], [1, 3, 2, 2]],
  ['UnetrUpBlock', { spatialDims: 1, inChannels: 2, outChannels: 3, kernelSize: 3, upsampleKernelSize: 2, normName: 'batch' }, [[1, 2, 4], [1, 3, 8]], [1, 3, 8]],
  ['UnetrPrUpBlock', { spatialDims: 1, inChannels: 2, outChannels: 3, numLayer: 2, kernelSize: 3, stride: 1, upsampleKernelSize: 2, normName: 'batch', convBlock: true }, [[1, 2, 3]], [1, 3, 24]],
  ['ResBlock', { spatialDims: 1, inChannels: 2, norm: 'batch', kernelSize: 5 }, [[1, 2, 6]], [1, 2, 6]],
  ['SEBlock', { spatialDims: 1, inChannels: 2, nChns1: 1, nChns2: 3, nChns3: 4 }, [[1, 2, 6]], [1, 4, 6]],
  ['SEBottleneck', { spatialDims: 1, inplanes: 8, planes: 2, groups: 2, reduction: 2 }, [[1, 8, 6]], [1, 8, 6]],
  ['SEResNetBottleneck', { spatialDims: 1, inplanes: 2, planes: 2, groups: 1, reduction: 2 }, [[1, 2, 6]], [1, 8, 6]],
  ['SEResNeXtBottleneck', { spatialDims: 1, inplanes: 16, planes: 16, groups: 2, reduction: 2 }, [[1, 16, 6]], [1, 64, 6]],
  ['monai.networks.nets.basic_unet.TwoConv', { spatialDims: 1, inChns: 2, outChns: 3, act: 'relu', norm: null, bias: true }, [[1, 2, 6]], [1, 3, 6]],
  ['monai.networks.nets.basic_unet.Down', { spatialDims: 1, inChns: 2, outChns: 3, act: 'relu', norm: null, bias: true }, [[1, 2, 6]], [1, 3, 3]],
  ['monai.networks.nets.basic_unet.UpCat', { spatialDims: 1, inChns: 2, catChns: 3, outChns: 4, act: 'relu', norm: null, bias: true }, [[1, 2, 3], [1, 3, 7]], [1, 4, 7]],
]

describe('every block gives what its name says', () => {
  const known = registry()
  for (const [name, options, inputs, output] of shapes)
    test(name, () => {
      const component: Component = known.find(name, 'here')
      const net = component(options as never) as Network
      const given = inputs.map((shape, i) => input(`x${i}`, { dtype: 'float32', shape }))
      expect(outputsOf(net.forward(forwardPass(), ...given))[0].shape).toEqual(output)
    })
})

describe('attention', () => {
  const size = { hiddenSize: 6, numHeads: 2 }

  test('to oneself is attention to a copy of oneself', () => {
    const cross = CrossAttentionBlock(size)
    const weights = weightsOf(cross)
    const self = SABlock({ ...size, useCombinedLinear: false })
    const x = wavy(1, 4, 6)
    expect(run(self, [x], weights)).toEqual(run(cross, [x], weights))
    expect(run(cross, [x], weights)).toEqual(run(cross, [x, x], weights))
  })

  test('to the past does not see the future', () => {
    const net = SABlock({ ...size, causal: true, sequenceLength: 5 })
    const x = wavy(1, 4, 6)
    const other = { ...x, data: x.data.map((v, i) => (i < 12 ? v : -v)) }
    const [one, two] = [x, other].map((given) => run(net, [given]))
    expect(one.slice(0, 12)).toEqual(two.slice(0, 12))
    expect(one.slice(12)).not.toEqual(two.slice(12))
  })

  test('on a lattice begins as attention without one', () => {
    const net = SABlock({ ...size, relPosEmbedding: 'decomposed', inputSize: [2, 2] })
    const x = wavy(2, 4, 6)
    const plain = run(SABlock(size), [x])
    run(net, [x]).forEach((v, i) => expect(v).toBeCloseTo(plain[i], 9))
    expect(net.weights.slice(-2).map(({ name, shape }) => [name, shape])).toEqual([
      ['rel_positional_embedding.rel_pos_arr.0', [3, 3]],
      ['rel_positional_embedding.rel_pos_arr.1', [3, 3]],
    ])
  })
})

test('dropout of patches is drawn in the order in which torch has them in memory', () => {
  const size = { spatialDims: 2, inChannels: 1, imgSize: 4, patchSize: 2, hiddenSize: 6, numHeads: 1, dropoutRate: 0.5 }
  const drawn = (projType: 'conv' | 'perceptron') => {
    const pass = forwardPass({ training: true })
    PatchEmbeddingBlock({ ...size, projType }).forward(pass, input('x', { dtype: 'float32', shape: [2, 1, 4, 4] }))
    return pass.randomInputs.map(({ shape }) => shape)
  }
  expect(drawn('conv')).toEqual([[2, 6, 4]])
  expect(drawn('perceptron')).toEqual([[2, 4, 6]])
})

test('dense blocks put outputs beside inputs', () => {
  const same = network({ name: 'Same', options: {}, build: () => identity })({})
  expect(run(DenseBlock({ layers: [same, same] }), [floats([1, 1, 2], [3, 5])])).toEqual([3, 5, 3, 5, 3, 5, 3, 5])
})

test('pools that reach over the end count what they see, as torch does', () => {
  const x = floats([1, 1, 4], [1, 2, 3, 4])
  const pooled = (padding: number) =>
    run(MaxAvgPool({ spatialDims: 1, kernelSize: 3, stride: 2, padding, ceilMode: true }), [x]).map(
      (v) => Math.round(v * 1e6) / 1e6,
    )
  expect(pooled(0)).toEqual([3, 4, 2, 3.5])
  expect(pooled(1)).toEqual([2, 4, 4, 1, 3, 2])
})

describe('what does not fit is refused in a sentence', () => {
  const of = (net: Network, ...given: number[][]) =>
    net.forward(forwardPass(), ...given.map((shape, i) => input(`x${i}`, { dtype: 'float32', shape })))
  const size = { hiddenSize: 6, numHeads: 2 }
  const place = { spatialDims: 2, inChannels: 2, outChannels: 2 } as const
  const patches = { inChannels: 1, imgSize: 4, patchSize: 2, hiddenSize: 6, numHeads: 2 }
  // prettier-ignore
  const refusals: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['heads that do not share the features', () => SABlock({ hiddenSize: 6, numHeads: 4 }), /^SABlock.numHeads: 4 heads do not divide 6 features; use a divisor of 6$/],
    ['heads that cannot follow', () => PatchEmbeddingBlock({ ...patches, numHeads: 4 }), /^PatchEmbeddingBlock.numHeads: 4 heads/],
    ['the past of no length', () => TransformerBlock({ ...size, mlpDim: 4, causal: true }), /^TransformerBlock.sequenceLength: is null; `causal` needs it$/],
    ['a sequence that is too long', () => of(SABlock({ ...size, causal: true, sequenceLength: 3 }), [1, 4, 6]), /got a sequence of 4 tokens; it was made for at most 3$/],
    ['relative places of nothing', () => SABlock({ ...size, relPosEmbedding: 'decomposed' }), /^SABlock.inputSize: is null; `relPosEmbedding` needs it$/],
    ['relative places on a line', () => SABlock({ ...size, relPosEmbedding: 'decomposed', inputSize: [4] }), /^SABlock.inputSize: \[4\] has 1 values; give 2 or 3 sizes$/],
    ['relative places in a box', () => SABlock({ ...size, relPosEmbedding: 'decomposed', inputSize: [2, 3, 2] }), /^SABlock.inputSize: \[2, 3, 2\] is no cube/],
    ['another lattice', () => of(SABlock({ ...size, relPosEmbedding: 'decomposed', inputSize: [2, 3] }), [1, 4, 6]), /got a sequence of 4 tokens; it was made for 6, on \[2, 3\]$/],
    ['a context of other features', () => of(CrossAttentionBlock(size), [1, 4, 6], [1, 4, 5]), /the context has shape \[1, 4, 5\]; give \[1, tokens, 6\]$/],
    ['channels that heads do not divide', () => SpatialAttentionBlock({ spatialDims: 2, numChannels: 8, numHeadChannels: 3 }), /^SpatialAttentionBlock.numHeadChannels: 3 does not divide 8 channels; use a divisor of 8$/],
    ['groups that do not divide channels', () => SpatialAttentionBlock({ spatialDims: 2, numChannels: 8 }), /^SpatialAttentionBlock.*8 channels do not divide into 32 groups; use a divisor$/],
    ['an unknown dropout', () => MLPBlock({ ...size, mlpDim: 2, dropoutMode: 'vista' as never }), /^MLPBlock/],
    ['an image of another size', () => of(PatchEmbeddingBlock(patches), [1, 1, 4, 4, 6]), /^PatchEmbeddingBlock: axis 4 of the input has 6 voxels; this network takes 4$/],
    ['a norm that is not there', () => PatchEmbed({ normLayer: 'BatchNorm' as never }), /^PatchEmbed.normLayer: "BatchNorm" does not fit; give one of "LayerNorm" or null$/],
    ['dilations of other layers', () => ConvDenseBlock({ spatialDims: 2, inChannels: 2, channels: [1, 2], dilations: [1] }), /^ConvDenseBlock.dilations: has 1 values; 2 layers need as many$/],
    ['layers that are no networks', () => DenseBlock({ layers: ['relu' as never] }), /^DenseBlock.layers: .* does not fit; give a list of networks$/],
    ['a fourth kind of pieces', () => P3DActiConvNormBlock({ inChannel: 1, outChannel: 1, kernelSize: 3, padding: 1, mode: 3 }), /^P3DActiConvNormBlock.mode: 3 does not fit; give 0, 1 or 2$/],
    ['a size that does not halve', () => of(FactorizedReduceBlock({ inChannel: 1, outChannel: 2, spatialDims: 2 }), [1, 1, 4, 5]), /^FactorizedReduceBlock: axis 3 of the input has 5 voxels, not a multiple of 2; crop or pad it to 4 or 6$/],
    ['an even kernel', () => ResBlock({ spatialDims: 2, inChannels: 2, norm: 'batch', kernelSize: 2 }), /^ResBlock.kernelSize: 2 does not fit; give an odd whole number$/],
    ['a kernel smaller than its step', () => UnetBasicBlock({ ...place, kernelSize: 1, stride: 3, normName: 'batch' }), /^UnetBasicBlock.kernelSize: 1 with stride 3 on axis 0 needs negative padding/],
    ['no skip connection', () => of(UnetrUpBlock({ ...place, kernelSize: 3, upsampleKernelSize: 2, normName: 'batch' }), [1, 2, 2, 2]), /^UnetrUpBlock: got 1 of its inputs; give inp \(the map from below\), skip \(the one beside it\)$/],
    ['nothing at all', () => of(MLPBlock({ hiddenSize: 2, mlpDim: 2 })), /^MLPBlock: got 0 of its inputs; give x \(an image\)$/],
    ['a skip connection of another size', () => of(UnetrUpBlock({ ...place, kernelSize: 3, upsampleKernelSize: 2, normName: 'batch' }), [1, 2, 2, 2], [1, 2, 5, 4]), /concat/],
    ['more between than there is', () => SEBottleneck({ spatialDims: 2, inplanes: 4, planes: 1, groups: 1, reduction: 8 }), /^SEBottleneck.*8 leaves nothing of 4 channels; use at most 4$/],
    ['an unknown option of a convolution', () => SEBlock({ spatialDims: 2, inChannels: 2, nChns1: 2, nChns2: 2, nChns3: 2, convParam1: { kernel: 3 } }), /^SEBlock.convParam1.kernel: no such option/],
  ]
  for (const [title, attempt, sentence] of refusals) test(title, () => expect(attempt).toThrow(sentence))
})
