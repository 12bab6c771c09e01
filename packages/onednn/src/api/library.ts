import type { Api, Layout, Operation, PostOp, Primitive, Tag } from '../api.ts'
import type { Binding, Native, Version } from './binding.ts'
import { nothing, stridesInOrder } from './layout.ts'
import { BFLOAT16_UNITS, TAG_ANY, argumentNumber, binary, query } from './numbers.ts'
import { callOf, eltwiseOf, forwardOf } from './operations.ts'
import { OK, UNIMPLEMENTED, check, created } from './status.ts'
import { bindV2 } from './v2.ts'
import { bindV3 } from './v3.ts'

const CPU = 1
const IN_ORDER = 1
const SCRATCHPAD_FROM_USER = 1

/** The library behind the interface that holds for both of its versions. */
export function createApi(native: Native, version: Version): Api {
  const c = functions(native)
  const engine = created('engine', (out) => c.engineCreate(out, CPU, 0))
  const stream = created('stream', (out) => c.streamCreate(out, engine, IN_ORDER))
  const binding = version.major === 2 ? bindV2(native, engine) : bindV3(native, engine)
  const asked = new Map<string, Layout>()
  const once = (key: string, make: () => Layout): Layout => {
    const layout = asked.get(key) ?? make()
    asked.set(key, layout)
    return layout
  }
  const strided: Api['strided'] = (dtype, dims, strides) =>
    once(`${dtype}|${dims}|${strides}`, () => binding.strided(dtype, dims, strides))

  const attributes = (operation: Operation, postOps: readonly PostOp[]): bigint => {
    const attr = created('attributes', (out) => c.attrCreate(out))
    check(c.attrScratchpad(attr, SCRATCHPAD_FROM_USER), 'scratchpad mode')
    const careful = operation.kind === 'reorder' && forgetsGaps(version, operation.src, operation.dst)
    if (postOps.length === 0 && !careful) return attr
    const list = created('post-ops', (out) => c.postOpsCreate(out))
    if (careful) check(binding.appendSum(list, 0), 'post-op sum')
    for (const op of postOps) check(append(list, op), `post-op ${op.kind}`)
    check(c.attrPostOps(attr, list), 'post-ops')
    c.postOpsDestroy(list)
    return attr
  }
  const append = (list: bigint, op: PostOp): number => {
    if (op.kind === 'sum') return binding.appendSum(list, 1)
    if (op.kind === 'binary') return c.appendBinary(list, binary[op.algorithm], op.operand.ref)
    return binding.appendEltwise(list, ...eltwiseOf(op, binding.dialect))
  }

  const describe = (out: BigInt64Array, o: Operation, attr: bigint): number => {
    if (o.kind === 'reorder') return c.reorder(out, o.src.ref, engine, o.dst.ref, engine, attr)
    if (o.kind === 'concat') return binding.concat(out, o, attr)
    const forward = forwardOf(o)
    if (!forward) return binding.describe(out, callOf(o, binding.dialect), attr, null)
    const hint = new BigInt64Array(1)
    if (binding.describe(hint, callOf(forward, binding.dialect), null, null) !== OK) return UNIMPLEMENTED
    const status = binding.describe(out, callOf(o, binding.dialect), attr, hint[0])
    c.descDestroy(hint[0])
    return status
  }

  const primitive: Api['primitive'] = (operation, postOps = []) => {
    const attr = attributes(operation, postOps)
    const out = new BigInt64Array(1)
    const status = describe(out, operation, attr)
    c.attrDestroy(attr)
    if (status === UNIMPLEMENTED) return null
    check(status, operation.kind)
    const [description] = out
    const implementation = c.implementation(description, query.implementation, 0)
    const handle = created(operation.kind, (made) => c.create(made, description))
    const layouts = layoutsOf(description)
    c.descDestroy(description)
    return { handle, implementation, layout: (role) => layouts.get(role) ?? nothing }
  }
  const layoutsOf = (description: bigint): ReadonlyMap<ChosenRole, Layout> => {
    const layouts = new Map<ChosenRole, Layout>()
    for (const role of chosenRoles) {
      const address = c.queryLayout(description, query[role], 0)
      const layout = address === null ? null : binding.layoutAt(address)
      if (layout) layouts.set(role, layout)
    }
    return layouts
  }

  return {
    version: `${version.major}.${version.minor}.${version.patch}`,
    hasBfloat16: (c.isa() & BFLOAT16_UNITS) !== 0,
    batchNormGradTakesShift: version.major === 2,
    hasOwnPostOpParameters: version.major > 2 || version.minor >= 7,
    layout(dtype, dims, tag) {
      const order = orders[tag]?.(dims.map((_, axis) => axis))
      if (order) return strided(dtype, dims, stridesInOrder(dims, order))
      return once(`${dtype}|${dims}|${tag}`, () => binding.tagged(dtype, dims, tagNumber(binding, dims.length, tag)))
    },
    strided,
    part: binding.part,
    primitive,
    destroy: ({ handle }) => void c.destroy(handle),
    memory: (layout, address) => created('memory', (out) => c.memoryCreate(out, layout.ref, engine, address)),
    destroyMemory: (memory) => void c.memoryDestroy(memory),
    argument: (role) => argumentNumber(role, binding.dialect),
    execute: (primitive, count, args) => c.execute(primitive, stream, count, args),
    wait: () => c.wait(stream),
    dispose() {
      asked.clear()
      binding.dispose()
      c.streamDestroy(stream)
      c.engineDestroy(engine)
    },
  }
}

