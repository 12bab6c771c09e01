import { onnx } from 'onnx-proto'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import {
  DynUNet,
  floats,
  inferenceProgram,
  SegResNet,
  sizeOf,
  SwinUNETR,
  TorchGenerator,
  UNet,
  type Network,
} from 'volvox'
import {
  add,
  conv,
  input,
  matmul,
  mul,
  nameOf,
  ops,
  program,
  softmax,
  state,
  sum,
  type Program,
  type Tensors,
} from 'volvox/graph'
import { checkModel } from './checker/check.ts'
import { exportOnnx } from './export.ts'

const wave = (shape: readonly number[], scale = 1) =>
  floats(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => scale * Math.sin(0.7 * i * (1 + (i % 5)))),
  )

/** Runs a model on inputs made up by its own declaration. */
async function outputs(model: Uint8Array, { inputs }: Program, scale = 1): Promise<Float32Array[]> {
  const session = await InferenceSession.create(model, { logSeverityLevel: 3 })
  const feeds = inputs.map((value) => [
    nameOf(value),
    new OrtTensor('float32', wave(value.shape, scale).data, value.shape),
  ])
  const results = await session.run(Object.fromEntries(feeds) as Record<string, OrtTensor>)
  await session.release()
  return session.outputNames.map((name) => {
    expect(results[name].type).toBe('float32')
    return results[name].data as Float32Array
  })
}

/** Largest difference, as a share of the largest value. */
function difference(a: Float32Array, b: Float32Array): number {
  const scale = a.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  return a.reduce((max, value, i) => Math.max(max, Math.abs(value - b[i])), 0) / scale
}

async function compare(one: Program, tensors: Tensors, scale = 1): Promise<number> {
  const [wide, half] = (['float32', 'float16'] as const).map((precision) => exportOnnx(one, tensors, { precision }))
  expect(checkModel(onnx.ModelProto.decode(half))).toEqual([])
  const [expected, found] = [await outputs(wide, one, scale), await outputs(half, one, scale)]
  return Math.max(...expected.map((values, i) => difference(values, found[i])))
}

const common = { spatialDims: 3, inChannels: 1, outChannels: 3 }
const networks: Record<string, () => Network> = {
  UNet: () => UNet({ ...common, channels: [8, 16, 32], strides: [2, 2], numResUnits: 2, norm: 'batch' }),
  DynUNet: () =>
    DynUNet({
      ...common,
      kernelSize: [3, 3, 3],
      strides: [1, 2, 2],
      upsampleKernelSize: [2, 2],
      filters: [8, 16, 32],
      resBlock: true,
    }) as Network,
  SwinUNETR: () =>
    SwinUNETR({
      ...common,
      spatialDims: 2,
      depths: [2, 1, 1, 1],
      numHeads: [2, 2, 2, 2],
      featureSize: 12,
      windowSize: 4,
    }),
  SegResNet: () => SegResNet({ ...common, initFilters: 8, blocksDown: [1, 2, 2], blocksUp: [1, 1] }),
}

for (const [name, build] of Object.entries(networks))
  test(`${name} in float16 is ${name}, at half the size`, async () => {
    const network = build()
    const one = inferenceProgram({
      network,
      input: network.options.spatialDims === 2 ? [1, 1, 64, 64] : [1, 1, 16, 16, 16],
    })
    const weights = network.init(new TorchGenerator(5))
    expect(await compare(one, weights)).toBeLessThan(0.003)
    const [wide, half] = (['float32', 'float16'] as const).map((precision) => exportOnnx(one, weights, { precision }))
    expect(half.length).toBeLessThan(0.6 * wide.length)
    const { graph } = onnx.ModelProto.decode(half)
    const kernels = graph!.initializer!.filter(({ dims }) => dims!.length >= 4)
    expect(kernels.length).toBeGreaterThan(4)
    for (const { name, dataType } of kernels)
      expect([name, dataType]).toEqual([name, onnx.TensorProto.DataType.FLOAT16])
  })

test('attention masks, large sums and weights beyond float16 stay whole', async () => {
  const q = input('q', { dtype: 'float32', shape: [2, 8, 16] })
  const k = input('k', { dtype: 'float32', shape: [2, 16, 8] })
  const masked = add(mul(matmul(q, k), 0.25), -1e9)
  expect(await compare(program('attention', { y: matmul(softmax(add(masked, 1e9), -1), q) }), {})).toBeLessThan(0.01)

  const total = sum(
    conv(
      input('x', { dtype: 'float32', shape: [1, 1, 64, 64] }),
      state('w', { dtype: 'float32', shape: [1, 1, 1, 1] }),
    ),
  )
  const mean = mul(total, 1e-7)
  for (const weight of [100, 1e6])
    expect(await compare(program('sum', { total, mean }), { w: floats([1, 1, 1, 1], [weight]) }, 40)).toBeLessThan(0.01)
})

test('attention multiplies in float16', async () => {
  const q = input('q', { dtype: 'float32', shape: [2, 6, 8] })
  const y = ops.attention([q, q, q], { heads: 2, scale: 0.5, bias: false, regions: false })
  const difference = await compare(program('attention', { y }), {})
  expect(difference).toBeGreaterThan(1e-6)
  expect(difference).toBeLessThan(0.01)
})

test('a weight that is needed in both types is kept once', async () => {
  const w = state('w', { dtype: 'float32', shape: [4, 4] })
  const x = input('x', { dtype: 'float32', shape: [4, 4] })
  const both = program('both', { y: matmul(x, w), total: sum(w) })
  const model = onnx.ModelProto.decode(exportOnnx(both, { w: wave([4, 4]) }, { precision: 'float16' }))
  expect(model.graph!.initializer!.filter(({ name }) => name === 'w').map(({ dataType }) => dataType)).toEqual([1])
  expect(await compare(both, { w: wave([4, 4]) })).toBeLessThan(0.01)
})
