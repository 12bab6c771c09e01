// The numbers are compared with MONAI by the runner of goldens; here is what bags promise.
import { expect, test } from 'vitest'
import { floats, sizeOf, type FloatTensor } from '../../core/tensor.ts'
import { evaluate } from '../../graph/interpret/index.ts'
import { input } from '../../graph/ir.ts'
import { TorchGenerator } from '../../rng/index.ts'
import { forwardPass } from '../pass.ts'
import { DenseNet } from './densenet.ts'
import { MILModel } from './milModel.ts'

const backbone = DenseNet({
  spatialDims: 2,
  inChannels: 1,
  outChannels: 8,
  initFeatures: 4,
  growthRate: 2,
  blockConfig: [1],
})
const bag = floats(
  [1, 3, 1, 8, 8],
  Float32Array.from({ length: 192 }, (_, i) => Math.sin(i * i)),
)

test.each(['mean', 'max', 'att', 'att_trans'] as const)('the order of instances does not matter to %s', (milMode) => {
  const net = MILModel({ numClasses: 2, milMode, backbone, backboneNumFeatures: 8, transBlocks: 1, pretrained: false })
  const states = net.init(new TorchGenerator(0))
  const scores = (x: FloatTensor) => {
    const y = net.forward(forwardPass(), input('x', { dtype: 'float32', shape: x.shape }))
    return [...evaluate([y], { ...states, x })[0].data]
  }
  const turned = floats(bag.shape, [...bag.data.subarray(64), ...bag.data.subarray(0, 64)])
  scores(turned).forEach((score, i) => expect(score).toBeCloseTo(scores(bag)[i], 9))
})

test('it has as many weights as in MONAI, under its names', () => {
  const sizes = (net: ReturnType<typeof MILModel>) =>
    net.weights.reduce((sum, { shape, trainable }) => sum + (trainable ? sizeOf(shape) : 0), 0)
  const pyramid = MILModel({ numClasses: 2, milMode: 'att_trans_pyramid', transBlocks: 1 })
  expect(sizes(pyramid)).toBe(63_398_979)
  expect(pyramid.weights.map(({ name }) => name)).toContain('transformer.1.1.layers.0.self_attn.in_proj_weight')
  const att = MILModel({ numClasses: 4, backbone: 'resnet18' })
  expect(sizes(att)).toBe(12_231_237)
  const features = att.call('features', forwardPass(), input('x', { dtype: 'float32', shape: [2, 3, 3, 32, 32] }))
  expect(features).toMatchObject({ shape: [2, 3, 512] })
})

test('what does not fit gets one sentence', () => {
  expect(() => MILModel({ numClasses: 2, backbone })).toThrow(
    /^MILModel.backboneNumFeatures: is missing; say how many features the backbone gives$/,
  )
  expect(() => MILModel({ numClasses: 2, backbone: 'densenet121' })).toThrow(
    /^MILModel.backbone: densenet121 has no last layer fc; use a ResNet, or give a network$/,
  )
  expect(() => MILModel({ numClasses: 2, milMode: 'att_trans_pyramid', backbone: 'resnet18' })).toThrow(
    /^MILModel.milMode: "att_trans_pyramid" does not go with a backbone of your own; leave backbone out$/,
  )
  const net = MILModel({ numClasses: 2, backbone: 'resnet18' })
  expect(() => net.forward(forwardPass(), input('x', { dtype: 'float32', shape: [2, 3, 32, 32] }))).toThrow(
    /^MILModel: the input \[2, 3, 32, 32\] has 4 axes; give \[N, instances, C, H, W\]$/,
  )
  expect(() => net.init(new TorchGenerator(0))).toThrow(/^MILModel.pretrained: true asks for weights/)
})
