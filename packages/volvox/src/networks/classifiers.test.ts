// Classification networks: what they refuse, how they start, what they share. Their numbers are compared by the goldens.
import { describe, expect, test } from 'vitest'
import { floats } from '../core/tensor.ts'
import { evaluate } from '../graph/interpret/index.ts'
import { input, nameOf } from '../graph/ir.ts'
import { registry } from '../registry.ts'
import { TorchGenerator } from '../rng/index.ts'
import { poolLayer } from './blocks/pool.ts'
import { classifierComponents } from './classifiers.ts'
import { network, type Network } from './network.ts'
import {
  DenseNet,
  DenseNet121,
  EfficientNet,
  EfficientNetBN,
  FlexibleUNet,
  NetAdapter,
  TorchVisionFCModel,
  ResNet,
  ResNetFeatures,
  SENet,
  resnet50,
} from './nets/index.ts'
import { forwardPass } from './pass.ts'
import { fillRandomInputs } from './random.ts'

const dense = {
  spatialDims: 2,
  inChannels: 1,
  outChannels: 2,
  initFeatures: 4,
  growthRate: 2,
  blockConfig: [1],
} as const
const residual = {
  block: 'basic',
  layers: [1, 1, 1, 1],
  blockInplanes: [4, 4, 4, 4],
  spatialDims: 2,
  nInputChannels: 1,
} as const
const squeezing = {
  spatialDims: 2,
  inChannels: 1,
  block: 'se_bottleneck',
  layers: [1, 1, 1, 1],
  groups: 1,
  reduction: 16,
} as const
const efficient = {
  blocksArgsStr: ['r1_k3_s11_e1_i32_o32_se0.25'],
  spatialDims: 2,
  inChannels: 1,
  numClasses: 2,
  imageSize: 8,
} as const

const image = (channels: number, size = 32) => input('x', { dtype: 'float32', shape: [2, channels, size, size] })

describe('one sentence for', () => {
  test.each<[string, () => unknown, RegExp]>([
    [
      'no blocks',
      () => DenseNet({ ...dense, blockConfig: [] }),
      /^DenseNet\.blockConfig: is empty; give the number of layers/,
    ],
    ['three stages', () => ResNet({ ...residual, layers: [1, 1, 1] }), /^ResNet\.layers: has 3 values; give 4/],
    ['three widths', () => ResNet({ ...residual, blockInplanes: [4] }), /^ResNet\.blockInplanes: has 1 values; give 4/],
    [
      'an unknown block',
      () => ResNet({ ...residual, block: 'wide' as never }),
      /^ResNet\.block: "wide" does not fit; give "basic"/,
    ],
    [
      'an unknown size',
      () => ResNetFeatures({ modelName: 'resnet51' as never }),
      /^ResNetFeatures\.modelName: "resnet51" does not fit; give one of "resnet10"/,
    ],
    [
      'pretraining in 2-D',
      () => ResNetFeatures({ modelName: 'resnet18', spatialDims: 2 }),
      /^ResNetFeatures\.pretrained: is there only for 3 spatial axes and 1 channel; set it to false/,
    ],
    [
      'an even kernel',
      () => SENet({ ...squeezing, downsampleKernelSize: 2 }),
      /^SENet\.downsampleKernelSize: 2 is even/,
    ],
    [
      'nothing to squeeze',
      () => SENet({ ...squeezing, reduction: 4096 }),
      /^SENet\.reduction: 4096 leaves nothing of 256 channels/,
    ],
    [
      'no block strings',
      () => EfficientNet({ ...efficient, blocksArgsStr: [] }),
      /^EfficientNet\.blocksArgsStr: is empty; give a block/,
    ],
    [
      'a block without kernel',
      () => EfficientNet({ ...efficient, blocksArgsStr: ['r1_s11_e1_i8_o8'] }),
      /^EfficientNet\.blocksArgsStr: "r1_s11_e1_i8_o8" has no whole number k; write/,
    ],
    [
      'two strides',
      () => EfficientNet({ ...efficient, blocksArgsStr: ['r1_k3_s12_e1_i8_o8'] }),
      /^EfficientNet\.blocksArgsStr: "r1_k3_s12_e1_i8_o8" has stride "12"; give one digit/,
    ],
    [
      'a small image',
      () => DenseNet(dense).forward(forwardPass(), image(1, 0)),
      /^DenseNet: axis 2 of the input has 0 voxels; this network needs 1 or more$/,
    ],
    [
      'channels',
      () => ResNet(residual).forward(forwardPass(), image(3)),
      /^ResNet: axis 1 of the input has 3 channels; this network takes 1$/,
    ],
    [
      'downloads',
      () =>
        DenseNet121({ spatialDims: 2, inChannels: 3, outChannels: 2, pretrained: true }).init(new TorchGenerator(0)),
      /^DenseNet121\.pretrained: true asks for weights that are not downloaded; load them from a checkpoint, or set it to false$/,
    ],
    [
      'default downloads',
      () => EfficientNetBN({ modelName: 'efficientnet-b0' }).init(new TorchGenerator(0)),
      /^EfficientNetBN\.pretrained: true asks/,
    ],
  ])('%s', (_, make, sentence) => expect(make).toThrow(sentence))
})

