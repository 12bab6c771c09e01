import type { Lower } from './lowering.ts'

/** The same memory: that the second input was computed before is the order of the nodes. */
export const after: Lower<'after'> = (plan, { inputs: [x], output }) => {
  plan.assign(output, plan.form(x))
}

/** The same memory: only gradients tell the difference. */
export const detach: Lower<'detach'> = (plan, { inputs: [x], output }) => {
  plan.assign(output, plan.form(x))
}
