import { expect, test } from 'vitest'
import { input } from '../../graph/ir.ts'
import { forwardPass } from '../pass.ts'
import { HighResNet } from './highResNet.ts'

const first = { n_features: 4, kernel_size: 3 }
const last = [{ n_features: 4, kernel_size: 1 }, { kernel_size: 1 }]

test('a block that is wider pads or projects, and sizes stay', () => {
  const layerParams = [first, { n_features: 7, kernels: [3], repeat: 2 }, ...last]
  const x = input('x', { dtype: 'float32', shape: [1, 1, 5, 9] })
  for (const channelMatching of ['pad', 'project'] as const) {
    const net = HighResNet({ spatialDims: 2, outChannels: 3, layerParams, channelMatching })
    expect(net.forward(forwardPass(), x).shape).toEqual([1, 3, 5, 9])
    const projections = net.weights.filter(({ name }) => name.includes('chn_pad.project'))
    expect(projections.map(({ name }) => name)).toEqual(
      channelMatching === 'pad' ? [] : ['blocks.1.chn_pad.project.weight', 'blocks.1.chn_pad.project.bias'],
    )
  }
})

test('layers that do not fit are refused in a sentence', () => {
  expect(() => HighResNet({ layerParams: [first] })).toThrow(
    /^HighResNet.layerParams: has 1 layers; give a first one and two last ones$/,
  )
  expect(() => HighResNet({ layerParams: [first, { n_features: 4, repeat: 1 }, ...last] })).toThrow(
    /^HighResNet.layerParams\[1\]: has no kernels; give n_features, kernels, repeat$/,
  )
  expect(() => HighResNet({ layerParams: [first, { n_features: 2, kernels: [3], repeat: 1 }, ...last] })).toThrow(
    /^HighResNet.layerParams\[1\]: is narrower, 2, than the one before, 4; widen it or set channelMatching to "project"$/,
  )
})
