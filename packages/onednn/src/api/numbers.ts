import type { BinaryAlgorithm, EltwiseAlgorithm, MemoryType, Role } from '../api.ts'

// Numbers of the library's enumerations, by the names that they have here.

/** dnnl_data_type_t; workspaces and scratchpads are of others. */
export const types: Record<MemoryType, number> = { bfloat16: 2, float32: 3, int32: 4 }

/** Bytes of an element, by dnnl_data_type_t: float16, bfloat16, float32, int32, int8, uint8. */
export const widths: Record<number, number> = { 1: 2, 2: 2, 3: 4, 4: 4, 5: 1, 6: 1 }

/** dnnl_format_tag_t for a layout that the primitive chooses. */
export const TAG_ANY = 1

export const propagation = { forward: 64, backward: 128 }

// prettier-ignore
export const binary: Record<BinaryAlgorithm, number> = {
  add: 0x1fff0, mul: 0x1fff1, max: 0x1fff2, min: 0x1fff3, div: 0x1fff4, sub: 0x1fff5,
  ge: 0x1fff6, gt: 0x1fff7, le: 0x1fff8, lt: 0x1fff9, eq: 0x1fffa,
}

export const pooling = { max: 0x1ff, averageWithPadding: 0x2ff, averageWithoutPadding: 0x3ff }
export const reduction = { max: 0x2fff2, sum: 0x2fff4 }
export const CONVOLUTION_DIRECT = 1
export const SOFTMAX = 0x30000
export const SOFTMAX_LOG = 0x30001
export const RESAMPLING_LINEAR = 0x2fff1

/** dnnl_query_t for the parts of a primitive's description. */
export const query = {
  implementation: 8,
  src: 129,
  diffSrc: 130,
  weights: 131,
  diffWeights: 132,
  dst: 133,
  diffDst: 134,
  workspace: 135,
  scratchpad: 136,
}

/** A bit of dnnl_cpu_isa_t that all processors have which multiply bfloat16 numbers. */
export const BFLOAT16_UNITS = 0x80

// prettier-ignore
const roles: Record<string, number> = {
  src: 1, src1: 2, dst: 17, weights: 33, bias: 41, mean: 49, variance: 50, scale: 51, shift: 52, workspace: 64, scratchpad: 80,
  diffSrc: 129, diffDst: 145, diffWeights: 161, diffBias: 169, diffScale: 255, diffShift: 256,
}

/** DNNL_ARG_... of a role. */
export function argumentNumber(role: Role, { firstPostOp }: Dialect): number {
  if (role.startsWith('source')) return 1024 + Number(role.slice(6))
  if (role.startsWith('post')) return (firstPostOp * (Number(role.slice(4)) + 1)) | roles.src1
  return roles[role]
}

/** Where the versions differ in names and numbers. */
export interface Dialect {
  readonly major: 2 | 3
  readonly names: Record<'convolution' | 'pooling' | 'softmax' | 'logSoftmax', string>
  readonly eltwise: Record<EltwiseAlgorithm, number>
  /** dnnl_format_tag_t of layouts in blocks of 16 channels, by number of axes. */
  readonly blockedTags: Record<number, number>
  readonly useScaleAndShift: number
  /** DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) */
  readonly firstPostOp: number
}

export const dialectV2: Dialect = {
  major: 2,
  names: { convolution: 'dilated_convolution', pooling: 'pooling_v2', softmax: 'softmax', logSoftmax: 'logsoftmax' },
  // prettier-ignore
  eltwise: {
    relu: 0x1f, tanh: 0x2f, elu: 0x3f, square: 0x4f, abs: 0x5f, sqrt: 0x6f, linear: 0x7f, softRelu: 0x9f, logistic: 0xaf,
    exp: 0xbf, geluTanh: 0xcf, swish: 0xdf, log: 0xef, clip: 0xff, pow: 0x20, geluErf: 0x30, mish: 0x60, hardSwish: 0x70,
    reluFromOutput: 0x100, tanhFromOutput: 0x101, eluFromOutput: 0x102, logisticFromOutput: 0x104,
  },
  blockedTags: { 3: 47, 4: 69, 5: 112 },
  useScaleAndShift: 8 | 16,
  firstPostOp: 0x4000,
}

export const dialectV3: Dialect = {
  major: 3,
  names: { convolution: 'convolution', pooling: 'pooling', softmax: 'softmax', logSoftmax: 'softmax' },
  // prettier-ignore
  eltwise: {
    relu: 0x20, tanh: 0x21, elu: 0x22, square: 0x23, abs: 0x24, sqrt: 0x25, linear: 0x26, softRelu: 0x27, logistic: 0x29,
    exp: 0x2a, geluTanh: 0x2b, swish: 0x2c, log: 0x2d, clip: 0x2e, pow: 0x30, geluErf: 0x31, mish: 0x33, hardSwish: 0x34,
    reluFromOutput: 0x100, tanhFromOutput: 0x101, eluFromOutput: 0x102, logisticFromOutput: 0x104,
  },
  blockedTags: { 3: 56, 4: 78, 5: 121 },
  useScaleAndShift: 2 | 4,
  firstPostOp: 0x8000,
}

/** dnnl_query_t for what version 3's memory descriptors hold. */
export const memoryQuery = {
  strides: 14,
  rank: 256,
  dims: 257,
  type: 258,
  offset: 259,
  padded: 260,
  kind: 262,
  blockCount: 263,
  blockSizes: 264,
  blockAxes: 265,
}

/** dnnl_format_kind_t */
export const FORMAT_ANY = 1
export const FORMAT_BLOCKED = 2
