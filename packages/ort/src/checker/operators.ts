import * as shapes from './shapes.ts'

/** What ONNX says of an operator. */
export interface Operator {
  /** The version of the operator set, up to 21, that last changed it. */
  readonly since: number
  /** Types of inputs and outputs by place, names of `types` or of element types: `T`, `T?` optional, `T*` one or more. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** What each type name may stand for; the same one throughout a node. */
  readonly types: Readonly<Record<string, readonly string[]>>
  /** Types of the attributes; `!` where one must be given. */
  readonly attributes: Readonly<Record<string, AttributeType | `${AttributeType}!`>>
  readonly shapes: shapes.ShapeRule
}

export type AttributeType = 'FLOAT' | 'INT' | 'STRING' | 'FLOATS' | 'INTS' | 'STRINGS'

const floats = ['float16', 'float', 'double']
const brains = [...floats, 'bfloat16']
const signed = ['int8', 'int16', 'int32', 'int64']
const unsigned = ['uint8', 'uint16', 'uint32', 'uint64']
const numeric = [...brains, ...signed, ...unsigned]
const all = [...numeric, 'bool', 'string']
const indices = ['int32', 'int64']

function unary(since: number, types: readonly string[], attributes: Operator['attributes'] = {}): Operator {
  return { since, inputs: ['T'], outputs: ['T'], types: { T: types }, attributes, shapes: shapes.same }
}

function binary(since: number, types: readonly string[], inputs = ['T', 'T'], output = 'T'): Operator {
  const kinds = { T: types, T1: numeric }
  return { since, inputs, outputs: [output], types: kinds, attributes: {}, shapes: shapes.broadcasting }
}

function reduction(since: number): Operator {
  return {
    since,
    inputs: ['T', 'int64?'],
    outputs: ['T'],
    types: { T: [...brains, 'int32', 'int64', 'uint32', 'uint64'] },
    attributes: { keepdims: 'INT', noop_with_empty_axes: 'INT' },
    shapes: shapes.reducing,
  }
}

const window = { auto_pad: 'STRING', dilations: 'INTS', pads: 'INTS', strides: 'INTS' } as const
const pool = { ...window, ceil_mode: 'INT', kernel_shape: 'INTS!' } as const
const softmax: Operator = { ...unary(13, brains, { axis: 'INT' }), shapes: shapes.alongAxis }
const moved = { outputs: ['T'], types: { T: all, I: indices } }

