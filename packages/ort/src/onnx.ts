import { GraphError } from 'volvox/core'
import { attributeTypes, elementTypes, encodeModelProto } from './schema.ts'

/** Operators as of ONNX 1.16; everything we emit has kernels for it in ONNX Runtime 1.18 and later. */
export const opsetVersion = 21

/** Version of the file format that belongs to the operator set. */
export const irVersion = 10

export type ElementType = keyof typeof elementTypes

/** A float attribute; a bare number is an integer one. */
export interface FloatAttribute {
  readonly float: number
}

/** Attributes of an ONNX node: integer, integers, text, or `{ float }`. Undefined ones are left out. */
export type OnnxAttributes = Readonly<Record<string, number | readonly number[] | string | FloatAttribute | undefined>>

export interface OnnxNode {
  readonly name: string
  readonly opType: string
  /** Names of tensors; '' where an optional input is not given. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: OnnxAttributes
}

/** A named tensor that enters or leaves the graph. */
export interface OnnxValue {
  readonly name: string
  readonly dtype: ElementType
  /** Sizes; the name of one that is open. */
  readonly shape: readonly (number | string)[]
}

/** A tensor whose elements are part of the model. */
export interface OnnxTensor extends OnnxValue {
  readonly shape: readonly number[]
  readonly data: ArrayBufferView
}

export interface OnnxGraph {
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  readonly initializers: readonly OnnxTensor[]
  /** Free text pairs that travel with the model. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** Protobuf messages end at 2 GiB; larger models need their weights in a second file, which we do not write. */
const largestModel = 2 ** 31 - 1

/** The bytes of an `.onnx` file. */
export function encodeOnnx(graph: OnnxGraph): Uint8Array {
  const weightBytes = graph.initializers.reduce((sum, tensor) => sum + tensor.data.byteLength, 0)
  if (weightBytes > largestModel)
    throw new GraphError(
      graph.name,
      `its constants and weights take ${weightBytes} bytes; an ONNX model holds at most ${largestModel}`,
    )
  return encodeModelProto({
    irVersion,
    opsetImport: [{ domain: '', version: opsetVersion }],
    producerName: 'volvox',
    graph: {
      name: graph.name,
      node: graph.nodes.map(nodeProto),
      initializer: graph.initializers.map(tensorProto),
      input: graph.inputs.map(valueProto),
      output: graph.outputs.map(valueProto),
    },
    metadataProps: Object.entries(graph.metadata ?? {}).map(([key, value]) => ({ key, value })),
  })
}

function nodeProto(node: OnnxNode): object {
  const attribute = Object.entries(node.attributes).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, ...attributeValue(value) }],
  )
  return { input: node.inputs, output: node.outputs, name: node.name, opType: node.opType, attribute }
}

function attributeValue(value: number | readonly number[] | string | FloatAttribute): object {
  if (typeof value === 'number') return { type: attributeTypes.int, i: value }
  if (typeof value === 'string') return { type: attributeTypes.string, s: new TextEncoder().encode(value) }
  if ('float' in value) return { type: attributeTypes.float, f: value.float }
  return { type: attributeTypes.ints, ints: value }
}

// Raw data is little-endian, as is every machine that runs JavaScript today.
function tensorProto({ name, dtype, shape, data }: OnnxTensor): object {
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return { name, dims: shape, dataType: elementTypes[dtype], rawData }
}

function valueProto({ name, dtype, shape }: OnnxValue): object {
  const dim = shape.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size }))
  return { name, type: { tensorType: { elemType: elementTypes[dtype], shape: { dim } } } }
}
