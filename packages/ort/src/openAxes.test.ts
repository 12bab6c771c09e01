import { onnx } from 'onnx-proto'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import {
  AttentionUnet,
  BasicUNet,
  DenseNet,
  DynUNet,
  floats,
  inferenceProgram,
  ResNet,
  SegResNet,
  sizeOf,
  TorchGenerator,
  UNet,
  UNETR,
  type Network,
} from 'volvox'
import { interpreter } from 'volvox/graph'
import { exportOnnx } from './export.ts'

const common = { spatialDims: 2, inChannels: 1, outChannels: 2 } as const
const networks: Readonly<Record<string, () => Network>> = {
  UNet: () => UNet({ ...common, channels: [4, 8, 8], strides: [2, 2], numResUnits: 1 }),
  'UNet with batch norm': () => UNet({ ...common, channels: [4, 8], strides: [2], norm: 'batch', act: 'relu' }),
  BasicUNet: () => BasicUNet({ ...common, features: [4, 4, 4, 4, 4, 4] }),
  AttentionUnet: () => AttentionUnet({ ...common, channels: [4, 8], strides: [2] }),
  SegResNet: () => SegResNet({ ...common, initFilters: 8, blocksDown: [1, 1], blocksUp: [1] }),
  DynUNet: () =>
    DynUNet({ ...common, filters: [4, 8, 8], kernelSize: [3, 3, 3], strides: [1, 2, 2], upsampleKernelSize: [2, 2] }),
  DenseNet: () => DenseNet({ ...common, initFeatures: 4, growthRate: 4, blockConfig: [1, 1] }),
  ResNet: () =>
    ResNet({
      spatialDims: 2,
      block: 'basic',
      layers: [1, 1, 1, 1],
      blockInplanes: [4, 4, 8, 8],
      nInputChannels: 1,
      numClasses: 2,
    }),
}

const programFor = (network: Network, shape: readonly number[]) =>
  inferenceProgram({ network, input: shape, activation: 'softmax' })
const opened = (network: Network, precision: 'float32' | 'float16' = 'float32') =>
  exportOnnx(programFor(network, [1, 1, 32, 32]), network.init(new TorchGenerator(1)), {
    likewise: programFor(network, [2, 1, 64, 96]),
    precision,
  })

describe.each(Object.entries(networks))('%s of any size', (_, make) => {
  test('computes what the network does for a size that it was not exported with', async () => {
    const network = make()
    const shape = [3, 1, 48, 16]
    const image = floats(
      shape,
      Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * i)),
    )
    const session = await InferenceSession.create(opened(network))
    const { output } = await session.run({ input: new Tensor('float32', image.data, shape) })
    await session.release()
    const program = programFor(network, shape)
    const ours = await interpreter.open([program], network.init(new TorchGenerator(1)))
    const { output: want } = await ours.run('infer', { input: image })
    expect(output.dims).toEqual(want.shape)
    ;(output.data as Float32Array).forEach((value, i) =>
      expect(Math.abs(value - Number(want.data[i]))).toBeLessThan(2e-4),
    )
  })
})

test('open axes have names, shared by those that are alike', () => {
  const { graph } = onnx.ModelProto.decode(opened(networks.UNet()))
  const shapes = [...graph!.input!, ...graph!.output!].map(({ type }) =>
    type!.tensorType!.shape!.dim!.map(({ dimParam, dimValue }) => dimParam || Number(dimValue)),
  )
  expect(shapes).toEqual([
    ['input_0', 1, 'input_2', 'input_3'],
    ['input_0', 2, 'input_2', 'input_3'],
  ])
})

test('a window that covers the map by chance stays as it is', () => {
  const network = networks.DenseNet()
  const model = exportOnnx(programFor(network, [1, 1, 8, 8]), network.init(new TorchGenerator(1)), {
    likewise: programFor(network, [2, 1, 16, 24]),
  })
  const pools = onnx.ModelProto.decode(model).graph!.node!.filter(({ opType }) => opType!.endsWith('AveragePool'))
  expect(pools.map(({ opType }) => opType)).toEqual(['AveragePool', 'GlobalAveragePool'])
  expect(pools[0].attribute!.map(({ name }) => name)).not.toContain('whole')
})

test('float16 models may have open axes', async () => {
  const session = await InferenceSession.create(opened(networks.UNet(), 'float16'))
  const { output } = await session.run({ input: new Tensor('float32', new Float32Array(2 * 16 * 48), [2, 1, 16, 48]) })
  expect(output.dims).toEqual([2, 2, 16, 48])
  await session.release()
})

test('a network that depends on the size is refused in a sentence', () => {
  const network = UNETR({ ...common, imgSize: 32, featureSize: 4, hiddenSize: 8, mlpDim: 8, numHeads: 2 })
  const program = programFor(network, [1, 1, 32, 32])
  const likewise = programFor(network, [2, 1, 32, 32])
  expect(() => exportOnnx(program, network.init(new TorchGenerator(1)), { likewise })).toThrow(
    /^infer: cannot be exported for any size: \w+ in [\w.]+ depends on the size of the input; export it for one size$/,
  )
})
