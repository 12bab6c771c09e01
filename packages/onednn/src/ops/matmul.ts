import { stridesOf } from 'volvox/core'
import type { AttrsOf, Value } from 'volvox/graph'
import type { Layout, MemoryType, Operation } from '../api.ts'
import type { Link } from '../fuse.ts'
import { seenAs, type Form } from '../forms.ts'
import type { Plan } from '../plan.ts'
import { runChain } from './chain.ts'
import { runLinks } from './elementwise.ts'
import type { Lower } from './lowering.ts'

/** Terms of a sum from which on bfloat16 gains more than it costs to convert the matrices. */
const FEWEST_REDUCED = 64

export const matmul: Lower<'matmul'> = (plan, { inputs, output, attrs }) =>
  matmulChain(plan, { inputs, output, attrs }, [], output)

/** A product and the elementwise links after it, such as the bias and activation of a linear layer. */
export function matmulChain(
  plan: Plan,
  { inputs: [a, b], output: y, attrs }: { inputs: readonly Value[]; output: Value; attrs: AttrsOf<'matmul'> },
  links: readonly Link[],
  output: Value,
): void {
  if (a.shape.includes(0)) {
    plan.host(
      [plan.output(y, plan.plainLayout(y))],
      ([sums]) =>
        () =>
          void sums.fill(0),
    ) // of nothing
    if (links.length > 0) runLinks(plan, y, links, output)
    return
  }
  const rank = y.shape.length
  const terms = a.shape[attrs.transposeA ? a.shape.length - 2 : a.shape.length - 1]
  const reduced = terms >= FEWEST_REDUCED ? plan.compute : 'float32'
  const left = operand(plan, a, attrs.transposeA, rank, reduced)
  const right = operand(plan, b, attrs.transposeB, rank, reduced)
  const dst = plan.rowMajor(y.shape, reduced === 'float32' ? 'float32' : plan.typeOf(output))
  const operation: Operation = { kind: 'matmul', a: left.layout, b: right.layout, dst }
  const args = [['src', left] as const, ['weights', right] as const]
  runChain(plan, { alone: plan.primitive(operation), operation, args }, links, output)
}

/** A transposed matrix is the same memory with its last two strides exchanged; leading axes of size 1 broadcast. */
function operand(plan: Plan, value: Value, transposed: boolean, rank: number, dtype: MemoryType): Form {
  const dims = [...Array<number>(rank - value.shape.length).fill(1), ...value.shape]
  const strides = stridesOf(dims)
  const swap = (list: readonly number[]) => [...list.slice(0, -2), list[rank - 1], list[rank - 2]]
  const layout: Layout = transposed
    ? plan.api.strided(dtype, swap(dims), swap(strides))
    : plan.api.strided(dtype, dims, strides)
  return seenAs(plan.as(value, plan.rowMajor(value.shape, dtype)), layout)
}
