import type { Plan } from '../plan.ts'
import type { Lower, Lowered } from './lowering.ts'

const sameMemory = (plan: Plan, { inputs: [x], output }: Pick<Lowered<unknown>, 'inputs' | 'output'>): void => {
  plan.assign(output, plan.form(x))
}

/** The same memory: that the second input was computed before is the order of the nodes. */
export const after: Lower<'after'> = sameMemory

/** The same memory: only gradients tell the difference. */
export const detach: Lower<'detach'> = sameMemory
