// Blocks and layers that configs can name by themselves.
import { describe, expect, test } from 'vitest'
import { floats, sizeOf, type Tensor } from '../core/tensor.ts'
import { evaluate } from '../graph/interpret/index.ts'
import { input } from '../graph/ir.ts'
import { gaussianKernel } from '../kernels/gaussian.ts'
import { registry } from '../registry.ts'
import { TorchGenerator } from '../rng/index.ts'
import { actLayer } from './blocks/act.ts'
import { SimpleASPP } from './blocks/aspp.ts'
import { conv } from './blocks/conv.ts'
import { ADN, Convolution, ResidualUnit } from './blocks/convolutionBlocks.ts'
import {
  ApplyFilter,
  EllipticalFilter,
  LaplaceFilter,
  MeanFilter,
  SavitzkyGolayFilter,
  SharpenFilter,
} from './blocks/filters.ts'
import { FCN, Refine } from './blocks/fcn.ts'
import { GaussianFilter } from './blocks/gaussianFilter.ts'
import { linear } from './blocks/linear.ts'
import { LocalNetUpSampleBlock, RegistrationResidualConvBlock } from './blocks/localnetBlock.ts'
import { normLayer } from './blocks/norm.ts'
import { ChannelSELayer } from './blocks/seBlocks.ts'
import { ChannelPad, Reshape, SkipConnection } from './blocks/simple.ts'
import { SubpixelUpsample, UpSample } from './blocks/upsampleBlocks.ts'
import { sequential } from './layer.ts'
import { network, outputsOf, type Network } from './network.ts'
import { normalInit } from './normalInit.ts'
import { forwardPass } from './pass.ts'
import { predictSegmentation } from './predictSegmentation.ts'

const counting = (...shape: number[]) =>
  floats(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => i + 1),
  )

function run(net: Network, x: Tensor): { shape: readonly number[]; numbers: number[] } {
  const outputs = outputsOf(net.forward(forwardPass(), input('x', x as never)))
  const [{ data }] = evaluate(outputs, { x, ...net.init(new TorchGenerator(0)) })
  return { shape: outputs[0].shape, numbers: Array.from(data, (v) => Math.round(v * 1e5) / 1e5) }
}

describe('filters', () => {
  const dot = floats([1, 1, 3, 3], [0, 0, 0, 0, 1, 0, 0, 0, 0])

  test('of one voxel give their kernel', () => {
    const cube = { spatialDims: 2, size: 3 }
    expect(run(MeanFilter(cube), dot).numbers).toEqual(new Array(9).fill(1))
    expect(run(LaplaceFilter(cube), dot).numbers).toEqual([-1, -1, -1, -1, 8, -1, -1, -1, -1])
    expect(run(EllipticalFilter(cube), dot).numbers).toEqual([0, 1, 0, 1, 1, 1, 0, 1, 0])
    expect(run(SharpenFilter(cube), dot).numbers).toEqual([0, -1, 0, -1, 5, -1, 0, -1, 0].map((v) => v || 0))
  })

  test('may differ by channel and sample', () => {
    const x = floats([2, 2, 2], new Array(8).fill(1))
    const scaled = (...shape: number[]) => run(ApplyFilter({ filter: counting(...shape) }), x).numbers
    expect(scaled(2, 1)).toEqual([1, 1, 2, 2, 1, 1, 2, 2])
    expect(scaled(2, 2, 1)).toEqual([1, 1, 2, 2, 3, 3, 4, 4])
  })

  test('of Savitzky and Golay leave polynomials as they are', () => {
    const cubes = floats(
      [1, 1, 9],
      Array.from({ length: 9 }, (_, i) => (i - 4) ** 3),
    )
    const { numbers } = run(SavitzkyGolayFilter({ windowLength: 5, order: 3 }), cubes)
    expect(numbers.slice(2, 7)).toEqual([-8, -1, 0, 1, 8])
  })

  test('of Gauss have the kernel that transforms have, and widths that may be learnt', () => {
    const line = floats([1, 1, 11], [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0])
    const net = GaussianFilter({ spatialDims: 1, sigma: 1.25, requiresGrad: true })
    run(net, line).numbers.forEach((v, i) => expect(v).toBeCloseTo(gaussianKernel(1.25)[i], 4))
    expect(net.weights.map(({ name, trainable }) => [name, trainable])).toEqual([['kernel_sigma_0', true]])
  })
})