/**
 * Whether the library would copy as if there were no gaps: from 3.7 on between equal strides (between equal blocks 3.12
 * still does). Not so with a post-op; a sum that takes nothing of what was there before is one, and costs nothing.
 */
function forgetsGaps({ major, minor }: Version, src: Layout, dst: Layout): boolean {
  const alike = src.strides.join() === dst.strides.join() && src.blocks.length === dst.blocks.length
  return major === 3 && minor >= 7 && alike && !(src.dense && dst.dense)
}

type ChosenRole = Parameters<Primitive['layout']>[0]
const chosenRoles = ['src', 'weights', 'dst', 'diffSrc', 'diffWeights', 'diffDst', 'workspace', 'scratchpad'] as const

/** The order of the axes, slowest first, in layouts without blocks. */
const orders: Partial<Record<Tag, (axes: readonly number[]) => readonly number[]>> = {
  plain: (axes) => axes,
  channelsLast: (axes) => [...axes.slice(0, 1), ...axes.slice(2), ...axes.slice(1, 2)],
}

function tagNumber({ dialect }: Binding, rank: number, tag: Tag): number {
  const number = tag === 'any' ? TAG_ANY : dialect.blockedTags[rank]
  if (number === undefined) throw new Error(`oneDNN: no ${tag} layout for ${rank} axes`)
  return number
}

/** What is called alike in both versions. */
function functions(native: Native) {
  const f = (declaration: string) => native.func(declaration)
  return {
    isa: f('int dnnl_get_effective_cpu_isa()'),
    engineCreate: f('int dnnl_engine_create(void *out, int kind, size_t index)'),
    engineDestroy: f('int dnnl_engine_destroy(void *engine)'),
    streamCreate: f('int dnnl_stream_create(void *out, void *engine, uint flags)'),
    streamDestroy: f('int dnnl_stream_destroy(void *stream)'),
    attrCreate: f('int dnnl_primitive_attr_create(void *out)'),
    attrDestroy: f('int dnnl_primitive_attr_destroy(void *attr)'),
    attrScratchpad: f('int dnnl_primitive_attr_set_scratchpad_mode(void *attr, int mode)'),
    attrPostOps: f('int dnnl_primitive_attr_set_post_ops(void *attr, void *list)'),
    postOpsCreate: f('int dnnl_post_ops_create(void *out)'),
    postOpsDestroy: f('int dnnl_post_ops_destroy(void *list)'),
    appendBinary: f('int dnnl_post_ops_append_binary(void *list, int alg, const void *operand)'),
    reorder: f(
      'int dnnl_reorder_primitive_desc_create(void *out, const void *src, void *srcEngine, const void *dst, void *dstEngine, void *attr)',
    ),
    descDestroy: f('int dnnl_primitive_desc_destroy(void *d)'),
    implementation: native.text('int dnnl_primitive_desc_query(void *d, int what, int index, _Out_ char **text)'),
    queryLayout: native.address('void *dnnl_primitive_desc_query_md(void *d, int what, int index)'),
    create: f('int dnnl_primitive_create(void *out, void *d)'),
    destroy: f('int dnnl_primitive_destroy(void *primitive)'),
    execute: f('int dnnl_primitive_execute(void *primitive, void *stream, int count, const void *args)'),
    wait: f('int dnnl_stream_wait(void *stream)'),
    memoryCreate: f('int dnnl_memory_create(void *out, const void *layout, void *engine, void *address)'),
    memoryDestroy: f('int dnnl_memory_destroy(void *memory)'),
  }
}
