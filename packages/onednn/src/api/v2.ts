import type { Layout } from '../api.ts'
import type { Binding, Native } from './binding.ts'
import { layoutOf, type Fields } from './layout.ts'
import { dialectV2, types } from './numbers.ts'
import { declared, int64, type Call } from './operations.ts'
import { OK, check } from './status.ts'

// Version 2: C structures that `..._init` functions fill. They are opaque here, but for the memory descriptor
// (dnnl_memory_desc_t), whose fields lie at these bytes.
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

export function bindV2(native: Native, engine: bigint): Binding {
  const byTag = native.func('int dnnl_memory_desc_init_by_tag(void *d, int rank, const void *dims, int type, int tag)')
  const byStrides = native.func(
    'int dnnl_memory_desc_init_by_strides(void *d, int rank, const void *dims, int type, const void *strides)',
  )
  const submemory = native.func(
    'int dnnl_memory_desc_init_submemory(void *d, const void *parent, const void *dims, const void *offsets)',
  )
  const create = native.func(
    'int dnnl_primitive_desc_create(void *out, const void *operation, void *attr, void *engine, void *hint)',
  )
  const concat = native.func(
    'int dnnl_concat_primitive_desc_create(void *out, const void *dst, int n, int axis, const void *sources, void *attr, void *engine)',
  )
  const eltwise = native.func(
    'int dnnl_post_ops_append_eltwise(void *list, float scale, int alg, float alpha, float beta)',
  )
  const sum = native.func('int dnnl_post_ops_append_sum(void *list, float scale)')
  const inits = new Map<string, ReturnType<Native['func']>>()
  const initOf = (call: Call) => {
    const known = inits.get(call.name) ?? native.func(`int dnnl_${call.name}_desc_init(void *d, ${declared(call)})`)
    inits.set(call.name, known)
    return known
  }
  const made = (what: string, fill: (ref: Uint8Array) => number): Layout => {
    const ref = new Uint8Array(DESCRIPTOR_BYTES)
    check(fill(ref), what)
    return layoutOf(ref, fieldsOf(ref))
  }

  return {
    dialect: dialectV2,
    strided: (dtype, dims, strides) =>
      made(`layout [${dims.join(', ')}]`, (ref) =>
        byStrides(ref, dims.length, int64(dims), types[dtype], int64(strides)),
      ),
    tagged: (dtype, dims, tag) =>
      made(`layout [${dims.join(', ')}]`, (ref) => byTag(ref, dims.length, int64(dims), types[dtype], tag)),
    part: (parent, dims, offsets) =>
      made('part of a layout', (ref) => submemory(ref, parent.ref, int64(dims), int64(offsets))),
    layoutAt(address) {
      const ref = native.copy(address, DESCRIPTOR_BYTES)
      const fields = fieldsOf(ref)
      return fields.dims.length === 0 ? null : layoutOf(ref, fields)
    },
    describe(out, call, attributes, hint) {
      const operation = new Uint8Array(LARGEST_OPERATION)
      const status = initOf(call)(operation, ...call.parameters.map(([, argument]) => argument))
      return status === OK ? create(out, operation, attributes, engine, hint) : status
    },
    concat(out, { sources, axis, dst }, attributes) {
      const list = new Uint8Array(DESCRIPTOR_BYTES * sources.length)
      sources.forEach(({ ref }, i) => list.set(ref as Uint8Array, DESCRIPTOR_BYTES * i)) // refs of this version are bytes
      return concat(out, dst.ref, sources.length, axis, list, attributes, engine)
    },
    appendEltwise: (postOps, algorithm, alpha, beta) => eltwise(postOps, 1, algorithm, alpha, beta),
    appendSum: sum,
    dispose() {}, // layouts are JavaScript's own bytes
  }
}

/** Reads dnnl_memory_desc_t. */
function fieldsOf(ref: Uint8Array): Fields {
  const view = new DataView(ref.buffer, ref.byteOffset)
  const list = (at: number, count: number) =>
    Array.from({ length: count }, (_, i) => Number(view.getBigInt64(at + 8 * i, true)))
  const rank = view.getInt32(field.rank, true)
  const blockCount = view.getInt32(field.blockCount, true)
  const sizes = list(field.blockSizes, blockCount)
  return {
    type: view.getInt32(field.type, true),
    dims: list(field.dims, rank),
    padded: list(field.padded, rank),
    strides: list(field.strides, rank),
    blocks: list(field.blockAxes, blockCount).map((axis, i) => ({ axis, size: sizes[i] })),
    offset: Number(view.getBigInt64(field.offset, true)),
  }
}
