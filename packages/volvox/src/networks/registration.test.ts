// Networks that register images: the numbers are compared in goldens.test.ts.
import { describe, expect, test } from 'vitest'
import { interpreter } from '../graph/interpret/index.ts'
import { input, program } from '../graph/ir.ts'
import { floats } from '../core/tensor.ts'
import { TorchGenerator } from '../rng/index.ts'
import { AffineHead } from './blocks/affineHead.ts'
import { GlobalNet, LocalNet, RegUNet } from './nets/index.ts'
import type { Network } from './network.ts'
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

describe('options and inputs that do not fit are refused in a sentence', () => {
  const of = (net: Network, ...shape: number[]) => net.forward(forwardPass(), input('x', { dtype: 'float32', shape }))
  // prettier-ignore
  const refusals: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['levels without the deepest', () => RegUNet({ ...flat, depth: 2, extractLevels: [0, 1] }), /^RegUNet.extractLevels: \[0, 1\] does not fit; give levels from 0 to 2, the depth, among them$/],
    ['too few kernels', () => RegUNet({ ...flat, depth: 2, encodeKernelSizes: [3, 3] }), /^RegUNet.encodeKernelSizes: has 2 values; depth 2 needs 3$/],
    ['an unknown start', () => RegUNet({ ...flat, depth: 2, outKernelInitializer: 'ones' as never }), /^RegUNet.outKernelInitializer: "ones" does not fit; give one of "kaiming_uniform", "zeros"$/],
    ['an odd size', () => of(RegUNet({ ...flat, depth: 2 }), 1, 2, 8, 6), /^RegistrationDownSampleBlock: input has shape \[1, 4, 4, 3\]; pad or crop to even spatial sizes at every level$/],
    ['a size that does not divide', () => GlobalNet({ ...flat, imageSize: [8, 6], depth: 2 }), /^GlobalNet.imageSize: 6 does not divide by 4 for depth 2; pad or crop to a multiple$/],
    ['another number of sizes', () => GlobalNet({ ...flat, imageSize: [8, 8, 8], depth: 2 }), /^GlobalNet.*imageSize: \[8, 8, 8\] has 3 values; give one for each of the 2 axes$/],
    ['one level', () => LocalNet({ ...flat, extractLevels: [0] }), /^LocalNet.extractLevels: \[0\] does not fit; give levels from 0 to 1, the depth, among them$/],
    ['a mode for volumes', () => LocalNet({ ...flat, extractLevels: [1], mode: 'trilinear' }), /^LocalNet.mode: "trilinear" is for 3 spatial axes; there are 2$/],
    ['corners of a mode without', () => LocalNet({ ...flat, extractLevels: [1], alignCorners: false }), /^LocalNet.alignCorners: is false, mode "nearest" has none; give null$/],
  ]
  for (const [title, attempt, sentence] of refusals) test(title, () => expect(attempt).toThrow(sentence))
})
