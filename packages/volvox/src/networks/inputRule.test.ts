import { describe, expect, test } from 'vitest'
import { input } from '../graph/ir.ts'
import { checkInput, stepsOf } from './inputRule.ts'
import { AttentionUnet, BasicUNet, DynUNet, SegResNet, UNETR, UNet, VNet } from './nets/index.ts'
import type { Network, Output } from './index.ts'
import { forwardPass } from './pass.ts'

const levels = { spatialDims: 2, inChannels: 1, outChannels: 2, channels: [4, 8, 8], strides: [2, [2, 3]] }

describe('an input that does not fit is refused in a sentence that names network, axis, value and remedy', () => {
  // prettier-ignore
  const refusals: readonly (readonly [Network<Output>, readonly number[], RegExp])[] = [
    [UNet(levels), [1, 12, 12], /^UNet: the input \[1, 12, 12\] has 3 axes; give \[N, 1, \.\.\.\] with 2 spatial axes$/],
    [UNet(levels), [1, 3, 12, 12], /^UNet: axis 1 of the input has 3 channels; this network takes 1$/],
    [UNet(levels), [1, 1, 12, 16], /^UNet: axis 3 of the input has 16 voxels, not a multiple of 6; crop or pad it to 12 or 18$/],
    [AttentionUnet(levels), [1, 1, 3, 12], /^AttentionUnet: axis 2 of the input has 3 voxels, not a multiple of 4; pad it to 4$/],
    [SegResNet({ blocksDown: [1, 1, 1], blocksUp: [1, 1] }), [1, 1, 8, 8, 6], /^SegResNet: axis 4 of the input has 6 voxels, not a multiple of 4; crop or pad it to 4 or 8$/],
    [BasicUNet({ spatialDims: 1 }), [1, 1, 9], /^BasicUNet: axis 2 of the input has 9 voxels; this network needs 16 or more$/],
    [VNet({}), [1, 1, 16, 24, 16], /^VNet: axis 3 of the input has 24 voxels, not a multiple of 16; crop or pad it to 16 or 32$/],
    [UNETR({ inChannels: 1, outChannels: 1, imgSize: 32, hiddenSize: 12, mlpDim: 4 }), [1, 1, 32, 32, 48], /^UNETR: axis 4 of the input has 48 voxels; this network takes 32$/],
    [DynUNet({ spatialDims: 1, inChannels: 1, outChannels: 1, kernelSize: [3, 3, 3], strides: [1, 2, 2], upsampleKernelSize: [2, 2] }), [1, 1, 10], /^DynUNet: axis 2 of the input has 10 voxels, not a multiple of 4/],
    [DynUNet({ spatialDims: 2, inChannels: 1, outChannels: 1, kernelSize: [3, 3, 3], strides: [2, 2, 2], upsampleKernelSize: [2, 2] }), [1, 1, 16, 18], /^DynUNet: axis 3 of the input has 18 voxels, 9 after the first block, not a multiple of 4; crop or pad it to 16 or 23$/],
  ]
  for (const [net, shape, sentence] of refusals)
    test(`${net.name} and [${shape.join(', ')}]`, () =>
      expect(() => net.forward(forwardPass(), input('x', { dtype: 'float32', shape }))).toThrow(sentence))
})

test('a batch has any size, and steps multiply per axis', () => {
  expect(stepsOf([2, [1, 3]], 2)).toEqual([2, 6])
  checkInput('Any', { dtype: 'float32', shape: [7, 1, 4, 12] }, { channels: 1, spatialDims: 2, divisor: [2, 6] })
})
