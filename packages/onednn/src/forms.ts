import { GraphError, sizeOf } from 'volvox/core'
import type { GraphDType, Node, Value } from 'volvox/graph'
import type { Layout, MemoryType, Primitive, Role } from './api.ts'
import type { Lifetime } from './memory.ts'

/** Memory of one or more values: in the arena, or (`address`) in a place of its own that outlives the run. */
export interface Block extends Lifetime {
  /** Set for what is not in the arena: states, constants, what the prelude makes. */
  address: bigint | null
  /** Values that lie in it, wholly or in part. */
  readonly values: Set<Value>
}

/** A tensor as it lies in memory. */
export interface Form {
  readonly layout: Layout
  readonly block: Block
  /** Bytes into the block. */
  readonly offset: number
}

/** The address of a block outside of the arena until it has one. */
export const ITS_OWN = 0n

/** What steps in JavaScript see; bfloat16 as bits. */
export type HostArray = Float32Array | Int32Array | Uint16Array

/** One step of a compiled program, before its memory has a place. */
export type Step =
  | {
      readonly kind: 'primitive'
      readonly node: Node
      readonly primitive: Primitive
      readonly args: readonly Argument[]
      readonly isReorder: boolean
    }
  | {
      readonly kind: 'host'
      readonly node: Node
      readonly forms: readonly Form[]
      readonly make: (arrays: readonly HostArray[]) => () => void
    }

export type Argument = readonly [role: Role, form: Form]

export function memoryType(dtype: GraphDType): MemoryType {
  if (dtype === 'float32' || dtype === 'int32') return dtype
  throw new GraphError('onednn', `computes in float32 and int32, not in ${dtype}; cast it or use executor "ort"`)
}

/** The same memory seen as another layout, from `offset` elements on. */
export function seenAs({ block, offset }: Form, layout: Layout, elements = 0): Form {
  return { layout, block, offset: offset + elements * (layout.dtype === 'bfloat16' ? 2 : 4) }
}

/** Whether two layouts differ at most in how far it is to a second element that is not there. */
export function samePlaces(a: Layout, b: Layout): boolean {
  const steps = ({ dims, strides }: Layout) => strides.map((step, axis) => (dims[axis] === 1 ? 0 : step)).join()
  return (
    a.dtype === b.dtype &&
    a.blocks.length === 0 &&
    b.blocks.length === 0 &&
    a.dims.join() === b.dims.join() &&
    steps(a) === steps(b)
  )
}

/** The constant number behind a value, if it is one. */
export function constantOf(value: Value): number | null {
  const { op, attrs } = value.node
  return op === 'constant' && sizeOf(value.shape) === 1 ? Number((attrs.data as ArrayLike<number>)[0]) : null
}

/** Elements before an axis, along it and behind it. */
export function around(shape: readonly number[], axis: number): readonly [number, number, number] {
  return [sizeOf(shape.slice(0, axis)), shape[axis], sizeOf(shape.slice(axis + 1))]
}
