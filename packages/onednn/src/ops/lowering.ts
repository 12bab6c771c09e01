import type { AttrsOf, Node, OpName, Value } from 'volvox/graph'
import type { Plan } from '../plan.ts'

export interface Lowered<A> {
  readonly node: Node
  readonly inputs: readonly Value[]
  readonly output: Value
  readonly outputs: readonly Value[]
  readonly attrs: A
}

/** Adds to the plan the steps of one node. */
export type Lower<N extends OpName> = (plan: Plan, node: Lowered<AttrsOf<N>>) => void
