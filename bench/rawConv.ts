import { viewOf, type Library, type MemoryType, type Operation, type Role } from '@volvox/onednn/internal'
import type { Convolution, Direction } from './convolutions.ts'

type LayoutRole = 'src' | 'weights' | 'dst' | 'diffSrc' | 'diffWeights' | 'diffDst'

const rolesOf: Readonly<Record<Direction, readonly LayoutRole[]>> = {
  forward: ['src', 'weights', 'dst'],
  backwardData: ['diffDst', 'weights', 'diffSrc'],
  backwardWeights: ['src', 'diffDst', 'diffWeights'],
}

/** Milliseconds a call of oneDNN's own primitive with the layouts that it likes best, and the kernel's name. */
export function rawConvolution(
  { api, allocate, free }: Library,
  c: Convolution,
  direction: Direction,
  dtype: MemoryType,
  reps: number,
): { readonly ms: number; readonly kernel: string } {
  const any = (dims: readonly number[], type = dtype) => api.layout(type, dims, 'any')
  const operation: Operation = {
    kind: 'convolution',
    direction,
    src: any(c.x),
    weights: any(c.w, direction === 'backwardWeights' ? 'float32' : dtype), // gradients of weights are float32
    bias: null,
    dst: any(c.y),
    strides: [c.stride, c.stride, c.stride],
    dilates: [0, 0, 0],
    padBegin: [c.pad, c.pad, c.pad],
    padEnd: [c.pad, c.pad, c.pad],
  }
  const primitive = api.primitive(operation)
  if (!primitive) throw new Error(`conv: oneDNN has no ${dtype} kernel for ${c.name} ${direction}`)
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
  const run = () => api.execute(primitive.handle, roles.length, table) | api.wait()
  run()
  const start = performance.now()
  for (let i = 0; i < reps; i++) if (run() !== 0) throw new Error(`conv: ${c.name} ${direction} failed`)
  const ms = (performance.now() - start) / reps
  memories.forEach((memory) => api.destroyMemory(memory))
  api.destroy(primitive)
  addresses.forEach((address) => free(address))
  return { ms, kernel: primitive.implementation }
}
