import type { OpName } from 'volvox/graph'
import type { Lower } from '../lower.ts'
import { same } from './elementwise.ts'

export const add = same<'add'>('Add')
export const sub = same<'sub'>('Sub')
export const mul = same<'mul'>('Mul')
export const div = same<'div'>('Div')
export const max = same<'max'>('Max')
export const min = same<'min'>('Min')
export const pow = same<'pow'>('Pow')

export const less = comparison<'less'>('Less')
export const lessEqual = comparison<'lessEqual'>('LessOrEqual')
export const greater = comparison<'greater'>('Greater')
export const greaterEqual = comparison<'greaterEqual'>('GreaterOrEqual')
export const equal = comparison<'equal'>('Equal')

export const where: Lower<'where'> = (model, { inputs: [condition, a, b] }) =>
  model.emit('Where', [model.truth(condition), a, b])

function comparison<N extends OpName>(opType: string): Lower<N> {
  return (model, { inputs: [a, b] }) => model.compare(opType, a, b)
}
