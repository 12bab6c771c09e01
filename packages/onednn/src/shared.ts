import type { Tensor } from 'volvox/core'
import type { Tensors } from 'volvox/graph'

// Memory that both threads see. Fresh memory is slow, all the more in virtual machines: a copy into arrays that are
// there already takes a tenth of what a clone takes.

const LARGE = 1 << 16 // bytes

/** The same tensors, large ones in shared memory: that of `before` where it fits, which is written over. */
export function inSharedMemory(tensors: Tensors, before: Tensors = {}): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, shared(tensor, before[name])] as const),
  )
}

function shared(tensor: Tensor, before: Tensor | undefined): Tensor {
  const { dtype, shape, data } = tensor
  if (data.byteLength < LARGE || data.buffer instanceof SharedArrayBuffer) return tensor
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const known = before?.dtype === dtype && before.data.byteLength === data.byteLength ? before.data : null
  const buffer = known && known.buffer instanceof SharedArrayBuffer ? known.buffer : new SharedArrayBuffer(data.byteLength) // prettier-ignore
  new Uint8Array(buffer).set(bytes)
  const View = data.constructor as new (buffer: SharedArrayBuffer) => Tensor['data'] // that of a typed array
  return { dtype, shape, data: new View(buffer) }
}
