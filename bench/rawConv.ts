import { viewOf, type Library, type MemoryType, type Operation, type Role } from '@volvox/onednn/internal'
import type { Convolution, Direction } from './convolutions.ts'

type LayoutRole = 'src' | 'weights' | 'dst' | 'diffSrc' | 'diffWeights' | 'diffDst'

const rolesOf: Readonly<Record<Direction, readonly LayoutRole[]>> = {
  forward: ['src', 'weights', 'dst'],
  backwardData: ['diffDst', 'weights', 'diffSrc'],
  backwardWeights: ['src', 'diffDst', 'diffWeights'],
}

/** Milliseconds of each call of oneDNN's own primitive in the layouts that it likes best, and its kernel; null where it has none. */
export function rawConvolution(
  { api, allocate, free }: Library,
  c: Convolution,
  direction: Direction,
  dtype: MemoryType,
  calls: number,
): { readonly times: readonly number[]; readonly kernel: string } | null {
  const any = (dims: readonly number[], type = dtype) => api.layout(type, dims, 'any')
  const operation: Operation = {
    kind: 'convolution',
    direction,
    src: any(c.x),
    ...(direction !== 'forward' && { forward: { src: any(c.x), weights: any(c.w), dst: any(c.y) } }),
    weights: any(c.w, direction === 'backwardWeights' ? 'float32' : dtype), // gradients of weights are float32
    bias: null,
    dst: any(c.y),
    strides: [c.stride, c.stride, c.stride],
    dilates: [0, 0, 0],
    padBegin: [c.pad, c.pad, c.pad],
    padEnd: [c.pad, c.pad, c.pad],
  }
  const primitive = api.primitive(operation)
  if (!primitive) return null
  const roles: readonly ((LayoutRole & Role) | 'scratchpad')[] = [...rolesOf[direction], 'scratchpad']
  const table = allocate(16 * roles.length)
  const words = new BigInt64Array(viewOf(table, 16 * roles.length))
  const addresses = [table]
  const memories = roles.map((role, i) => {
    const layout = primitive.layout(role)
    const address = allocate(layout.bytes)
    new Uint8Array(viewOf(address, layout.bytes)).fill(0x3f) // 0.75 in float32 and in bfloat16
    const memory = api.memory(layout, address)
    words.set([BigInt(api.argument(role)), memory], 2 * i)
    addresses.push(address)
    return memory
  })
  const times = Array.from({ length: calls + 1 }, () => {
    const start = performance.now()
    const failed = api.execute(primitive.handle, roles.length, table) | api.wait()
    if (failed !== 0) throw new Error(`conv: ${c.name} ${direction} failed`)
    return performance.now() - start
  }).slice(1) // the first warms up
  memories.forEach((memory) => api.destroyMemory(memory))
  api.destroy(primitive)
  addresses.forEach((address) => free(address))
  return { times, kernel: primitive.implementation }
}
