import type { Lower } from './lowering.ts'

/** The same memory: that the second input was computed before is the order of the nodes. */
export const after: Lower<'after'> = (plan, { inputs: [x], output }) => {
  plan.assign(output, plan.form(x))
}