/** The operators that we write, in operator set 21, from their published definitions. */
export const operators: Readonly<Record<string, Operator>> = {
  Abs: unary(13, numeric),
  Neg: unary(13, [...brains, ...signed]),
  Exp: unary(13, brains),
  Log: unary(13, brains),
  Sqrt: unary(13, brains),
  Reciprocal: unary(13, brains),
  Sign: unary(13, numeric),
  Erf: unary(13, numeric),
  Relu: unary(14, [...brains, ...signed]),
  Sigmoid: unary(13, brains),
  Tanh: unary(13, brains),
  Softplus: unary(1, floats),
  Elu: unary(6, floats, { alpha: 'FLOAT' }),
  LeakyRelu: unary(16, brains, { alpha: 'FLOAT' }),
  Gelu: unary(20, brains, { approximate: 'STRING' }),
  HardSwish: unary(14, floats),
  Floor: unary(13, brains),
  Identity: unary(21, all),
  PRelu: {
    ...unary(16, [...brains, 'int32', 'int64', 'uint32', 'uint64']),
    inputs: ['T', 'T'],
    shapes: shapes.spread,
  },
  Clip: { ...unary(13, numeric), inputs: ['T', 'T?', 'T?'], shapes: shapes.clipping },
  Cast: {
    since: 21,
    inputs: ['T1'],
    outputs: ['T2'],
    types: { T1: all, T2: all },
    attributes: { to: 'INT!', saturate: 'INT' },
    shapes: shapes.same,
  },

  Add: binary(14, numeric),
  Sub: binary(14, numeric),
  Mul: binary(14, numeric),
  Div: binary(14, numeric),
  Max: binary(13, numeric, ['T*']),
  Min: binary(13, numeric, ['T*']),
  Pow: binary(15, [...brains, 'int32', 'int64'], ['T', 'T1']),
  Less: binary(13, numeric, ['T', 'T'], 'bool'),
  LessOrEqual: binary(16, numeric, ['T', 'T'], 'bool'),
  Greater: binary(13, numeric, ['T', 'T'], 'bool'),
  GreaterOrEqual: binary(16, numeric, ['T', 'T'], 'bool'),
  Equal: binary(19, all, ['T', 'T'], 'bool'),
  Where: binary(16, all, ['bool', 'T', 'T']),

  ReduceSum: reduction(13),
  ReduceMean: reduction(18),
  ReduceSumSquare: reduction(18),
  ReduceMax: reduction(20),
  ArgMax: {
    since: 13,
    inputs: ['T'],
    outputs: ['int64'],
    types: { T: numeric },
    attributes: { axis: 'INT', keepdims: 'INT', select_last_index: 'INT' },
    shapes: shapes.arg,
  },
  Softmax: softmax,
  LogSoftmax: softmax,

  Conv: {
    since: 11,
    inputs: ['T', 'T', 'T?'],
    outputs: ['T'],
    types: { T: floats },
    attributes: { ...window, group: 'INT', kernel_shape: 'INTS' },
    shapes: shapes.convolution,
  },
  MaxPool: {
    since: 12,
    inputs: ['T'],
    outputs: ['T', 'int64?'],
    types: { T: [...floats, 'int8', 'uint8'] },
    attributes: { ...pool, storage_order: 'INT' },
    shapes: shapes.pooling,
  },
  AveragePool: {
    since: 19,
    inputs: ['T'],
    outputs: ['T'],
    types: { T: floats },
    attributes: { ...pool, count_include_pad: 'INT' },
    shapes: shapes.pooling,
  },
  BatchNormalization: {
    since: 15,
    inputs: ['T', 'T1', 'T1', 'T2', 'T2'],
    outputs: ['T', 'T2?', 'T2?'],
    types: { T: brains, T1: brains, T2: brains },
    attributes: { epsilon: 'FLOAT', momentum: 'FLOAT', training_mode: 'INT' },
    shapes: shapes.normalisation,
  },
  InstanceNormalization: {
    since: 6,
    inputs: ['T', 'T', 'T'],
    outputs: ['T'],
    types: { T: floats },
    attributes: { epsilon: 'FLOAT' },
    shapes: shapes.normalisation,
  },
  LayerNormalization: {
    since: 17,
    inputs: ['T', 'T', 'T?'],
    outputs: ['T', 'U?', 'U?'],
    types: { T: brains, U: ['float', 'bfloat16'] },
    attributes: { axis: 'INT', epsilon: 'FLOAT', stash_type: 'INT' },
    shapes: shapes.spread,
  },
  Resize: {
    since: 19,
    inputs: ['T1', 'T2?', 'float?', 'int64?'],
    outputs: ['T1'],
    types: { T1: all, T2: floats },
    attributes: {
      antialias: 'INT',
      axes: 'INTS',
      coordinate_transformation_mode: 'STRING',
      cubic_coeff_a: 'FLOAT',
      exclude_outside: 'INT',
      extrapolation_value: 'FLOAT',
      keep_aspect_ratio_policy: 'STRING',
      mode: 'STRING',
      nearest_mode: 'STRING',
    },
    shapes: shapes.resizing,
  },
  MatMul: {
    since: 13,
    inputs: ['T', 'T'],
    outputs: ['T'],
    types: { T: [...brains, 'int32', 'int64', 'uint32', 'uint64'] },
    attributes: {},
    shapes: shapes.product,
  },

  Concat: { ...moved, since: 13, inputs: ['T*'], attributes: { axis: 'INT!' }, shapes: shapes.joining },
  Slice: { ...moved, since: 13, inputs: ['T', 'I', 'I', 'I?', 'I?'], attributes: {}, shapes: shapes.slicing },
  Pad: {
    ...moved,
    since: 21,
    inputs: ['T', 'int64', 'T?', 'I?'],
    attributes: { mode: 'STRING' },
    shapes: shapes.padding,
  },
  Transpose: { ...moved, since: 21, inputs: ['T'], attributes: { perm: 'INTS' }, shapes: shapes.permuting },
  Reshape: { ...moved, since: 21, inputs: ['T', 'int64'], attributes: { allowzero: 'INT' }, shapes: shapes.reshaping },
  Expand: { ...moved, since: 13, inputs: ['T', 'int64'], attributes: {}, shapes: shapes.expanding },
  GridSample: {
    since: 20,
    inputs: ['T1', 'T2'],
    outputs: ['T1'],
    types: { T1: all, T2: floats },
    attributes: { align_corners: 'INT', mode: 'STRING', padding_mode: 'STRING' },
    shapes: shapes.sampling,
  },
  Gather: { ...moved, since: 13, inputs: ['T', 'I'], attributes: { axis: 'INT' }, shapes: shapes.gathering },
  ScatterElements: {
    ...moved,
    since: 18,
    inputs: ['T', 'I', 'T'],
    attributes: { axis: 'INT', reduction: 'STRING' },
    shapes: shapes.scattering,
  },
}
