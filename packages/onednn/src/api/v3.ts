import type { Layout } from '../api.ts'
import type { Binding, Native } from './binding.ts'
import { keyOf, layoutOf, type Fields } from './layout.ts'
import { FORMAT_ANY, FORMAT_BLOCKED, dialectV3, memoryQuery, types } from './numbers.ts'
import { declared, int64, type Call } from './operations.ts'
import { check, created } from './status.ts'

// Version 3: everything is an opaque handle. Those of memory descriptors belong to one registry, where each layout is
// kept once, however often it is asked for; `dispose` gives them back.

export function bindV3(native: Native, engine: bigint): Binding {
  const f = (declaration: string) => native.func(declaration)
  const byTag = f('int dnnl_memory_desc_create_with_tag(void *out, int rank, const void *dims, int type, int tag)')
  const byStrides = f(
    'int dnnl_memory_desc_create_with_strides(void *out, int rank, const void *dims, int type, const void *strides)',
  )
  const submemory = f(
    'int dnnl_memory_desc_create_submemory(void *out, const void *parent, const void *dims, const void *offsets)',
  )
  const clone = f('int dnnl_memory_desc_clone(void *out, const void *d)')
  const destroy = f('int dnnl_memory_desc_destroy(void *d)')
  const concat = f(
    'int dnnl_concat_primitive_desc_create(void *out, void *engine, const void *dst, int n, int axis, const void *sources, void *attr)',
  )
  const eltwise = f('int dnnl_post_ops_append_eltwise(void *list, int alg, float alpha, float beta)')
  const sum = f('int dnnl_post_ops_append_sum(void *list, float scale, int zeroPoint, int type)')
  const read = reader(native)
  const known = new Map<string, Layout>()
  const creators = new Map<string, ReturnType<Native['func']>>()

  /** The one layout of these fields; `own` gives a handle to keep when there is none yet. */
  const registered = (fields: Fields, own: () => bigint): Layout => {
    const key = keyOf(fields)
    const layout = known.get(key) ?? layoutOf(own(), fields)
    known.set(key, layout)
    return layout
  }
  const made = (what: string, create: (out: BigInt64Array) => number): Layout => {
    const handle = created(what, create)
    const layout = registered(read(handle), () => handle)
    if (layout.ref !== handle) destroy(handle)
    return layout
  }
  const creatorOf = (call: Call, hasHint: boolean) => {
    const rest = hasHint ? 'void *hint, void *attr' : 'void *attr'
    const known =
      creators.get(call.name) ??
      f(`int dnnl_${call.name}_primitive_desc_create(void *out, void *engine, ${declared(call)}, ${rest})`)
    creators.set(call.name, known)
    return known
  }

  return {
    dialect: dialectV3,
    strided: (dtype, dims, strides) =>
      made(`layout [${dims.join(', ')}]`, (out) =>
        byStrides(out, dims.length, int64(dims), types[dtype], int64(strides)),
      ),
    tagged: (dtype, dims, tag) =>
      made(`layout [${dims.join(', ')}]`, (out) => byTag(out, dims.length, int64(dims), types[dtype], tag)),
    part: (parent, dims, offsets) =>
      made('part of a layout', (out) => submemory(out, parent.ref, int64(dims), int64(offsets))),
    layoutAt(address) {
      const fields = read(address)
      if (fields.dims.length === 0) return null
      return registered(fields, () => created('copy of a layout', (out) => clone(out, address)))
    },
    describe(out, call, attributes, hint) {
      const create = creatorOf(call, hint !== null)
      const own = call.parameters.map(([, argument]) => argument)
      return create(out, engine, ...own, ...(hint === null ? [] : [hint]), attributes)
    },
    concat(out, { sources, axis, dst }, attributes) {
      const list = BigInt64Array.from(sources, ({ ref }) => ref as bigint) // refs of this version are handles
      return concat(out, engine, dst.ref, sources.length, axis, list, attributes)
    },
    appendEltwise: eltwise,
    appendSum: (postOps, scale) => sum(postOps, scale, 0, 0), // of the result's own type
    dispose() {
      for (const { ref } of known.values()) destroy(ref)
      known.clear()
    },
  }
}

/** Reads a memory descriptor through the library's queries. */
function reader(native: Native): (handle: bigint) => Fields {
  const ask = native.func('int dnnl_memory_desc_query(const void *d, int what, void *out)')
  const out = new BigInt64Array(1)
  const answer = (handle: bigint, what: keyof typeof memoryQuery): bigint => {
    out[0] = 0n
    check(ask(handle, memoryQuery[what], out), `asking a layout for its ${what}`)
    return out[0]
  }
  const number = (handle: bigint, what: keyof typeof memoryQuery) => Number(BigInt.asIntN(32, answer(handle, what)))
  const list = (handle: bigint, what: keyof typeof memoryQuery, count: number): number[] =>
    count === 0 ? [] : Array.from(new BigInt64Array(native.copy(answer(handle, what), 8 * count).buffer), Number)
  return (handle) => {
    const rank = number(handle, 'rank')
    const type = number(handle, 'type')
    const dims = list(handle, 'dims', rank)
    const kind = number(handle, 'kind')
    if (rank === 0 || kind === FORMAT_ANY)
      return { type, dims, padded: dims, strides: dims.map(() => 0), blocks: [], offset: 0 }
    if (kind !== FORMAT_BLOCKED) throw new Error(`oneDNN: a layout of kind ${kind}, which has no strides`)
    const blockCount = number(handle, 'blockCount')
    const sizes = list(handle, 'blockSizes', blockCount)
    return {
      type,
      dims,
      padded: list(handle, 'padded', rank),
      strides: list(handle, 'strides', rank),
      blocks: list(handle, 'blockAxes', blockCount).map((axis, i) => ({ axis, size: sizes[i] })),
      offset: Number(answer(handle, 'offset')),
    }
  }
}
