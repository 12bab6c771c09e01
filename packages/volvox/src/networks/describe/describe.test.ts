import { expect, test } from 'vitest'
import { BasicUNet, DynUNet, UNet, ViT } from '../nets/index.ts'
import { blocksOf } from './blocks.ts'
import { networkFacts } from './facts.ts'
import { networkSvg } from './svg.ts'
import { traceNetwork } from './trace.ts'
import { shortBytes, shortCount, shortShape } from './words.ts'

const unet = UNet({ spatialDims: 2, inChannels: 1, outChannels: 2, channels: [4, 8, 16], strides: [2, 2], act: 'relu' })

test('parameters, operations and memory are counted from the graph', () => {
  const facts = networkFacts(unet, [[1, 1, 16, 16]])
  expect(facts).toMatchObject({ outputs: [[1, 2, 16, 16]], divisor: 4 })
  expect(facts.parameters).toBe(unet.weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0))
  // The first convolution: 4 channels of 8 x 8 from 3 x 3 products, each a multiplication and an addition.
  expect(facts.blocks[0]).toMatchObject({
    path: 'model.0',
    output: [1, 4, 8, 8],
    parameters: 40,
    flops: 2 * 4 * 64 * 9,
  })
  expect(facts.blocks.reduce((sum, { flops }) => sum + flops, 0)).toBe(facts.flops)
  // Alive at once at most: what the last transposed convolution reads and gives.
  expect(facts.forwardBytes).toBe(4 * (8 * 64 + 2 * 256))
  expect(facts.trainingBytes).toBeGreaterThan(facts.forwardBytes)
  const small = {
    inChannels: 1,
    imgSize: [16, 16],
    patchSize: [8, 8],
    spatialDims: 2,
    hiddenSize: 12,
    mlpDim: 12,
    numHeads: 3,
  }
  expect(networkFacts(ViT(small), [[1, 1, 16, 16]]).outputs[0]).toEqual([1, 4, 12])
})

test('what is shared counts under each of its paths', () => {
  const network = DynUNet({
    spatialDims: 2,
    inChannels: 1,
    outChannels: 2,
    kernelSize: [3, 3, 3],
    strides: [1, 2, 2],
    upsampleKernelSize: [2, 2],
    filters: [4, 8, 8],
  })
  const { blocks, parameters, flops } = networkFacts(network, [[1, 1, 16, 16]])
  const at = (path: string) => blocks.find((block) => block.path === path)!
  const shared = ['input_block', 'downsamples', 'bottleneck', 'upsamples'].map(at)
  expect(shared.map(({ output }) => output[1])).toEqual([4, 8, 8, 4])
  for (const key of ['parameters', 'flops'] as const)
    expect(at('skip_layers')[key]).toBe(shared.reduce((sum, block) => sum + block[key], 0))
  expect(at('skip_layers').parameters + at('output_block').parameters).toBe(parameters)
  expect(at('skip_layers').flops + at('output_block').flops).toBe(flops)
})

test('a network is cut along its layers, and what skips one is an edge', () => {
  const blocks = blocksOf(traceNetwork(BasicUNet({ spatialDims: 2 }), [[1, 1, 32, 32]]), 28)
  expect(blocks.map(({ path }) => path)).toEqual(
    'conv_0 down_1 down_2 down_3 down_4 upcat_4 upcat_3 upcat_2 upcat_1 final_conv'.split(' '),
  )
  expect(blocks.at(-2)?.from.toSorted()).toEqual([0, 7])
  const joints = blocksOf(traceNetwork(unet, [[1, 1, 16, 16]]), 28).flatMap(({ joint }) => joint ?? [])
  expect(joints).toEqual(['concat'])
})

test('the picture is plain SVG with a box for every block', () => {
  const svg = networkSvg(traceNetwork(BasicUNet({ spatialDims: 2 }), [[1, 1, 32, 32]]))
  expect(svg.match(/<rect /g)).toHaveLength(1 + 2 + 10) // ground, legend, blocks
  expect(svg).toContain('>upcat_1</text>')
  expect(svg).not.toMatch(/NaN|undefined|Infinity/)
})

test('numbers are short', () => {
  expect([999, 1234, 12_345_678].map(shortCount)).toEqual(['999', '1.2k', '12.3M'])
  expect([10, 2048, 3 * 2 ** 20].map(shortBytes)).toEqual(['10 B', '2.0 KiB', '3.0 MiB'])
  expect([shortShape([1, 32, 48, 48, 48]), shortShape([2, 2, 2, 3]), shortShape([])]).toEqual([
    '1 × 32 × 48³',
    '2 × 2 × 2 × 3',
    '1',
  ])
})
