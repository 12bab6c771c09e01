// What the big segmentation networks promise without computing: shapes of results, names, sentences. Their numbers are
// compared with MONAI by the runner of goldens.
import { expect, test } from 'vitest'
import { outputsOf, type Network } from '../network.ts'
import type { Output } from '../layer.ts'
import { forwardPass } from '../pass.ts'
import { input } from '../../graph/ir.ts'
import { AHNet, ahNetFrom2d } from './ahNet.ts'
import { HoVerNet } from './hoVerNet.ts'
import { MedNeXt, MedNeXtB, MedNeXtS } from './medNeXt.ts'

const shapesOf = (net: Network<Output>, shape: readonly number[], training = false) =>
  outputsOf(net.forward(forwardPass({ training }), input('x', { dtype: 'float32', shape }))).map((y) => y.shape)

test('HoVerNet gives one map per branch, of its own size in each mode', () => {
  expect(shapesOf(HoVerNet({ outClasses: 5 }), [1, 3, 256, 256])).toEqual([
    [1, 2, 164, 164],
    [1, 2, 164, 164],
    [1, 5, 164, 164],
  ])
  expect(shapesOf(HoVerNet({ mode: 'original' }), [1, 3, 270, 270])[0]).toEqual([1, 2, 80, 80])
  expect(shapesOf(HoVerNet({ decoderPadding: true }), [1, 3, 256, 256])[1]).toEqual([1, 2, 256, 256])
  expect(() => shapesOf(HoVerNet({}), [1, 3, 256, 270])).toThrow(
    /^HoVerNet: axis 3 of the input has 270 voxels; this network takes 256$/,
  )
})

test('a frozen encoder keeps its blocks but not its first convolution', () => {
  const fixed = HoVerNet({ freezeEncoder: true }).weights.filter(({ role }) => role === 'fixed')
  const free = HoVerNet({ freezeEncoder: true }).weights.filter(({ trainable }) => trainable)
  expect(fixed.every(({ name, trainable }) => name.startsWith('res_blocks') && !trainable)).toBe(true)
  expect(free.map(({ name }) => name).filter((name) => name.startsWith('res_blocks'))).toEqual([
    'res_blocks.d0.shortcut.weight',
    'res_blocks.d0.bna_block.bn.weight',
    'res_blocks.d0.bna_block.bn.bias',
  ])
  const names = (freezeEncoder: boolean) => HoVerNet({ freezeEncoder }).weights.map(({ name }) => name)
  expect(names(true)).toEqual(names(false))
})

test('AHNet keeps the size, and takes weights of a 2-D network', () => {
  const net = AHNet({ layers: [1, 1, 1, 1], pspBlockNum: 2, outChannels: 3 })
  expect(shapesOf(net, [1, 1, 32, 64, 32])).toEqual([[1, 3, 32, 64, 32]])
  expect(() => shapesOf(AHNet({ pspBlockNum: 4 }), [1, 1, 64, 128, 32])).toThrow(
    /^AHNet: axis 2 of the input has 64 voxels, not a multiple of 128; pad it to 128$/,
  )
  expect(() => AHNet({ upsampleMode: 'bilinear' })).toThrow(
    /^AHNet.upsampleMode: "bilinear" is not for 3 spatial axes; use "trilinear"$/,
  )
  const colours = Float32Array.from({ length: 64 * 3 * 49 }, (_, i) => i)
  const from2d = ahNetFrom2d({
    'conv1.weight': { dtype: 'float32', shape: [64, 3, 7, 7], data: colours },
    'layer1.0.downsample.1.weight': { dtype: 'float32', shape: [256], data: new Float32Array(256) },
    'fc.weight': { dtype: 'float32', shape: [1], data: new Float32Array(1) },
  })
  const shapes = new Map(net.weights.map(({ name, shape }) => [name, shape]))
  for (const [name, { shape }] of Object.entries(from2d)) expect(shape, name).toEqual(shapes.get(name))
  expect(Object.keys(from2d)).toHaveLength(2)
  expect(Array.from(from2d['conv1.weight'].data.subarray(0, 4))).toEqual([0, 49, 98, 1])
})

test('MedNeXt gives results of all levels in training, and its sizes are those of MONAI', () => {
  const net = MedNeXt({ initFilters: 4, blocksDown: [1, 1], blocksUp: [1, 1], deepSupervision: true, kernelSize: 3 })
  expect(shapesOf(net, [1, 1, 8, 8, 4], true)).toEqual([
    [1, 2, 8, 8, 4],
    [1, 2, 4, 4, 2],
    [1, 2, 2, 2, 1],
  ])
  expect(shapesOf(net, [1, 1, 8, 8, 4])).toHaveLength(1)
  const countOf = (one: Network<Output>) =>
    one.weights.reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0)
  expect(countOf(MedNeXtS({ spatialDims: 2 }))).toBe(5_472_002)
  expect(countOf(MedNeXtB({ spatialDims: 2, kernelSize: 5, deepSupervision: true }))).toBe(10_504_010)
  expect(() => MedNeXt({ blocksUp: [1] })).toThrow(
    /^MedNeXt.blocksUp: has 1 values and blocksDown 4; give both as many$/,
  )
})
