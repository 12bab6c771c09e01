// What the recordings of MONAI do not show of the transformers; they are compared in goldens.test.ts.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { floats, sizeOf, type Tensor } from '../core/tensor.ts'
import { evaluate } from '../graph/interpret/index.ts'
import { input, type Value } from '../graph/ir.ts'
import { erf } from '../graph/interpret/special.ts'
import { TorchGenerator } from '../rng/index.ts'
import { fromWindows, intoWindows, regionsOf, relativePositions, windowsOf } from './blocks/windows.ts'
import { drawn, smallNormal } from './init.ts'
import { inverseErf } from './inverseErf.ts'
import { SwinUNETR, UNet, UNETR, ViT, ViTAutoEnc } from './nets/index.ts'
import type { Output } from './layer.ts'
import { outputsOf, type Network } from './network.ts'
import { forwardPass } from './pass.ts'
import { fromStateDict, toStateDict } from './weights.ts'

const swin = { spatialDims: 2, inChannels: 1, outChannels: 2, featureSize: 12, windowSize: 2 } as const
const vit = {
  spatialDims: 2,
  inChannels: 1,
  imgSize: 8,
  patchSize: 4,
  hiddenSize: 8,
  mlpDim: 8,
  numHeads: 2,
  numLayers: 1,
} as const

describe('truncated normal weights', () => {
  test("are torch's for the same seed", () => {
    const { data } = drawn(smallNormal, [20], new TorchGenerator(3))
    // torch.manual_seed(3); monai.networks.layers.trunc_normal_(torch.zeros(20), std=0.02)
    const want = [
      -0.0526091158, -0.025008807, -0.0113114342, -0.0385512337, -0.0014242477, -0.03107596, 0.0149001125, 0.0130958529,
    ]
    want.forEach((value, i) => expect(Number(data[i])).toBeCloseTo(value, 7))
  })

  test('invert the error function', () => {
    fc.assert(
      fc.property(fc.double({ min: -3.7, max: 3.7, noNaN: true }), (x) => Math.abs(inverseErf(erf(x)) - x) < 1e-6),
    )
    expect([inverseErf(1), inverseErf(-1), inverseErf(0)]).toEqual([Infinity, -Infinity, 0])
  })
})

describe('windows', () => {
  const lattice = fc.record({
    grid: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 2, maxLength: 3 }),
    size: fc.integer({ min: 1, max: 4 }),
    isShifted: fc.boolean(),
  })

  test('are put together again as they were cut', () => {
    fc.assert(
      fc.property(lattice, ({ grid, size, isShifted }) => {
        const shift = grid.map(() => (isShifted ? Math.floor(size / 2) : 0))
        const windows = windowsOf(
          grid,
          grid.map(() => size),
          shift,
        )
        const x = counting([2, ...grid, 3])
        const cut = intoWindows(input('x', x as never), windows)
        expect(cut.shape.slice(1)).toEqual([sizeOf(windows.window), 3])
        expect(computed(fromWindows(cut, windows), x)).toEqual(Array.from(x.data))
      }),
      { numRuns: 50 },
    )
  })

  test('keep apart what only the shift brings together', () => {
    // monai.networks.nets.swin_unetr.compute_mask([4, 6], (2, 3), (1, 1)): the last of 4 windows
    const regions = regionsOf(windowsOf([4, 6], [2, 3], [1, 1]))!
    const last = regions.slice(-6)
    const mask = Array.from(last, (a) => Array.from(last, (b) => (a === b ? 0 : -100)))
    expect(mask).toEqual([
      [0, 0, -100, -100, -100, -100],
      [0, 0, -100, -100, -100, -100],
      [-100, -100, 0, -100, -100, -100],
      [-100, -100, -100, 0, 0, -100],
      [-100, -100, -100, 0, 0, -100],
      [-100, -100, -100, -100, -100, 0],
    ])
    expect(regionsOf(windowsOf([2, 3], [2, 3], [1, 1]))).toBeNull()
  })

  test('number relative positions from the most negative difference on', () => {
    // 1-D: row i - j + n - 1
    expect(Array.from(relativePositions([3]))).toEqual([2, 1, 0, 3, 2, 1, 4, 3, 2])
    const index = relativePositions([2, 3])
    expect([Math.min(...index), Math.max(...index), index[0]]).toEqual([0, 14, 7])
  })
})

describe('state dicts', () => {
  const net = SwinUNETR(swin)
  const name = 'swinViT.layers1.0.blocks.0.attn.relative_position_index'

  test('hold the index buffers, which are no states', () => {
    const states = net.init(new TorchGenerator(0))
    expect(states[name]).toBeUndefined()
    const saved = toStateDict(net, states)
    expect([saved[name].dtype, saved[name].shape]).toEqual(['int64', [4, 4]])
    expect(fromStateDict(net, saved)).toEqual(states)
    const { [name]: _, ...without } = saved
    expect(fromStateDict(net, without)).toEqual(states)
    expect(net.weights.every(({ role }) => role !== 'index')).toBe(true)
  })

  test('with other indices are refused', () => {
    const saved = toStateDict(net, net.init(new TorchGenerator(0)))
    const other = { ...saved[name], data: new BigInt64Array(16) }
    expect(() => fromStateDict(net, { ...saved, [name]: other }, 'swin.pt')).toThrow(
      /^swin.pt: index "swinViT.layers1.0.blocks.0.attn.relative_position_index" \[4, 4\] is not the one of this network, \[4, 4\]; the checkpoint is of other options$/,
    )
  })

  test('sines and cosines are not trained', () => {
    const weights = ViT({ ...vit, posEmbedType: 'sincos' }).weights
    expect(weights.filter(({ trainable }) => !trainable).map((weight) => weight.name)).toEqual([
      'patch_embedding.position_embeddings',
    ])
  })
})