describe('one sentence for decoders and adapters with', () => {
  const flexible = { inChannels: 1, outChannels: 2, backbone: 'resnet10' } as const
  const adapted = { model: ResNet(residual), pool: '' } as const
  test.each<[string, () => unknown, RegExp]>([
    [
      'few widths',
      () => FlexibleUNet({ ...flexible, decoderChannels: [8, 4] }),
      /^FlexibleUNet\.decoderChannels: has 2 values; give 5, bottom first$/,
    ],
    [
      'no convolution',
      () => FlexibleUNet({ ...flexible, upsample: 'pixelshuffle', preConv: null }),
      /^FlexibleUNet\.preConv: is null, but "pixelshuffle" needs a convolution/,
    ],
    [
      'cubic volumes',
      () => FlexibleUNet({ ...flexible, spatialDims: 3, interpMode: 'bicubic' }),
      /^FlexibleUNet\.interpMode: is "bicubic", which is for 2 spatial axes/,
    ],
    [
      'odd sizes',
      () => FlexibleUNet({ ...flexible, isPad: false }).forward(forwardPass(), image(1, 48)),
      /^FlexibleUNet: axis 2 of the input has 48 voxels, not a multiple of 32/,
    ],
    [
      'an unknown model',
      () => TorchVisionFCModel({ modelName: 'resnet51' }),
      /^TorchVisionFCModel\.modelName: "resnet51" is not among torchvision's models here; did you mean "resnet50"\?$/,
    ],
    [
      'weights to download',
      () => TorchVisionFCModel({ pretrained: true }).init(new TorchGenerator(0)),
      /^TorchVisionFCModel\.pretrained: true asks for weights/,
    ],
    [
      'two pools',
      () => NetAdapter({ ...adapted, pool: null, nodeName: 'layer2' }),
      /^NetAdapter\.nodeName: "layer2" does not go with the model's own pool; set pool to ""$/,
    ],
    [
      'an unknown part',
      () => NetAdapter({ ...adapted, nodeName: 'layer5' }),
      /^NetAdapter\.nodeName: "layer5" is not a part of the model; use one of conv1, bn1, act, maxpool, layer1/,
    ],
    [
      'features unknown',
      () => NetAdapter({ ...adapted, fcName: 'layer1' }),
      /^NetAdapter\.inChannels: is missing, and the last layer of the model is not linear/,
    ],
  ])('%s', (_, make, sentence) => expect(make).toThrow(sentence))
})

test('an adapted network keeps its names before the part that is exchanged, or numbers them', () => {
  const names = (options: Omit<Parameters<typeof NetAdapter>[0], 'model'>) => {
    const { weights } = NetAdapter({ model: ResNet(residual), numClasses: 3, ...options })
    return [weights[0], weights[weights.length - 2]].map(({ name, shape }) => [name, ...shape])
  }
  expect(names({ pool: null })).toEqual([
    ['features.conv1.weight', 4, 1, 7, 7],
    ['fc.weight', 3, 4],
  ])
  expect(names({ pool: ['adaptiveavg', { output_size: 1 }] })[0][0]).toBe('features.0.weight')
  expect(names({ pool: '', useConv: true })[1]).toEqual(['fc.weight', 3, 4, 1, 1])
  expect(names({ pool: '', nodeName: 'layer2', inChannels: 4 })[0][0]).toBe('features.conv1.weight')
  const short = NetAdapter({ model: ResNet(residual), pool: '', nodeName: 'layer2', useConv: true })
  expect(short.forward(forwardPass(), image(1))).toMatchObject({ shape: [2, 1, 8, 8] })
  expect(short.weights.some(({ name }) => name.includes('layer3'))).toBe(false)
})

test('names of MONAI lead to the same component', () => {
  const components = registry()
  expect(components.find('monai.networks.nets.resnet.resnet50', '')).toBe(resnet50)
  for (const [name, component] of Object.entries(classifierComponents))
    expect(components.find(`monai.networks.nets.${name}`, '')).toBe(component)
})

