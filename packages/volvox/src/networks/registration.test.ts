// Networks that register images: the numbers are compared in goldens.test.ts.
import { describe, expect, test } from 'vitest'
import { evaluate, interpreter } from '../graph/interpret/index.ts'
import { input, program } from '../graph/ir.ts'
import { floats, type Tensor } from '../core/tensor.ts'
import { TorchGenerator } from '../rng/index.ts'
import { AffineHead } from './blocks/affineHead.ts'
import { AffineTransform } from './blocks/affineTransform.ts'
import { DVF2DDF, Warp } from './blocks/warp.ts'
import { GlobalNet, LocalNet, RegUNet, UNet, VoxelMorph, VoxelMorphUNet } from './nets/index.ts'
import { outputsOf, type Network } from './network.ts'
import { forwardPass } from './pass.ts'

const flat = { spatialDims: 2, inChannels: 2, numChannelInitial: 2 } as const

test('an affine head begins with no displacement', async () => {
  const head = AffineHead({ spatialDims: 2, imageSize: [3, 4], decodeSize: [1, 2], inChannels: 2 })
  const x = floats([1, 2, 1, 2], [1, -2, 3, 4])
  const built = program('p', { y: head.forward(forwardPass(), input('x', x as never)) })
  const session = await interpreter.open([built], head.init(new TorchGenerator(0)))
  const { y } = await session.run('p', { x })
  expect([y.shape, Array.from(y.data)]).toEqual([[1, 2, 3, 4], new Array(24).fill(0)])
})

test('the last convolutions of a network may begin with 0', () => {
  const started = (outKernelInitializer: 'zeros' | 'kaiming_uniform') =>
    RegUNet({ ...flat, depth: 1, outKernelInitializer }).init(new TorchGenerator(0))[
      'output_block.layers.0.conv.weight'
    ]
  expect(new Set(started('zeros').data)).toEqual(new Set([0]))
  expect(started('kaiming_uniform').data[0]).not.toBe(0)
})

describe('warping', () => {
  const image = floats([1, 1, 2, 3], [1, 2, 3, 4, 5, 6])
  const flow = (rows: number, columns: number) =>
    floats([1, 2, 2, 3], [...new Array(6).fill(rows), ...new Array(6).fill(columns)])
  const run = (net: Network, ...given: readonly Tensor[]) => {
    const inputs = given.map((one, i) => input(`${i}`, one as never))
    return evaluate(outputsOf(net.forward(forwardPass(), ...inputs)), Object.fromEntries(given.entries())).map(
      ({ data }) => Array.from(data, (x) => Math.round(x * 1e6) / 1e6),
    )
  }

  test('takes each voxel from where its displacement points', () => {
    expect(run(Warp({}), image, flow(0, 0))).toEqual([[1, 2, 3, 4, 5, 6]])
    expect(run(Warp({}), image, flow(0, 1))).toEqual([[2, 3, 3, 5, 6, 6]])
    expect(run(Warp({ paddingMode: 'zeros' }), image, flow(1, 0.5))).toEqual([[4.5, 5.5, 3, 0, 0, 0]])
    expect(run(Warp({ paddingMode: 'reflection' }), image, flow(-1, 0))).toEqual([[4, 5, 6, 1, 2, 3]])
    expect(run(Warp({ mode: 'nearest' }), image, flow(0, 0.5))).toEqual([[1, 3, 3, 4, 6, 6]]) // half to even
  })

  test('by the same velocity everywhere moves everything that far', () => {
    expect(run(DVF2DDF({ paddingMode: 'border' }), flow(-1, 0.75))).toEqual([Array.from(flow(-1, 0.75).data)])
  })

  test('a VoxelMorph takes any network for its backbone', () => {
    const backbone = UNet({ spatialDims: 2, inChannels: 2, outChannels: 2, channels: [2, 4], strides: [2] })
    const net = VoxelMorph({ backbone, spatialDims: 2 })
    expect(net.weights.map(({ name }) => name)).toEqual(backbone.weights.map(({ name }) => `backbone.${name}`))
    const pair = ['moving', 'fixed'].map((name) => input(name, { dtype: 'float32', shape: [1, 1, 8, 6] }))
    expect(net.forward(forwardPass(), ...pair).map(({ shape }) => shape)).toEqual([
      [1, 1, 8, 6],
      [1, 2, 8, 6],
    ])
  })

  test('an affine map leads from voxels of the result to voxels of the image', () => {
    const shifted = floats([2, 3], [1, 0, 0, 0, 1, 1])
    expect(run(AffineTransform({ alignCorners: false }), image, shifted)).toEqual([[2, 3, 0, 5, 6, 0]])
    expect(run(AffineTransform({ normalized: true, spatialSize: [1, 2] }), image, floats([2, 3], [1, 0, 0, 0, 1, 0]))).toEqual([[2.5, 4.5]]) // prettier-ignore
  })
})

