import { onnx } from 'onnx-proto'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { floats } from 'volvox'
import {
  add,
  batchNormInference,
  conv,
  evaluate,
  input,
  instanceNorm,
  ops,
  program,
  relu,
  resize,
  state,
  sub,
  type Op,
  type OpName,
} from 'volvox/graph'
import { samples } from 'volvox/graph/samples'
import { exportOnnx } from './export.ts'
import { opsetVersion } from './onnx.ts'

const x = input('image', { dtype: 'float32', shape: [1, 2, 4, 4, 4] })
const weight = state('model.0.weight', { dtype: 'float32', shape: [3, 2, 3, 3, 3] })
const bias = state('model.0.bias', { dtype: 'float32', shape: [3] })
const weights = {
  'model.0.weight': floats(
    [3, 2, 3, 3, 3],
    Array.from({ length: 162 }, (_, i) => Math.sin(i)),
  ),
  'model.0.bias': floats([3], [0.1, -0.2, 0.3]),
}
const image = floats(
  x.shape,
  Array.from({ length: 128 }, (_, i) => Math.cos(0.3 * i)),
)

function network() {
  const features = conv(x, weight, bias, { strides: 2, pads: 1 })
  const normal = relu(instanceNorm(batchNormInference(features, bias, bias, bias, add(bias, 1))))
  return program('network', { logits: resize(normal, 4, 'linear'), features })
}

test('a model stands alone: any ONNX Runtime loads it and computes what the graph does', async () => {
  const { outputs } = network()
  const model = exportOnnx(network(), weights)
  const session = await InferenceSession.create(model)
  expect([session.inputNames, [...session.outputNames].sort()]).toEqual([['image'], ['features', 'logits']])
  const found = await session.run({ image: new Tensor('float32', image.data, image.shape) })
  const expected = evaluate(Object.values(outputs), { image, ...weights })
  Object.keys(outputs).forEach((name, i) => {
    expect(found[name].dims).toEqual(expected[i].shape)
    ;(found[name].data as Float32Array).forEach((value, k) => expect(value).toBeCloseTo(expected[i].data[k], 4))
  })
  await session.release()
})

test('the official schema reads back what was meant', () => {
  const model = onnx.ModelProto.decode(exportOnnx(network(), weights, { metadata: { classes: 'anterior,posterior' } }))
  expect(model.producerName).toBe('volvox')
  expect(model.opsetImport.map(({ domain, version }) => [domain, Number(version)])).toEqual([['', opsetVersion]])
  expect(model.metadataProps).toMatchObject([{ key: 'classes', value: 'anterior,posterior' }])
  const first = model.graph!.initializer!.find(({ name }) => name === 'model.0.weight')!
  expect([first.dataType, first.dims!.map(Number)]).toEqual([onnx.TensorProto.DataType.FLOAT, [3, 2, 3, 3, 3]])
  expect(new Float32Array(Uint8Array.from(first.rawData!).buffer)).toEqual(weights['model.0.weight'].data)
  const node = model.graph!.node!.find(({ opType }) => opType === 'Conv')!
  expect(node.input!.slice(1)).toEqual(['model.0.weight', 'model.0.bias'])
  const strides = node.attribute!.find(({ name }) => name === 'strides')!
  expect([strides.type, strides.ints!.map(Number)]).toEqual([onnx.AttributeProto.AttributeType.INTS, [2, 2, 2]])
  const { shape, elemType } = model.graph!.input![0].type!.tensorType!
  expect([elemType, shape!.dim!.map(({ dimValue }) => Number(dimValue))]).toEqual([1, [1, 2, 4, 4, 4]])
})

test('every operation becomes a model that loses nothing when the official schema rewrites it', () => {
  for (const name of Object.keys(ops) as OpName[]) {
    const [sample] = samples[name]
    const inputs = sample.inputs.map((type, i) => input(`${i}`, type))
    const [y] = (ops[name] as unknown as Op<unknown>).all(inputs, sample.attrs)
    const bytes = exportOnnx(program(name, { y }), {})
    const model = onnx.ModelProto.decode(bytes)
    expect(onnx.ModelProto.verify(model), name).toBeNull()
    const again = onnx.ModelProto.decode(onnx.ModelProto.encode(model).finish())
    expect(onnx.ModelProto.toObject(again), name).toEqual(onnx.ModelProto.toObject(model))
    for (const node of model.graph!.node!) expect(node.opType, name).toMatch(/^[A-Z]/)
  }
})

test('ONNX Runtime refuses operators and attributes that are not in the operator set', async () => {
  const model = onnx.ModelProto.decode(exportOnnx(network(), weights))
  const node = model.graph!.node!.find(({ opType }) => opType === 'Conv')!
  node.attribute!.push({ name: 'stride', type: onnx.AttributeProto.AttributeType.INT, i: 1 })
  const bytes = onnx.ModelProto.encode(model).finish()
  await expect(InferenceSession.create(bytes, { logSeverityLevel: 4 })).rejects.toThrow(
    'Unrecognized attribute: stride',
  )
})

test('what cannot be exported is told in a sentence', () => {
  const learning = program('train', {}, new Map([['model.0.bias', sub(bias, 1)]]))
  expect(() => exportOnnx(learning, weights)).toThrow(
    'train: updates the state "model.0.bias"; export a program that only computes outputs',
  )
  expect(() => exportOnnx(network(), {})).toThrow(
    'network: there is no weight "model.0.weight" among the tensors; give float32 [3, 2, 3, 3, 3]',
  )
  expect(() => exportOnnx(program('same', { image: x }), {})).toThrow(
    'same: "image" names two of its inputs, weights and outputs; rename one',
  )
})

test('a model over 2 GiB is told in a sentence', () => {
  const huge = state('huge', { dtype: 'float32', shape: [2 ** 29] })
  const data = { length: 2 ** 29, byteLength: 2 ** 31 } as Float32Array // only its size is looked at
  const tensors = { huge: { dtype: 'float32' as const, shape: [2 ** 29], data } }
  expect(() => exportOnnx(program('big', { y: relu(huge) }), tensors)).toThrow(
    'big: its constants and weights take 2147483648 bytes; an ONNX model holds at most 2147483647',
  )
})
