import { stridesOf } from 'volvox'
import type { Layout } from '../api.ts'
import { seenAs, type Plan } from '../plan.ts'
import type { Lower } from './lowering.ts'

export const matmul: Lower<'matmul'> = (plan, { inputs: [a, b], output, attrs }) => {
  const to = plan.output(output, plan.plainLayout(output))
  const rank = output.shape.length
  if (a.shape.includes(0)) {
    plan.host(
      [to],
      ([y]) =>
        () =>
          void y.fill(0),
    ) // a sum over nothing
    return
  }
  const left = operand(plan, a.shape, attrs.transposeA, rank)
  const right = operand(plan, b.shape, attrs.transposeB, rank)
  const dst = plan.rowMajor(output.shape)
  plan.execute(plan.primitive({ kind: 'matmul', a: left, b: right, dst }), [
    ['src', seenAs(plan.plain(a), left)],
    ['weights', seenAs(plan.plain(b), right)],
    ['dst', to],
  ])
}

/** A transposed matrix is the same memory with its last two strides exchanged; leading axes of size 1 broadcast. */
function operand(plan: Plan, shape: readonly number[], transposed: boolean, rank: number): Layout {
  const dims = [...Array<number>(rank - shape.length).fill(1), ...shape]
  const strides = stridesOf(dims)
  if (!transposed) return plan.api.strided('float32', dims, strides)
  const swap = (list: readonly number[]) => [...list.slice(0, -2), list[rank - 1], list[rank - 2]]
  return plan.api.strided('float32', swap(dims), swap(strides))
}
