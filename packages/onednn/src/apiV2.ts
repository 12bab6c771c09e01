import type {
  Api,
  BinaryAlgorithm,
  EltwiseAlgorithm,
  Layout,
  MemoryType,
  Operation,
  PostOp,
  Primitive,
  Role,
  Tag,
  Window,
} from './api.ts'
import type { Native } from './ffi.ts'

// Version 2 of the library: C structures filled by `*_init` functions. They are opaque here, but for the memory
// descriptor (dnnl_memory_desc_t), whose fields lie at these bytes.
const DESCRIPTOR_BYTES = 696
const field = {
  rank: 0,
  dims: 8,
  type: 104,
  padded: 112,
  offset: 304,
  strides: 320,
  blockCount: 416,
  blockSizes: 424,
  blockAxes: 520,
}
const LARGEST_OPERATION = 8192 // the largest operation descriptor used here, a convolution's, takes 5976

const types: Record<MemoryType, number> = { bfloat16: 2, float32: 3, int32: 4 }

// dnnl_format_tag_t by number of axes
const plainTags = [0, 2, 3, 4, 5, 7, 8, 9]
const channelsLastTags: Record<number, number> = { 3: 17, 4: 20, 5: 21 }
const blockedTags: Record<number, number> = { 3: 47, 4: 69, 5: 112 }

const propagation = { forward: 64, inference: 96, backward: 128, backwardData: 160, backwardWeights: 192 }

// prettier-ignore
const eltwise: Record<EltwiseAlgorithm, number> = {
  relu: 0x1f, tanh: 0x2f, elu: 0x3f, square: 0x4f, abs: 0x5f, sqrt: 0x6f, linear: 0x7f, softRelu: 0x9f, logistic: 0xaf,
  exp: 0xbf, geluTanh: 0xcf, log: 0xef, clip: 0xff, pow: 0x20, geluErf: 0x30,
  swish: 0xdf, mish: 0x60, hardSwish: 0x70,
  reluFromOutput: 0x100, tanhFromOutput: 0x101, eluFromOutput: 0x102, logisticFromOutput: 0x104,
}

// prettier-ignore
const binary: Record<BinaryAlgorithm, number> = {
  add: 0x1fff0, mul: 0x1fff1, max: 0x1fff2, min: 0x1fff3, div: 0x1fff4, sub: 0x1fff5,
  ge: 0x1fff6, gt: 0x1fff7, le: 0x1fff8, lt: 0x1fff9, eq: 0x1fffa,
}

const pooling = { max: 0x1ff, averageWithPadding: 0x2ff, averageWithoutPadding: 0x3ff }
const CONVOLUTION_DIRECT = 1
const SOFTMAX = 0x30000
const SOFTMAX_LOG = 0x30001
const RESAMPLING_LINEAR = 0x2fff1
const reduction = { max: 0x2fff2, sum: 0x2fff4 }
const USE_SCALE_AND_SHIFT = 8 | 16

const query = { implementation: 8, src: 129, diffSrc: 130, weights: 131, diffWeights: 132, dst: 133, diffDst: 134, workspace: 135, scratchpad: 136 } // prettier-ignore

// prettier-ignore
const roles: Record<string, number> = {
  src: 1, src1: 2, dst: 17, weights: 33, bias: 41, mean: 49, variance: 50, scale: 51, shift: 52, workspace: 64, scratchpad: 80,
  diffSrc: 129, diffDst: 145, diffWeights: 161, diffBias: 169, diffScale: 255, diffShift: 256,
}

const BFLOAT16_UNITS = 0x80 // a bit of dnnl_cpu_isa_t

const OK = 0
const UNIMPLEMENTED = 3
const UNUSED = 0n

const names = [
  'success',
  'out of memory',
  'invalid arguments',
  'unimplemented',
  'iterator ends',
  'runtime error',
  'not required',
]

