import protobuf from 'protobufjs/light.js'

/**
 * The part of the ONNX file format that we write: message and field names, numbers and types of the official
 * `onnx.proto` (https://github.com/onnx/onnx, Apache-2.0). Tests decode every model with the complete schema.
 */
const descriptor = {
  nested: {
    ModelProto: message({
      irVersion: ['int64', 1],
      opsetImport: ['OperatorSetIdProto', 8, 'repeated'],
      producerName: ['string', 2],
      producerVersion: ['string', 3],
      docString: ['string', 6],
      graph: ['GraphProto', 7],
      metadataProps: ['StringStringEntryProto', 14, 'repeated'],
    }),
    OperatorSetIdProto: message({ domain: ['string', 1], version: ['int64', 2] }),
    StringStringEntryProto: message({ key: ['string', 1], value: ['string', 2] }),
    GraphProto: message({
      node: ['NodeProto', 1, 'repeated'],
      name: ['string', 2],
      initializer: ['TensorProto', 5, 'repeated'],
      input: ['ValueInfoProto', 11, 'repeated'],
      output: ['ValueInfoProto', 12, 'repeated'],
    }),
    NodeProto: message({
      input: ['string', 1, 'repeated'],
      output: ['string', 2, 'repeated'],
      name: ['string', 3],
      opType: ['string', 4],
      attribute: ['AttributeProto', 5, 'repeated'],
    }),
    AttributeProto: message({
      name: ['string', 1],
      type: ['int32', 20],
      f: ['float', 2],
      i: ['int64', 3],
      s: ['bytes', 4],
      ints: ['int64', 8, 'repeated'],
    }),
    TensorProto: message({
      dims: ['int64', 1, 'repeated'],
      dataType: ['int32', 2],
      name: ['string', 8],
      rawData: ['bytes', 9],
    }),
    ValueInfoProto: message({ name: ['string', 1], type: ['TypeProto', 2] }),
    TypeProto: message({ tensorType: ['TensorTypeProto', 1] }),
    TensorTypeProto: message({ elemType: ['int32', 1], shape: ['TensorShapeProto', 2] }),
    TensorShapeProto: message({ dim: ['DimensionProto', 1, 'repeated'] }),
    DimensionProto: message({ dimValue: ['int64', 1], dimParam: ['string', 2] }),
  },
}

/** Numbers of `TensorProto.DataType`. */
export const elementTypes = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
} as const

/** Numbers of `AttributeProto.AttributeType`. */
export const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 } as const

/** Writes a plain object of the shape of `ModelProto`. */
export function encodeModelProto(model: object): Uint8Array {
  const type = protobuf.Root.fromJSON(descriptor).lookupType('ModelProto')
  const problem = type.verify(model)
  if (problem !== null) throw new Error(`ModelProto: ${problem}`)
  return type.encode(model).finish()
}

type Field = readonly [type: string, id: number, rule?: 'repeated']

// Numbers are packed in proto3; the official schema is proto2, where they are not, and both forms decode under either.
function message(fields: Readonly<Record<string, Field>>): protobuf.IType {
  const entries = Object.entries(fields).map(([name, [type, id, rule]]) => [
    name,
    rule ? { type, id, rule } : { type, id },
  ])
  return { fields: Object.fromEntries(entries) as Record<string, protobuf.IField> }
}
