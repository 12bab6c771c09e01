import type { Layout, MemoryType, Ref } from '../api.ts'
import { types, widths } from './numbers.ts'

/** What a memory descriptor says, whatever its form. */
export interface Fields {
  /** dnnl_data_type_t */
  readonly type: number
  readonly dims: readonly number[]
  /** Dims rounded up to whole blocks. */
  readonly padded: readonly number[]
  /** All 0 while the primitive has not chosen. */
  readonly strides: readonly number[]
  readonly blocks: Layout['blocks']
  /** Elements before the first one, in a part of a whole. */
  readonly offset: number
}

export function keyOf({ type, offset, dims, padded, strides, blocks }: Fields): string {
  return `${type}|${offset}|${dims}|${padded}|${strides}|${blocks.map(({ axis, size }) => `${axis}:${size}`)}`
}

export function layoutOf(ref: Ref, fields: Fields): Layout {
  const { type, dims, padded, strides, blocks, offset } = fields
  const inner = blocks.reduce((product, { size }) => product * size, 1)
  const outer = padded.map((n, axis) => blocks.reduce((m, b) => (b.axis === axis ? m / b.size : m), n))
  const extent = padded.includes(0) ? 0 : outer.reduce((last, n, i) => last + (n - 1) * strides[i], 0) + inner
  const elements = dims.reduce((product, n) => product * n, 1)
  return {
    ref,
    dtype: typeOf(type),
    dims,
    strides,
    blocks,
    bytes: (offset + extent) * (widths[type] ?? 4),
    dense: offset === 0 && extent === elements,
    key: keyOf(fields),
  }
}

/** What stands for an argument that a primitive does not have. */
export const nothing: Layout = {
  ref: 0n,
  dtype: 'float32',
  dims: [],
  strides: [],
  blocks: [],
  bytes: 0,
  dense: true,
  key: '',
}

function typeOf(type: number): MemoryType {
  return type === types.int32 ? 'int32' : type === types.bfloat16 ? 'bfloat16' : 'float32'
}

/** Distances between neighbours when elements lie without gaps and the axes change in this order, slowest first. */
export function stridesInOrder(dims: readonly number[], order: readonly number[]): number[] {
  const strides = dims.map(() => 1)
  let step = 1
  for (const axis of [...order].reverse()) {
    strides[axis] = step
    step *= Math.max(1, dims[axis])
  }
  return strides
}
