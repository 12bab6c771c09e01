import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { bytesIn } from './dtype.ts'
import type { Tensor } from './tensor.ts'

/** SHA-256 of elements, their type and shape, as 64 hexadecimal digits: equal images have the same. */
export function contentOf({ dtype, shape, data }: Tensor): string {
  const head = new TextEncoder().encode(`${dtype} ${shape.join('x')}\n`)
  return bytesToHex(sha256.create().update(head).update(bytesIn(data)).digest())
}