export function apiV2(native: Native, version: string): Api {
  const c = functions(native)
  const check = (status: number, what: string) => {
    if (status !== OK) throw new Error(`oneDNN: ${what} failed (${names[status] ?? status})`)
  }
  const created = (what: string, create: (out: BigInt64Array) => number): bigint => {
    const out = new BigInt64Array(1)
    check(create(out), what)
    return out[0]
  }
  const engine = created('engine', (out) => c.engineCreate(out, 1, 0))
  const stream = created('stream', (out) => c.streamCreate(out, engine, 1))

  const tagged = (dtype: MemoryType, dims: readonly number[], tag: number): Layout => {
    const ref = new Uint8Array(DESCRIPTOR_BYTES)
    check(c.byTag(ref, dims.length, int64(dims), types[dtype], tag), `layout [${dims.join(', ')}]`)
    return parse(ref)
  }

  /** The operation's descriptor, or null when the library does not take it; forward hints are passed on. */
  const describe = (operation: Operation, forward: boolean): Uint8Array | null => {
    const ref = new Uint8Array(LARGEST_OPERATION)
    const hinted = forward && operation.kind === 'convolution' ? { ...operation, ...operation.forward } : operation
    const status = c.init(ref, hinted, forward)
    if (status === UNIMPLEMENTED) return null
    check(status, operation.kind)
    return ref
  }

  const attributes = (postOps: readonly PostOp[]): bigint => {
    const attr = created('attributes', (out) => c.attrCreate(out))
    check(c.attrScratchpad(attr, 1), 'scratchpad mode')
    if (postOps.length > 0) {
      const list = created('post-ops', (out) => c.postOpsCreate(out))
      for (const op of postOps) check(c.append(list, op), `post-op ${op.kind}`)
      check(c.attrPostOps(attr, list), 'post-ops')
      c.postOpsDestroy(list)
    }
    return attr
  }

  const description = (operation: Operation, attr: bigint): bigint | null => {
    const out = new BigInt64Array(1)
    if (operation.kind === 'reorder' || operation.kind === 'concat') {
      const status = c.copying(out, operation, attr, engine)
      if (status === UNIMPLEMENTED) return null
      check(status, operation.kind)
      return out[0]
    }
    const backward = 'direction' in operation && operation.direction !== 'forward'
    const ref = describe(operation, false)
    const hintRef = backward ? describe(operation, true) : null
    if (!ref || (backward && !hintRef)) return null
    let hint = UNUSED
    if (hintRef) {
      if (c.descCreate(out, hintRef, UNUSED, engine, UNUSED) !== OK) return null
      hint = out[0]
    }
    const status = c.descCreate(out, ref, attr, engine, hint)
    const description = out[0]
    if (hint !== UNUSED) c.descDestroy(hint)
    if (status === UNIMPLEMENTED) return null
    check(status, operation.kind)
    return description
  }

  return {
    version,
    hasBfloat16: (c.isa() & BFLOAT16_UNITS) !== 0,
    layout(dtype, dims, tag) {
      const number = tagNumber(dims.length, tag)
      return tagged(dtype, dims, number)
    },
    strided(dtype, dims, strides) {
      const ref = new Uint8Array(DESCRIPTOR_BYTES)
      check(c.byStrides(ref, dims.length, int64(dims), types[dtype], int64(strides)), `layout [${dims.join(', ')}]`)
      return parse(ref)
    },
    part(parent, dims, offsets) {
      const ref = new Uint8Array(DESCRIPTOR_BYTES)
      check(c.submemory(ref, parent.ref, int64(dims), int64(offsets)), 'part of a layout')
      return parse(ref)
    },
    primitive(operation, postOps = []) {
      const attr = attributes(postOps)
      const found = description(operation, attr)
      c.attrDestroy(attr)
      if (found === null) return null
      const implementation = c.implementation(found, query.implementation, 0)
      const handle = created(operation.kind, (out) => c.create(out, found))
      const layouts = new Map<string, Layout>()
      for (const role of [
        'src',
        'weights',
        'dst',
        'diffSrc',
        'diffWeights',
        'diffDst',
        'workspace',
        'scratchpad',
      ] as const) {
        const address = c.queryLayout(found, query[role], 0)
        if (address !== null) layouts.set(role, parse(c.copy(address, DESCRIPTOR_BYTES)))
      }
      c.descDestroy(found)
      return {
        handle,
        implementation,
        layout: (role) => layouts.get(role) ?? NOTHING,
      } satisfies Primitive
    },
    destroy: (primitive) => void c.destroy(primitive.handle),
    memory: (layout, address) => created('memory', (out) => c.memoryCreate(out, layout.ref, engine, address)),
    destroyMemory: (memory) => void c.memoryDestroy(memory),
    argument: argumentNumber,
    execute: (primitive, count, args) => c.execute(primitive, stream, count, args),
    wait: () => c.wait(stream),
  }
}

