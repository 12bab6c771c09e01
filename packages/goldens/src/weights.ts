import { sizeOf, type Tensor } from 'volvox'
import type { Golden } from './golden.ts'

type Entry = readonly [
  key: string,
  shape: readonly number[],
  center: number | { readonly same_as: string },
  half: number,
]

/** The weights of a network case, under their state-dict keys: stored in the file, or made by its formula. */
export function weightsOf(golden: Golden): Record<string, Tensor> {
  const stored = Object.entries(golden.tensors).flatMap(([key, tensor]): [string, Tensor][] =>
    key.startsWith('w.') ? [[key.slice(2), tensor]] : [],
  )
  const weights = Object.fromEntries(stored)
  for (const [key, shape, center, half] of JSON.parse(golden.metadata.formula ?? '[]') as Entry[])
    weights[key] = typeof center === 'number' ? formulaWeights(key, shape, center, half) : weights[center.same_as]
  return weights
}

/** Numbers that look random and depend on nothing but the key: a hash of its CRC and the position. */
export function formulaWeights(key: string, shape: readonly number[], center: number, half: number): Tensor {
  const crc = crc32(new TextEncoder().encode(key))
  const data = new Float32Array(sizeOf(shape))
  for (let i = 0; i < data.length; i++) {
    let x = (Math.imul(i + 1, 2654435761) + crc) >>> 0
    x ^= x >>> 16
    x = Math.imul(x, 0x85ebca6b)
    x ^= x >>> 13
    x = Math.imul(x, 0xc2b2ae35)
    x ^= x >>> 16
    data[i] = center + half * (2 * ((x >>> 0) / 4294967296) - 1)
  }
  return { dtype: 'float32', shape, data }
}

/** The checksum of zlib, bit by bit; keys are short. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}