describe('initial weights', () => {
  const spread = (net: Network, name: string) => {
    const data = net.init(new TorchGenerator(0))[name].data as Float32Array
    return Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length)
  }

  test('of a ResNet follow what each input feeds, of a DenseNet what feeds each output', () => {
    const resnet = ResNet({ ...residual, blockInplanes: [64, 4, 4, 4] })
    expect(spread(resnet, 'conv1.weight') / Math.sqrt(2 / (64 * 49))).toBeCloseTo(1, 1)
    expect(spread(resnet, 'fc.bias')).toBe(0)
    expect(spread(DenseNet({ ...dense, initFeatures: 64 }), 'features.conv0.weight') / Math.sqrt(2 / 49)).toBeCloseTo(
      1,
      1,
    )
  })

  test('stay the same inside another network, which has the last word', () => {
    const outer = network({ name: 'Outer', options: {}, build: () => ResNet(residual).layer })
    expect(outer({}).init(new TorchGenerator(0))).toEqual(ResNet(residual).init(new TorchGenerator(0)))
    const louder = network({
      name: 'Louder',
      options: {},
      build: () => ResNet(residual).layer,
      init: ({ init }) => (init.kind === 'normal' ? { ...init, std: 9 } : init),
    })
    expect(louder({}).weights[0].init).toMatchObject({ kind: 'normal', std: 9 })
  })
})

test('EfficientNets leave out whole samples in training', () => {
  const pass = forwardPass({ training: true })
  EfficientNet({ ...efficient, blocksArgsStr: ['r2_k3_s11_e1_i32_o32'], dropoutRate: 0, dropConnectRate: 0.8 }).forward(
    pass,
    image(1, 8),
  )
  const [mask] = pass.randomInputs
  expect(pass.randomInputs.map(({ shape }) => shape)).toEqual([[2, 1, 1, 1]]) // the first block is never left out
  const { data } = fillRandomInputs({ inputs: [mask] }, new TorchGenerator(3))[nameOf(mask)]
  const kept = new TorchGenerator(3).rand(2).map((u) => (u >= 0.4 ? 1 / 0.6 : 0))
  expect([...data]).toEqual([...kept])
})

describe('pools', () => {
  const x = floats([1, 1, 5], [1, 4, 2, 8, 6])
  const pooled = (...args: Parameters<typeof poolLayer>) => {
    const row = network({ name: 'Pool', options: {}, build: () => poolLayer(...args) })({})
    return [...evaluate([row.forward(forwardPass(), input('x', x as never))], { x })[0].data]
  }

  // torch.nn.MaxPool1d and AvgPool1d of this input
  test.each<[string, Parameters<typeof poolLayer>[0], number[]]>([
    ['max', ['max', { kernel_size: 2 }], [4, 8]],
    ['max, to the end', ['max', { kernel_size: 2, ceil_mode: true }], [4, 8, 6]],
    ['max, padded', ['max', { kernel_size: 3, stride: 2, padding: 1, dilation: 1 }], [4, 8, 8]],
    ['mean, to the end', ['avg', { kernel_size: 2, ceil_mode: true }], [2.5, 5, 6]],
    ['mean, padded', ['avg', { kernel_size: 3, stride: 2, padding: 1 }], [5 / 3, 14 / 3, 14 / 3]],
    [
      'mean, padding left out',
      ['avg', { kernel_size: 3, stride: 2, padding: 1, count_include_pad: false }],
      [2.5, 14 / 3, 7],
    ],
    [
      'mean, padded, to the end',
      ['avg', { kernel_size: 4, stride: 2, padding: 1, ceil_mode: true }],
      [7 / 4, 5, 14 / 3],
    ],
    ['sum', ['avg', { kernel_size: 2, divisor_override: 1 }], [5, 10]],
    [
      'sum, padded, to the end',
      ['avg', { kernel_size: 2, padding: 1, ceil_mode: true, divisor_override: 2 }],
      [0.5, 3, 7],
    ],
    ['to a size', ['adaptiveavg', { output_size: 1 }], [4.2]],
    ['largest to a size', ['adaptivemax', { output_size: 2 }], [4, 8]],
    ['nothing', '', [1, 4, 2, 8, 6]],
  ])('%s', (_, pool, want) => {
    const got = pooled(pool)
    expect(got.length).toBe(want.length)
    got.forEach((value, i) => expect(value).toBeCloseTo(want[i], 5))
  })

  test('refuse unknown names', () => {
    expect(() => poolLayer('mean')).toThrow(/^pool: "mean" is unknown; /)
  })
})
