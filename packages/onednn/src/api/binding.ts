import type { Layout, MemoryType, Operation, Ref } from '../api.ts'
import type { Dialect } from './numbers.ts'
import type { Call } from './operations.ts'

export interface Version {
  readonly major: 2 | 3
  readonly minor: number
  readonly patch: number
}

/** What the API tables are built from: C functions by their declaration. */
export interface Native {
  /** A function of libdnnl; addresses and typed arrays both pass as pointers. */
  func(declaration: string): (...args: readonly (Ref | number | null)[]) => number
  /** A function whose last argument is where it leaves a text. */
  text(declaration: string): (...args: readonly (Ref | number)[]) => string
  /** A function that returns an address; null for none. */
  address(declaration: string): (...args: readonly (Ref | number)[]) => bigint | null
  /** Native bytes as JavaScript's own. */
  copy(address: bigint, bytes: number): Uint8Array
}

/** What each version of the library does in its own way. Numbers that are returned are of dnnl_status_t. */
export interface Binding {
  readonly dialect: Dialect
  strided(dtype: MemoryType, dims: readonly number[], strides: readonly number[]): Layout
  /** `tag` is of dnnl_format_tag_t. */
  tagged(dtype: MemoryType, dims: readonly number[], tag: number): Layout
  part(parent: Layout, dims: readonly number[], offsets: readonly number[]): Layout
  /** The layout at an address in a primitive's description; null for none. */
  layoutAt(address: bigint): Layout | null
  /** Leaves a primitive's description; `hint` is that of the forward primitive where this one is backward. */
  describe(out: BigInt64Array, call: Call, attributes: bigint | null, hint: bigint | null): number
  concat(out: BigInt64Array, operation: Extract<Operation, { kind: 'concat' }>, attributes: bigint): number
  appendEltwise(postOps: bigint, algorithm: number, alpha: number, beta: number): number
  appendSum(postOps: bigint, scale: number): number
  /** Gives back what layouts hold. */
  dispose(): void
}