const NOTHING: Layout = {
  ref: new Uint8Array(DESCRIPTOR_BYTES),
  dtype: 'float32',
  dims: [],
  strides: [],
  blocks: [],
  bytes: 0,
  dense: true,
  key: '',
}

function tagNumber(rank: number, tag: Tag): number {
  if (tag === 'any') return 1
  const number = { plain: plainTags[rank], channelsLast: channelsLastTags[rank], blocked16: blockedTags[rank] }[tag]
  if (number === undefined) throw new Error(`oneDNN: no ${tag} layout for ${rank} axes`)
  return number
}

function argumentNumber(role: Role): number {
  if (role.startsWith('source')) return 1024 + Number(role.slice(6))
  if (role.startsWith('post')) return (16384 * (Number(role.slice(4)) + 1)) | 2 // DNNL_ARG_ATTR_MULTIPLE_POST_OP(n) | DNNL_ARG_SRC_1
  return roles[role]
}

function int64(values: readonly number[]): BigInt64Array {
  return BigInt64Array.from(values, BigInt)
}

/** Reads dnnl_memory_desc_t. */
function parse(ref: Uint8Array): Layout {
  const view = new DataView(ref.buffer, ref.byteOffset)
  const rank = view.getInt32(field.rank, true)
  const list = (at: number, count: number) =>
    Array.from({ length: count }, (_, i) => Number(view.getBigInt64(at + 8 * i, true)))
  const dims = list(field.dims, rank)
  const padded = list(field.padded, rank)
  const strides = list(field.strides, rank)
  const count = view.getInt32(field.blockCount, true)
  const sizes = list(field.blockSizes, count)
  const blocks = list(field.blockAxes, count).map((axis, i) => ({ axis, size: sizes[i] }))
  const offset = Number(view.getBigInt64(field.offset, true)) // of a part in its whole
  const code = view.getInt32(field.type, true)
  const dtype: MemoryType = code === types.int32 ? 'int32' : code === types.bfloat16 ? 'bfloat16' : 'float32'
  const width = code === 5 || code === 6 ? 1 : code === types.bfloat16 ? 2 : 4 // workspaces and scratchpads are bytes
  const inner = blocks.reduce((product, { size }) => product * size, 1)
  const outer = padded.map((n, axis) => blocks.reduce((m, b) => (b.axis === axis ? m / b.size : m), n))
  const extent =
    padded.includes(0) || rank === 0 ? 0 : outer.reduce((last, n, i) => last + (n - 1) * strides[i], 0) + inner
  const elements = dims.reduce((product, n) => product * n, 1)
  return {
    ref,
    dtype,
    dims,
    strides,
    blocks,
    bytes: (offset + extent) * width,
    dense: offset === 0 && extent === elements,
    key: `${code}|${offset}|${dims}|${padded}|${strides}|${blocks.map((b) => `${b.axis}:${b.size}`)}`,
  }
}

