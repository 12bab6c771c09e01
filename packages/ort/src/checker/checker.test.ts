import { onnx } from 'onnx-proto'
import { expect, test } from 'vitest'
import {
  Adam,
  AttentionUnet,
  BasicUNet,
  DiceCELoss,
  DynUNet,
  floats,
  inferenceProgram,
  SegResNet,
  SwinUNETR,
  trainingProgram,
  UNet,
  UNETR,
  VNet,
  type Network,
} from 'volvox'
import { conv, input, ops, program, relu, state, type Op, type OpName } from 'volvox/graph'
import { samples } from 'volvox/graph/samples'
import { exportOnnx } from '../export.ts'
import { sessionModel } from '../session.ts'
import { checkModel } from './check.ts'

const common = { spatialDims: 3, inChannels: 1, outChannels: 2 }
const widths = { channels: [2, 4, 4], strides: [2, 2] }
const networks: Record<string, () => Network> = {
  UNet: () => UNet({ ...common, ...widths, numResUnits: 1, norm: 'batch', act: 'PRELU' }),
  DynUNet: () =>
    DynUNet({
      ...common,
      kernelSize: [3, 3, 3],
      strides: [1, 2, 2],
      upsampleKernelSize: [2, 2],
      filters: [2, 4, 4],
    }) as Network,
  SegResNet: () => SegResNet({ ...common, initFilters: 8, blocksDown: [1, 1], blocksUp: [1] }),
  VNet: () => VNet({ ...common, spatialDims: 2 }), // 45 million weights in three dimensions
  BasicUNet: () => BasicUNet({ ...common, features: [2, 2, 2, 2, 2, 2] }),
  SwinUNETR: () =>
    SwinUNETR({
      ...common,
      spatialDims: 2,
      depths: [2, 1, 1, 1],
      numHeads: [2, 2, 2, 2],
      featureSize: 12,
      windowSize: 4,
    }),
  UNETR: () =>
    UNETR({ ...common, spatialDims: 2, imgSize: 32, hiddenSize: 24, mlpDim: 48, numHeads: 2, featureSize: 4 }),
  AttentionUnet: () => AttentionUnet({ ...common, ...widths }),
}

const check = (bytes: Uint8Array) => checkModel(onnx.ModelProto.decode(bytes))

for (const [name, build] of Object.entries(networks))
  test(`${name} obeys ONNX: to predict, in float32 and float16, and to learn`, () => {
    const network = build()
    const side = name === 'SwinUNETR' ? 64 : 32 // instance norm needs more than one voxel after five halvings
    const shape = [1, 1, side, side, side].slice(0, 2 + Number(network.options.spatialDims))
    const predict = inferenceProgram({ network, input: shape, activation: 'softmax' })
    const weights = Object.fromEntries(network.weights.map((weight) => [weight.name, floats(weight.shape)]))
    for (const precision of ['float32', 'float16'] as const)
      expect(check(exportOnnx(predict, weights, { precision })), precision).toEqual([])
    const loss = DiceCELoss({ toOnehotY: true, softmax: true })
    const { program: learn } = trainingProgram({
      network,
      loss,
      optimizer: Adam({ lr: 1e-3 }),
      input: shape,
      target: shape,
      clip: { norm: 1 },
    })
    expect(check(sessionModel(learn))).toEqual([])
  })

for (const name of Object.keys(ops) as OpName[])
  test(`${name} obeys ONNX`, () => {
    for (const sample of samples[name]) {
      const inputs = sample.inputs.map((type, i) => input(`${i}`, type))
      const results = (ops[name] as unknown as Op<unknown>).all(inputs, sample.attrs)
      const outputs = Object.fromEntries(results.map((y, i) => [`y${i}`, y]))
      expect(check(exportOnnx(program(name, outputs), {})), sample.title).toEqual([])
    }
  })

function small(): onnx.ModelProto {
  const x = input('x', { dtype: 'float32', shape: [1, 2, 8, 8] })
  const w = state('w', { dtype: 'float32', shape: [3, 2, 3, 3] })
  return onnx.ModelProto.decode(
    exportOnnx(program('small', { y: relu(conv(x, w, null, { pads: 1 })) }), { w: floats(w.shape) }),
  )
}

type Damage = (graph: onnx.IGraphProto, model: onnx.ModelProto) => void

test.each<[problem: string, damage: Damage]>([
  ['operator set 20 does not go with IR 10', (_, model) => (model.opsetImport[0].version = 20)],
  ['imports no operator set of the default domain', (_, model) => (model.opsetImport = [])],
  ['the graph has no name', (graph) => (graph.name = '')],
  ['(ReLU): is not an operator of the table', ({ node }) => (node![1].opType = 'ReLU')],
  ['(Relu): is of the domain com.example', ({ node }) => (node![1].domain = 'com.example')],
  ['(Relu): has 2 inputs', ({ node }) => node![1].input!.push('x')],
  ['(Conv): input 1 is missing', ({ node }) => node![0].input!.pop()],
  ['(Relu): input "nowhere" is not defined before it', ({ node }) => (node![1].input = ['nowhere'])],
  ['is not defined before it', ({ node }) => node!.reverse()],
  ['needs a name of its own', ({ node }) => (node![1].name = node![0].name)],
  ['"x" is defined twice', ({ node }) => (node![1].output = ['x'])],
  [
    '(Conv): has no attribute "stride"',
    ({ node }) => node![0].attribute!.push({ name: 'stride', type: onnx.AttributeProto.AttributeType.INT, i: 1 }),
  ],
  [
    'attribute "group" is FLOAT',
    ({ node }) =>
      (node![0].attribute!.find(({ name }) => name === 'group')!.type = onnx.AttributeProto.AttributeType.FLOAT),
  ],
  [
    '2 channels, weight [3,2,3,3] in 2 groups',
    ({ node }) => (node![0].attribute!.find(({ name }) => name === 'group')!.i = 2),
  ],
  [
    'initializer "w": [3,2,3,3] has 4 bytes instead of 216',
    ({ initializer }) => (initializer![0].rawData = new Uint8Array(4)),
  ],
  [
    '(Conv): input 1 is float16, another T is float',
    ({ initializer }) => {
      initializer![0].dataType = onnx.TensorProto.DataType.FLOAT16
      initializer![0].rawData = new Uint8Array(108)
    },
  ],
  ['nothing uses "spare"', ({ initializer }) => initializer!.push({ ...initializer![0], name: 'spare' })],
  [
    'output "y": is said to be float [1, 3, 8, 9]; the nodes give float [1, 3, 8, 8]',
    ({ output }) => (output![0].type!.tensorType!.shape!.dim![3].dimValue = 9),
  ],
  [
    'output "y": is said to be int32',
    ({ output }) => (output![0].type!.tensorType!.elemType = onnx.TensorProto.DataType.INT32),
  ],
  ['output "z": nothing computes it', ({ output }) => (output![0].name = 'z')],
])('a damaged model is caught: %s', (problem, damage) => {
  const model = small()
  expect(checkModel(model)).toEqual([])
  damage(model.graph!, model)
  expect(checkModel(model).join('\n')).toContain(problem)
})
