import type { Layout, Operation, PostOp, Primitive, Role } from '../api.ts'
import { viewOf, type Library } from '../ffi.ts'

// For tests only.

/** Runs one primitive once; arguments without numbers begin as zeros. Gives the bytes of each argument afterwards. */
export function runOnce(
  { api, allocate, free }: Library,
  operation: Operation,
  args: readonly (readonly [role: Role, layout: Layout, numbers?: readonly number[]])[],
  postOps: readonly PostOp[] = [],
): { readonly primitive: Primitive; of(role: Role): Float32Array } {
  const primitive = api.primitive(operation, postOps)
  if (!primitive) throw new Error(`no ${operation.kind}`)
  const scratchpad = primitive.layout('scratchpad')
  const all = scratchpad.bytes > 0 ? [...args, ['scratchpad', scratchpad] as const] : args
  const places = all.map(([role, layout, numbers]) => {
    const address = allocate(layout.bytes)
    const view = viewOf(address, layout.bytes)
    if (numbers) new Float32Array(view, 0, numbers.length).set(numbers)
    return { role, address, view, memory: api.memory(layout, address) }
  })
  const table = allocate(16 * places.length) // dnnl_exec_arg_t: an int, padding, a pointer
  const words = places.flatMap(({ role, memory }) => [BigInt(api.argument(role)), memory])
  new BigInt64Array(viewOf(table, 16 * places.length)).set(words)
  const status = api.execute(primitive.handle, places.length, table) | api.wait()
  if (status !== 0) throw new Error(`${operation.kind} failed with ${status}`)
  const results = new Map(places.map(({ role, view }) => [role, new Float32Array(view.slice(0, view.byteLength & ~3))]))
  for (const { address, memory } of places) {
    api.destroyMemory(memory)
    free(address)
  }
  free(table)
  api.destroy(primitive)
  return { primitive, of: (role) => results.get(role) ?? new Float32Array() }
}