test('statistics of a norm that is used twice are updated twice', () => {
  const pass = forwardPass({ training: true })
  Refine({ planes: 1 }).forward(pass, input('x', { dtype: 'float32', shape: [1, 1, 2, 2] }))
  const zero = { dtype: 'float32' as const, shape: [], data: new Float32Array(1) }
  const batches = evaluate([pass.updates.get('bn.num_batches_tracked')!], { 'bn.num_batches_tracked': zero })
  expect(batches[0].data[0]).toBe(2)
})

describe('small parts', () => {
  test('join, pad and reshape', () => {
    const x = counting(1, 2, 2)
    const submodule = ChannelPad({ spatialDims: 1, inChannels: 2, outChannels: 2 })
    expect(run(SkipConnection({ submodule, mode: 'add' }), x).numbers).toEqual([2, 4, 6, 8])
    expect(run(SkipConnection({ submodule, mode: 'mul' }), x).numbers).toEqual([1, 4, 9, 16])
    expect(run(SkipConnection({ submodule, dim: 2 }), x).shape).toEqual([1, 2, 4])
    expect(run(ChannelPad({ spatialDims: 1, inChannels: 2, outChannels: 5 }), x).numbers).toEqual([
      0, 0, 1, 2, 3, 4, 0, 0, 0, 0,
    ])
    expect(run(Reshape({ shape: [4, -1] }), x).shape).toEqual([1, 4, 1])
  })

  test('are found under their modules and other spellings', () => {
    for (const name of ['monai.networks.blocks.UpSample', 'monai.networks.blocks.upsample.Upsample', 'UpSample'])
      expect(registry().find(name, 'here')).toBe(UpSample)
    expect(registry().find('monai.networks.layers.simplelayers.MeanFilter', 'here')).toBe(MeanFilter)
  })

  test('enlarge to sizes or by factors', () => {
    const net = UpSample({
      spatialDims: 2,
      mode: 'nontrainable',
      interpMode: 'nearest',
      alignCorners: null,
      size: [2, 4],
    })
    expect(run(net, counting(1, 1, 1, 2)).numbers).toEqual([1, 1, 2, 2, 1, 1, 2, 2])
    const shuffled = SubpixelUpsample({ spatialDims: 1, convBlock: null, applyPadPool: false })
    expect(run(shuffled, counting(1, 2, 2)).numbers).toEqual([1, 3, 2, 4])
  })
})

describe('weights for GANs', () => {
  // torch.manual_seed(3); torch.nn.Sequential(Conv1d(1, 2, 3), BatchNorm1d(2), PReLU(), Linear(2, 2)).apply(monai.networks.normal_init)
  const net = network({
    name: 'One',
    options: {},
    build: () => sequential([conv(1, 1, 2, { kernelSize: 3 }), normLayer('batch', 2), actLayer('prelu'), linear(2, 2)]),
  })({})
  const drawn = normalInit(net, new TorchGenerator(3))
  const expected: Readonly<Record<string, readonly number[]>> = {
    '0.weight': [0.0160655, 0.0034967, 0.0017796, -0.0122744, 0.0009236, -0.0273652],
    '1.weight': [1.0067499, 1.0202223],
    '1.bias': [0, 0],
    '3.weight': [-0.0287036, 0.0195486, 0.010441, 0.0247583],
    '3.bias': [0, 0],
  }
  test('are drawn as MONAI draws them', () => {
    expect(Object.keys(drawn)).toEqual(['0.weight', '0.bias', '1.weight', '1.bias', '3.weight', '3.bias'])
    for (const [name, values] of Object.entries(expected))
      values.forEach((value, i) => expect(Number(drawn[name].data[i]), name).toBeCloseTo(value, 6))
  })
})

test('scores become labels', () => {
  const scores = floats([1, 2, 3], [-1, 0, 2, 3, -2, 1])
  const labels = (exclusive: boolean) => {
    const x = input('x', scores as never)
    return Array.from(evaluate([predictSegmentation(x, exclusive)], { x: scores })[0].data)
  }
  expect(labels(false)).toEqual([0, 1, 1, 1, 0, 1])
  expect(labels(true)).toEqual([1, 0, 0])
})

