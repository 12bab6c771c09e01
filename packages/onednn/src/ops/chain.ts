import { sameShape } from 'volvox/core'
import type { Value } from 'volvox/graph'
import type { Operation, Primitive } from '../api.ts'
import { inOnePrimitive, type Link, type Operand } from '../fuse.ts'
import { seenAs, type Argument, type Form } from '../forms.ts'
import type { Plan } from '../plan.ts'
import { applyLinks, postOpArguments, postOps, spreadLayout } from './elementwise.ts'

/**
 * Runs a primitive and the elementwise links after it: as its post-ops where the library keeps the same kernel for both,
 * else one after the other. `alone` is the primitive of `operation` by itself.
 */
export function runChain(
  plan: Plan,
  { alone, operation, args }: { alone: Primitive; operation: Operation; args: readonly Argument[] },
  links: readonly Link[],
  output: Value,
): void {
  const dst = alone.layout('dst')
  const operandOf = (value: Value): Form =>
    sameShape(value.shape, output.shape)
      ? plan.as(value, dst)
      : seenAs(plan.plain(value), spreadLayout(plan, value.shape, dst))
  const [now, later] = inOnePrimitive(links, plan.api)
  const operandForm = (operand: Operand) =>
    typeof operand === 'number' ? plan.number(operand, spreadLayout(plan, [1], dst)) : operandOf(operand)
  const whole = now.length > 0 && later.length === 0 ? plan.tryPrimitive(operation, postOps(now, operandForm)) : null
  if (whole && whole.implementation === alone.implementation) {
    const operands = postOpArguments(now, operandForm)
    plan.execute(whole, [...args, ...operands, ['dst', plan.output(output, dst)]])
    return
  }
  const operands = new Map(
    links.flatMap((link) =>
      link.kind === 'binary' && typeof link.operand !== 'number'
        ? [[link.operand, operandOf(link.operand)] as const]
        : [],
    ),
  )
  const to = plan.output(output, dst)
  plan.execute(alone, [...args, ['dst', to]])
  if (links.length > 0) applyLinks(plan, to, links, to, (value) => operands.get(value) ?? operandOf(value))
}