describe('dropout and stochastic depth', () => {
  test('ask for masks in the order of the forward pass', () => {
    const net = SwinUNETR({ ...swin, depths: [1, 1, 1, 1], dropRate: 0.1, attnDropRate: 0.2, dropoutPathRate: 0.3 })
    const pass = forwardPass({ training: true })
    net.forward(pass, input('x', { dtype: 'float32', shape: [2, 1, 64, 32] }))
    const chances = pass.randomInputs.map(({ node }) => (node.attrs.random as { p: number }).p)
    expect(chances.slice(0, 5)).toEqual([0.1, 0.2, 0.1, 0.1, 0.1])
    expect(chances.slice(-6)).toEqual([0.2, 0.1, Math.fround(0.3), 0.1, 0.1, Math.fround(0.3)])
    expect(pass.randomInputs.at(-1)?.shape).toEqual([2, 1, 1, 1])
  })

  test('draw masks of tokens in the order in which they lie in memory in MONAI', () => {
    const first = (net: Network<Output>, shape: readonly number[]) => {
      const pass = forwardPass({ training: true })
      net.forward(pass, input('x', { dtype: 'float32', shape }))
      return pass.randomInputs[0].shape
    }
    expect(first(SwinUNETR({ ...swin, dropRate: 0.1 }), [2, 1, 64, 32])).toEqual([2, 12, 32, 16])
    expect(first(SwinUNETR({ ...swin, dropRate: 0.1, patchNorm: true }), [2, 1, 64, 32])).toEqual([2, 32, 16, 12])
    expect(first(ViT({ ...vit, dropoutRate: 0.1 }), [2, 1, 8, 8])).toEqual([2, 8, 4])
    expect(first(ViT({ ...vit, dropoutRate: 0.1, projType: 'perceptron' }), [2, 1, 8, 8])).toEqual([2, 4, 8])
  })

  test('draw nothing where all is dropped', () => {
    const pass = forwardPass({ training: true })
    UNet({ spatialDims: 1, inChannels: 1, outChannels: 1, channels: [2, 2], strides: [2], dropout: 1 }).forward(
      pass,
      input('x', { dtype: 'float32', shape: [1, 1, 8] }),
    )
    expect(pass.randomInputs).toEqual([])
  })
})

test('a ViT gives its hidden states, and a classifier scores', () => {
  const x = input('x', { dtype: 'float32', shape: [2, 1, 8, 8] })
  const shapes = (net: ReturnType<typeof ViT>) => outputsOf(net.forward(forwardPass(), x)).map(({ shape }) => shape)
  expect(shapes(ViT(vit))).toEqual([
    [2, 4, 8],
    [2, 4, 8],
  ])
  expect(shapes(ViT({ ...vit, classification: true, postActivation: null }))).toEqual([
    [2, 2],
    [2, 5, 8],
  ])
})

describe('options that do not fit are refused in a sentence', () => {
  // prettier-ignore
  const refusals: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['three stages', () => SwinUNETR({ ...swin, depths: [2, 2, 2] }), /^SwinUNETR.depths: has 3 values; there are 4 stages$/],
    ['odd features', () => SwinUNETR({ ...swin, featureSize: 16 }), /^SwinUNETR.featureSize: 16 does not fit; give a multiple of 12$/],
    ['an image of another size', () => SwinUNETR({ ...swin, imgSize: [32, 40] }), /^SwinUNETR.imgSize: 40 voxels on axis 1 do not divide by 32, the patch size to the power 5; pad or crop to a multiple$/],
    ['an input of another size', () => SwinUNETR(swin).forward(forwardPass(), input('x', { dtype: 'float32', shape: [1, 1, 32, 48] })), /^SwinUNETR: axis 3 of the input has 48 voxels, not a multiple of 32; crop or pad it to 32 or 64$/],
    ['heads that do not divide', () => ViT({ ...vit, numHeads: 3 }), /^ViT.numHeads: 3 heads do not divide 8 features; use a divisor of 8$/],
    ['heads of a UNETR', () => UNETR({ inChannels: 1, outChannels: 1, imgSize: 32, hiddenSize: 10 }), /^UNETR.numHeads: 12 heads do not divide 10 features; use a divisor of 10$/],
    ['patches that do not divide', () => ViT({ ...vit, imgSize: 9, projType: 'perceptron' }), /^ViT.patchSize: 4 does not divide the image's 9 voxels on axis 0; use a divisor$/],
    ['patches above the image', () => ViT({ ...vit, imgSize: 3 }), /^ViT.patchSize: 4 is more than the image's 3 voxels on axis 0; use a smaller one$/],
    ['sines of odd features', () => ViT({ ...vit, hiddenSize: 6, posEmbedType: 'sincos' }), /^ViT.posEmbedType: "sincos" does not fit 6 features on 2 axes; use 2 or 3 axes and a multiple of 4 features$/],
    ['patches that are no squares', () => ViTAutoEnc({ ...vit, patchSize: 8 }), /^ViTAutoEnc.patchSize: 8 is not a square number; use 4, 9, 16, ...$/],
  ]
  for (const [title, attempt, sentence] of refusals) test(title, () => expect(attempt).toThrow(sentence))
})

function counting(shape: readonly number[]): Tensor {
  return floats(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => i + 1),
  )
}

function computed(value: Value, x: Tensor): number[] {
  return Array.from(evaluate([value], { x })[0].data)
}