describe('options and inputs that do not fit are refused in a sentence', () => {
  const of = (net: Network, ...shape: number[]) => net.forward(forwardPass(), input('x', { dtype: 'float32', shape }))
  const block = { spatialDims: 2, inChannels: 2, outChannels: 2 } as const
  // prettier-ignore
  const refusals: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['other channels', () => of(Convolution(block), 1, 3, 4, 4), /^Convolution: axis 1 of the input has 3 channels; this network takes 2$/],
    ['an unknown norm', () => ResidualUnit({ ...block, norm: 'bach' }), /^ResidualUnit.norm: "bach" is unknown; did you mean "batch"\?$/],
    ['a norm without channels', () => ADN({ norm: 'batch', normDim: 2 }), /^ADN.inChannels: is null; a norm needs it$/],
    ['dropout without axes', () => ADN({ dropout: 0.5 }), /^ADN.dropoutDim: is null, and normDim too; norm and dropout need one of them$/],
    ['an upsampling without channels', () => UpSample({ spatialDims: 2 }), /^UpSample.inChannels: is null; mode "deconv" needs it$/],
    ['a factor that is not whole', () => UpSample({ ...block, scaleFactor: 1.5 }), /^UpSample.scaleFactor: 1.5 is not whole; only mode "nontrainable" takes such$/],
    ['a fraction of a voxel', () => of(UpSample({ spatialDims: 1, mode: 'nontrainable', scaleFactor: 1.5 }), 1, 1, 3), /would get 4.5 voxels; give sizes$/],
    ['channels that do not become others', () => UpSample({ ...block, outChannels: 3, mode: 'nontrainable', preConv: null }), /^UpSample.preConv: is null, and 2 channels do not become 3 by themselves$/],
    ['channels that make no neighbourhood', () => of(SubpixelUpsample({ spatialDims: 1, convBlock: null }), 1, 3, 4), /3 channels do not divide by 2, the voxels of a neighbourhood$/],
    ['dilations of other kernels', () => SimpleASPP({ spatialDims: 2, inChannels: 1, convOutChannels: 1, dilations: [1] }), /^SimpleASPP.dilations: has 1 values; 4 kernels need as many$/],
    ['fewer channels by padding', () => ChannelPad({ spatialDims: 1, inChannels: 3, outChannels: 2 }), /^ChannelPad.outChannels: 2 is less than 3, which padding cannot do; set mode "project"$/],
    ['a kernel of another rank', () => of(ApplyFilter({ filter: counting(3) }), 1, 1, 4, 4), /a kernel of shape \[3\] does not fit the input \[1, 1, 4, 4\]; give 2 sizes/],
    ['an even window', () => SavitzkyGolayFilter({ windowLength: 4, order: 1 }), /^SavitzkyGolayFilter.windowLength: 4 does not fit; give an odd whole number$/],
    ['a degree above the window', () => SavitzkyGolayFilter({ windowLength: 3, order: 3 }), /^SavitzkyGolayFilter.order: 3 is not less than windowLength, 3$/],
    ['an axis that is not there', () => of(SavitzkyGolayFilter({ windowLength: 3, order: 1, axis: 4 }), 1, 1, 4, 4), /axis: 4 does not exist in an input of shape \[1, 1, 4, 4\]$/],
    ['one channel that excludes others', () => predictSegmentation(input('x', { dtype: 'float32', shape: [1, 1, 3] }), true), /^predictSegmentation: scores have shape \[1, 1, 3\]; one channel excludes nothing, give two or more$/],
    ['weights that are not downloaded', () => FCN({}).init(new TorchGenerator(0)), /^FCN.pretrained: true asks for weights that are not downloaded/],
    ['more between than there is', () => ChannelSELayer({ spatialDims: 2, inChannels: 2, r: 3 }), /^ChannelSELayer.*leaves nothing of 2 channels/],
    ['a sum of other channels', () => RegistrationResidualConvBlock({ ...block, outChannels: 3 }), /^RegistrationResidualConvBlock.outChannels: 3 cannot be added to 2 channels; make them equal$/],
    ['channels that do not fold', () => LocalNetUpSampleBlock(block), /^LocalNetUpSampleBlock.inChannels: 2 is not twice outChannels, 2; make it so$/],
    ['widths of other axes', () => GaussianFilter({ spatialDims: 2, sigma: [1, 2, 3] }), /^GaussianFilter.sigma: has 3 values; give one, or one for each of the 2 axes$/],
  ]
  for (const [title, attempt, sentence] of refusals) test(title, () => expect(attempt).toThrow(sentence))
})