function functions(native: Native) {
  const f = (declaration: string) => native.func(declaration)
  const md = 'const void *'
  const window = 'const void *strides, const void *dilates, const void *begin, const void *end'
  const convolution = {
    forward: f(
      `int dnnl_dilated_convolution_forward_desc_init(void *d, int prop, int alg, ${md}src, ${md}weights, ${md}bias, ${md}dst, ${window})`,
    ),
    backwardData: f(
      `int dnnl_dilated_convolution_backward_data_desc_init(void *d, int alg, ${md}src, ${md}weights, ${md}dst, ${window})`,
    ),
    backwardWeights: f(
      `int dnnl_dilated_convolution_backward_weights_desc_init(void *d, int alg, ${md}src, ${md}weights, ${md}bias, ${md}dst, ${window})`,
    ),
  }
  const pool = 'const void *strides, const void *kernel, const void *dilates, const void *begin, const void *end'
  const poolForward = f(
    `int dnnl_pooling_v2_forward_desc_init(void *d, int prop, int alg, ${md}src, ${md}dst, ${pool})`,
  )
  const poolBackward = f(`int dnnl_pooling_v2_backward_desc_init(void *d, int alg, ${md}src, ${md}dst, ${pool})`)
  const eltwiseForward = f(
    `int dnnl_eltwise_forward_desc_init(void *d, int prop, int alg, ${md}data, float alpha, float beta)`,
  )
  const eltwiseBackward = f(
    `int dnnl_eltwise_backward_desc_init(void *d, int alg, ${md}diff, ${md}data, float alpha, float beta)`,
  )
  const binaryInit = f(`int dnnl_binary_desc_init(void *d, int alg, ${md}a, ${md}b, ${md}dst)`)
  const preluForward = f(`int dnnl_prelu_forward_desc_init(void *d, int prop, ${md}data, ${md}weights)`)
  const preluBackward = f(
    `int dnnl_prelu_backward_desc_init(void *d, ${md}data, ${md}weights, ${md}diff, ${md}diffWeights)`,
  )
  const normForward = f(
    `int dnnl_batch_normalization_forward_desc_init(void *d, int prop, ${md}data, float eps, uint flags)`,
  )
  const normBackward = f(
    `int dnnl_batch_normalization_backward_desc_init(void *d, int prop, ${md}diff, ${md}data, float eps, uint flags)`,
  )
  const layerNormForward = f(
    `int dnnl_layer_normalization_forward_desc_init(void *d, int prop, ${md}data, ${md}stats, float eps, uint flags)`,
  )
  const layerNormBackward = f(
    `int dnnl_layer_normalization_backward_desc_init(void *d, int prop, ${md}diff, ${md}data, ${md}stats, float eps, uint flags)`,
  )
  const softmaxBackward = f(
    `int dnnl_softmax_v2_backward_desc_init(void *d, int alg, ${md}diffSrc, ${md}diffDst, ${md}dst, int axis)`,
  )
  const softmaxForward = f(
    `int dnnl_softmax_v2_forward_desc_init(void *d, int prop, int alg, ${md}src, ${md}dst, int axis)`,
  )
  const reductionInit = f(`int dnnl_reduction_desc_init(void *d, int alg, ${md}src, ${md}dst, float p, float eps)`)
  const matmul = f(`int dnnl_matmul_desc_init(void *d, ${md}src, ${md}weights, ${md}bias, ${md}dst)`)
  const resampleForward = f(
    `int dnnl_resampling_forward_desc_init(void *d, int prop, int alg, const void *factors, ${md}src, ${md}dst)`,
  )
  const resampleBackward = f(
    `int dnnl_resampling_backward_desc_init(void *d, int alg, const void *factors, ${md}src, ${md}dst)`,
  )
  const reorder = f(
    `int dnnl_reorder_primitive_desc_create(void *out, ${md}src, void *srcEngine, ${md}dst, void *dstEngine, void *attr)`,
  )
  const concat = f(
    `int dnnl_concat_primitive_desc_create(void *out, ${md}dst, int n, int axis, ${md}sources, void *attr, void *engine)`,
  )
  const appendEltwise = f('int dnnl_post_ops_append_eltwise(void *list, float scale, int alg, float alpha, float beta)')
  const appendSum = f('int dnnl_post_ops_append_sum(void *list, float scale)')
  const appendBinary = f(`int dnnl_post_ops_append_binary(void *list, int alg, ${md}operand)`)

  const windowOf = (w: Window) => [w.strides, w.dilates, w.padBegin, w.padEnd].map(int64)

  /** Fills an operation descriptor; with `forward`, that of the forward operation it belongs to. */
  const init = (d: Uint8Array, o: Operation, forward: boolean): number => {
    switch (o.kind) {
      case 'convolution': {
        const rest = windowOf(o)
        const { src, weights, dst } = o
        const bias = o.bias?.ref ?? null
        if (o.direction === 'forward' || forward)
          return convolution.forward(
            d,
            propagation.forward,
            CONVOLUTION_DIRECT,
            src.ref,
            weights.ref,
            bias,
            dst.ref,
            ...rest,
          )
        if (o.direction === 'backwardData')
          return convolution.backwardData(d, CONVOLUTION_DIRECT, src.ref, weights.ref, dst.ref, ...rest)
        return convolution.backwardWeights(d, CONVOLUTION_DIRECT, src.ref, weights.ref, bias, dst.ref, ...rest)
      }
      case 'pooling': {
        const [strides, dilates, begin, end] = windowOf(o)
        const rest = [strides, int64(o.kernel), dilates, begin, end]
        const algorithm = pooling[o.algorithm]
        if (o.direction === 'forward' || forward)
          return poolForward(d, propagation.forward, algorithm, o.src.ref, o.dst.ref, ...rest)
        return poolBackward(d, algorithm, o.src.ref, o.dst.ref, ...rest)
      }
      case 'eltwise': {
        const algorithm = eltwise[o.algorithm]
        if (o.direction === 'forward' || forward)
          return eltwiseForward(d, propagation.forward, algorithm, o.data.ref, o.alpha, o.beta)
        return eltwiseBackward(d, algorithm, o.data.ref, o.data.ref, o.alpha, o.beta)
      }
      case 'binary':
        return binaryInit(d, binary[o.algorithm], o.a.ref, o.b.ref, o.dst.ref)
      case 'prelu':
        if (o.direction === 'forward' || forward) return preluForward(d, propagation.forward, o.data.ref, o.slope.ref)
        return preluBackward(d, o.data.ref, o.slope.ref, o.data.ref, o.slope.ref)
      case 'batchNorm':
        if (o.direction === 'forward' || forward)
          return normForward(d, propagation.forward, o.data.ref, o.eps, USE_SCALE_AND_SHIFT)
        return normBackward(d, propagation.backward, o.data.ref, o.data.ref, o.eps, USE_SCALE_AND_SHIFT)
      case 'layerNorm':
        if (o.direction === 'forward' || forward)
          return layerNormForward(d, propagation.forward, o.data.ref, o.stats.ref, o.eps, USE_SCALE_AND_SHIFT)
        return layerNormBackward(
          d,
          propagation.backward,
          o.data.ref,
          o.data.ref,
          o.stats.ref,
          o.eps,
          USE_SCALE_AND_SHIFT,
        )
      case 'softmax': {
        const algorithm = o.log ? SOFTMAX_LOG : SOFTMAX
        if (o.direction === 'forward' || forward)
          return softmaxForward(d, propagation.forward, algorithm, o.data.ref, o.data.ref, o.axis)
        return softmaxBackward(d, algorithm, o.data.ref, o.data.ref, o.data.ref, o.axis)
      }
      case 'reduction':
        return reductionInit(d, reduction[o.algorithm], o.src.ref, o.dst.ref, 0, 0)
      case 'matmul':
        return matmul(d, o.a.ref, o.b.ref, null, o.dst.ref)
      case 'resampling':
        if (o.direction === 'forward' || forward)
          return resampleForward(d, propagation.forward, RESAMPLING_LINEAR, null, o.src.ref, o.dst.ref)
        return resampleBackward(d, RESAMPLING_LINEAR, null, o.src.ref, o.dst.ref)
      case 'reorder':
      case 'concat':
        return UNIMPLEMENTED
    }
  }

  return {
    init,
    /** Reorder and concat have no operation descriptor. */
    copying(
      out: BigInt64Array,
      o: Extract<Operation, { kind: 'reorder' | 'concat' }>,
      attr: bigint,
      engine: bigint,
    ): number {
      if (o.kind === 'reorder') return reorder(out, o.src.ref, engine, o.dst.ref, engine, attr)
      const sources = new Uint8Array(DESCRIPTOR_BYTES * o.sources.length)
      o.sources.forEach(({ ref }, i) => sources.set(ref as Uint8Array, DESCRIPTOR_BYTES * i)) // refs of this table are bytes
      return concat(out, o.dst.ref, o.sources.length, o.axis, sources, attr, engine)
    },
    append(list: bigint, op: PostOp): number {
      if (op.kind === 'sum') return appendSum(list, 1)
      if (op.kind === 'eltwise') return appendEltwise(list, 1, eltwise[op.algorithm], op.alpha, op.beta)
      return appendBinary(list, binary[op.algorithm], op.operand.ref)
    },
    isa: f('int dnnl_get_effective_cpu_isa()'),
    engineCreate: f('int dnnl_engine_create(void *out, int kind, size_t index)'),
    streamCreate: f('int dnnl_stream_create(void *out, void *engine, uint flags)'),
    byTag: f(`int dnnl_memory_desc_init_by_tag(void *d, int rank, ${md}dims, int type, int tag)`),
    byStrides: f(`int dnnl_memory_desc_init_by_strides(void *d, int rank, ${md}dims, int type, ${md}strides)`),
    submemory: f(`int dnnl_memory_desc_init_submemory(void *d, ${md}parent, ${md}dims, ${md}offsets)`),
    attrCreate: f('int dnnl_primitive_attr_create(void *out)'),
    attrDestroy: f('int dnnl_primitive_attr_destroy(void *attr)'),
    attrScratchpad: f('int dnnl_primitive_attr_set_scratchpad_mode(void *attr, int mode)'),
    attrPostOps: f('int dnnl_primitive_attr_set_post_ops(void *attr, void *list)'),
    postOpsCreate: f('int dnnl_post_ops_create(void *out)'),
    postOpsDestroy: f('int dnnl_post_ops_destroy(void *list)'),
    descCreate: f(`int dnnl_primitive_desc_create(void *out, ${md}operation, void *attr, void *engine, void *hint)`),
    descDestroy: f('int dnnl_primitive_desc_destroy(void *d)'),
    implementation: native.text('int dnnl_primitive_desc_query(void *d, int what, int index, _Out_ char **text)'),
    queryLayout: native.address('void *dnnl_primitive_desc_query_md(void *d, int what, int index)'),
    copy: native.copy,
    create: f('int dnnl_primitive_create(void *out, void *d)'),
    destroy: f('int dnnl_primitive_destroy(void *primitive)'),
    execute: f(`int dnnl_primitive_execute(void *primitive, void *stream, int count, ${md}args)`),
    wait: f('int dnnl_stream_wait(void *stream)'),
    memoryCreate: f(`int dnnl_memory_create(void *out, ${md}layout, void *engine, void *address)`),
    memoryDestroy: f('int dnnl_memory_destroy(void *memory)'),
  }
}
