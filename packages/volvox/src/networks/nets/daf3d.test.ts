// The numbers are MONAI 1.4's; outputs and gradients were compared with it when this was written.
import { expect, test } from 'vitest'
import { sizeOf } from '../../core/tensor.ts'
import { input } from '../../graph/ir.ts'
import { outputsOf } from '../network.ts'
import { AttentionModule, Daf3dASPP, Daf3dFPN, Daf3dResNet } from '../blocks/daf3dBlocks.ts'
import { forwardPass } from '../pass.ts'
import { DAF3D } from './daf3d.ts'

const image = (shape: readonly number[]) => input('x', { dtype: 'float32', shape })

test('DAF3D has the weights of MONAI, of which some have no effect', () => {
  const { weights } = DAF3D({ inChannels: 1, outChannels: 2 })
  expect(weights.length).toBe(430)
  expect(weights.reduce((sum, { trainable, shape }) => sum + (trainable ? sizeOf(shape) : 0), 0)).toBe(29284001)
  const unused = weights.filter(({ isUnused }) => isUnused).map(({ name }) => name)
  expect(unused.length).toBe(16 + 2 * 4) // a PReLU of each block, the last convolutions of the pyramid
  expect(unused).toContain('backbone_with_fpn.body.layer1.1.0.relu.weight')
})

test('DAF3D gives logits in the size of the image, and more in training or when asked', () => {
  const count = (visualOutput: boolean, training: boolean) => {
    const net = DAF3D({ inChannels: 1, outChannels: 2, visualOutput })
    const outputs = outputsOf(net.forward(forwardPass({ training }), image([2, 1, 6, 20, 24])))
    for (const { shape } of outputs) expect(shape).toEqual([2, 2, 6, 20, 24])
    return outputs.length
  }
  expect([count(false, false), count(true, false), count(false, true), count(true, true)]).toEqual([1, 13, 9, 9])
})

test('wrong images get one sentence', () => {
  const net = DAF3D({ inChannels: 2, outChannels: 1 })
  expect(() => net.forward(forwardPass(), image([1, 1, 8, 8, 8]))).toThrow(
    /^DAF3D: axis 1 of the input has 1 channels; this network takes 2$/,
  )
  expect(() => net.forward(forwardPass(), image([1, 2, 8, 8]))).toThrow(
    /^DAF3D: the input \[1, 2, 8, 8\] has 4 axes; give \[N, 2, \.\.\.\] with 3 spatial axes$/,
  )
})

test('parts that do not fit get one sentence', () => {
  const resnet = { layers: [1, 1, 1, 1], blockInplanes: [32, 32, 32, 32], nInputChannels: 1 }
  expect(() => Daf3dResNet(resnet).forward(forwardPass(), image([1, 1, 4, 8, 8]))).toThrow(
    /^Daf3dResNet: scores need 128 features and get 64; set widenFactor to 0.5, or feedForward to false$/,
  )
  expect(() => Daf3dResNet({ ...resnet, blockInplanes: [8, 8, 8, 8] })).toThrow(
    /^Daf3dResNet.blockInplanes: \[8, 8, 8, 8\] does not fit; give four multiples of 32$/,
  )
  expect(() => AttentionModule({ spatialDims: 3, inChannels: 8, outChannels: 4 })).toThrow(
    /^AttentionModule.norm.group.numChannels: 64 does not fit the 4 channels of its place; leave it out$/,
  )
  expect(() => Daf3dASPP({ spatialDims: 3, inChannels: 1, convOutChannels: 1, dilations: [1] })).toThrow(
    /^Daf3dASPP.dilations: has 1 values; 4 kernels need as many$/,
  )
  expect(() => Daf3dFPN({ spatialDims: 2, inChannelsList: [1], outChannels: 32 })).toThrow(
    /^Daf3dFPN.spatialDims: 2 does not fit; give 3$/,
  )
})