describe('options and inputs that do not fit are refused in a sentence', () => {
  const of = (net: Network, ...shape: number[]) => net.forward(forwardPass(), input('x', { dtype: 'float32', shape }))
  const of2 = (net: Network, ...shapes: readonly (readonly number[])[]) =>
    net.forward(forwardPass(), ...shapes.map((shape, i) => input(`x${i}`, { dtype: 'float32', shape })))
  const morph = { spatialDims: 2, inChannels: 2, unetOutChannels: 4, channels: [4, 4, 4, 4], finalConvChannels: [] }
  // prettier-ignore
  const refusals: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['levels without the deepest', () => RegUNet({ ...flat, depth: 2, extractLevels: [0, 1] }), /^RegUNet.extractLevels: \[0, 1\] does not fit; give levels from 0 to 2, the depth, among them$/],
    ['too few kernels', () => RegUNet({ ...flat, depth: 2, encodeKernelSizes: [3, 3] }), /^RegUNet.encodeKernelSizes: has 2 values; depth 2 needs 3$/],
    ['an unknown start', () => RegUNet({ ...flat, depth: 2, outKernelInitializer: 'ones' as never }), /^RegUNet.outKernelInitializer: "ones" does not fit; give one of "kaiming_uniform", "zeros"$/],
    ['an odd size', () => of(RegUNet({ ...flat, depth: 2 }), 1, 2, 8, 6), /^RegUNet: axis 3 of the input has 6 voxels, not a multiple of 4; crop or pad it to 4 or 8$/],
    ['a size that does not divide', () => GlobalNet({ ...flat, imageSize: [8, 6], depth: 2 }), /^GlobalNet.imageSize: 6 does not divide by 4 for depth 2; pad or crop to a multiple$/],
    ['another number of sizes', () => GlobalNet({ ...flat, imageSize: [8, 8, 8], depth: 2 }), /^GlobalNet.*imageSize: \[8, 8, 8\] has 3 values; give one for each of the 2 axes$/],
    ['one level', () => LocalNet({ ...flat, extractLevels: [0] }), /^LocalNet.extractLevels: \[0\] does not fit; give levels from 0 to 1, the depth, among them$/],
    ['a mode for volumes', () => LocalNet({ ...flat, extractLevels: [1], mode: 'trilinear' }), /^LocalNet.mode: "trilinear" is for 3 spatial axes; there are 2$/],
    ['corners of a mode without', () => LocalNet({ ...flat, extractLevels: [1], alignCorners: false }), /^LocalNet.alignCorners: is false, mode "nearest" has none; give null$/],
    ['displacements of another size', () => of2(Warp({}), [1, 1, 4, 4], [1, 2, 4, 5]), /^Warp: displacements of shape \[1, 2, 4, 5\] do not fit the image \[1, 1, 4, 4\]; give \[1, 2, 4, 4\]$/],
    ['a line', () => of2(Warp({}), [1, 1, 4], [1, 1, 4]), /^Warp: the image has shape \[1, 1, 4\]; give 2 or 3 spatial axes$/],
    ['cubic volumes', () => of2(Warp({ mode: 'bicubic' }), [1, 1, 4, 4, 4], [1, 3, 4, 4, 4]), /"bicubic" is for 2 spatial axes; the image has shape \[1, 1, 4, 4, 4\]$/],
    ['jitter', () => Warp({ jitter: true }), /^Warp.jitter: is true, which MONAI cannot compute; leave it out$/],
    ['no steps', () => DVF2DDF({ numSteps: 0 }), /^DVF2DDF.numSteps: 0 does not fit; give a whole number of 1 or more$/],
    ['single channels', () => VoxelMorphUNet({ ...morph, inChannels: 3 }), /^VoxelMorphUNet.inChannels: 3 is odd; give the channels of two images$/],
    ['half a pair', () => VoxelMorphUNet({ ...morph, channels: [4, 4, 4] }), /^VoxelMorphUNet.channels: has 3 values; give one or more pairs$/],
    ['a size that cannot be halved so often', () => of(VoxelMorphUNet(morph), 1, 2, 8, 6), /^VoxelMorphUNet: axis 3 of the input has 6 voxels, not a multiple of 4; crop or pad it to 4 or 8$/],
    ['images of two sizes', () => of2(VoxelMorph({ spatialDims: 2 }), [1, 1, 8, 8], [1, 1, 8, 16]), /^VoxelMorph: the moving image has shape \[1, 1, 8, 8\], the fixed one \[1, 1, 8, 16\]; give equal ones$/],
    ['a backbone of other axes', () => of2(VoxelMorph({ backbone: VoxelMorphUNet(morph) }), [1, 1, 8, 8], [1, 1, 8, 8]), /^VoxelMorph.backbone: gives shape \[1, 2, 8, 8\]; give a network whose result is \[1, 3, 8, 8\] here$/],
    ['half the size of a slice', () => VoxelMorph({ halfRes: true, spatialDims: 2 }), /^VoxelMorph.halfRes: is for 3 spatial axes; leave it out$/],
    ['matrices of another rank', () => of2(AffineTransform({}), [2, 1, 4, 4], [2, 3, 4]), /^AffineTransform: matrices have shape \[2, 3, 4\]; give \[2, 3\] or \[3, 3\], one or \[N, \.\.\.\]$/],
    ['matrices for other images', () => of2(AffineTransform({}), [2, 1, 4, 4], [3, 2, 3]), /^AffineTransform: 3 matrices do not fit 2 images; give one, or one for each$/],
    ['a centre of normalised coordinates', () => AffineTransform({ normalized: true, zeroCentered: true }), /^AffineTransform.zeroCentered: is true, which normalized coordinates do not have; leave it out$/],
  ]
  for (const [title, attempt, sentence] of refusals) test(title, () => expect(attempt).toThrow(sentence))
})
