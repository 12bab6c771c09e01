// Numbers of weights are those of torchvision 0.28; outputs were compared with it by the runner of goldens.
import { expect, test } from 'vitest'
import { sizeOf } from '../../core/tensor.ts'
import { input } from '../../graph/ir.ts'
import { TorchVisionFCModel } from '../nets/netAdapter.ts'
import { forwardPass } from '../pass.ts'

const places = { efficientnet: 'classifier.1', vit: 'heads.head' } as const

test.each([
  ['efficientnet_b0', 1280, 5_288_548, 360],
  ['efficientnet_b1', 1280, 7_794_184, 508],
  ['efficientnet_b2', 1408, 9_109_994, 508],
  ['efficientnet_b3', 1536, 12_233_232, 574],
  ['efficientnet_b4', 1792, 19_341_616, 706],
  ['efficientnet_b5', 2048, 30_389_784, 854],
  ['efficientnet_b6', 2304, 43_040_704, 986],
  ['efficientnet_b7', 2560, 66_347_960, 1200],
  ['efficientnet_v2_s', 1280, 21_458_488, 782],
  ['efficientnet_v2_m', 1280, 54_139_356, 1120],
  ['efficientnet_v2_l', 1280, 118_515_272, 1548],
  ['vit_b_16', 768, 86_567_656, 152],
  ['vit_b_32', 768, 88_224_232, 152],
  ['vit_l_16', 1024, 304_326_632, 296],
  ['vit_l_32', 1024, 306_535_400, 296],
])('%s has the weights of torchvision', (modelName, features, learnt, tensors) => {
  const fcName = modelName.startsWith('vit') ? places.vit : places.efficientnet
  const { weights } = TorchVisionFCModel({ modelName, numClasses: 1000, pool: null, fcName, inChannels: features })
  expect(weights).toHaveLength(tensors)
  expect(weights.reduce((sum, { shape, trainable }) => sum + (trainable ? sizeOf(shape) : 0), 0)).toBe(learnt)
})

test('a vision transformer takes images of one size', () => {
  const net = TorchVisionFCModel({ modelName: 'vit_b_32', pool: null, fcName: 'heads.head' })
  const on = (size: number) => net.forward(forwardPass(), input('x', { dtype: 'float32', shape: [2, 3, size, size] }))
  expect(on(224).shape).toEqual([2, 1])
  expect(() => on(192)).toThrow(
    /^TorchVisionFCModel: x \[2, 3, 192, 192\] does not fit: vit: images have sizes \[192, 192\]; this network takes \[224, 224\]$/,
  )
})
