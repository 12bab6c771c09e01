import { GraphError } from '../../core/errors.ts'
import { at, defineOp, type Op, type TensorType, type Value } from '../ir.ts'
import * as m from '../math.ts'
import { floating, takes, type NoAttrs } from './check.ts'

/** The type of an elementwise operation of one input. */
export function sameType(
  op: string,
  inputs: readonly TensorType[],
  numbers: 'any' | 'floating' = 'floating',
): TensorType {
  takes(op, inputs, 1)
  if (numbers === 'floating') floating(op, inputs)
  return { dtype: inputs[0].dtype, shape: inputs[0].shape }
}

/** The gradient of x, from the input x, the output y and the output's gradient g. */
type Rule = (context: { readonly x: Value; readonly y: Value; readonly g: Value }) => Value | null

function unary(opName: string, numbers: 'any' | 'floating', rule: Rule): Op<NoAttrs> {
  return defineOp<NoAttrs>(opName, {
    infer: (inputs) => sameType(opName, inputs, numbers),
    gradient: ({ inputs: [x], outputs: [y], grad: g }) => [rule({ x, y, g })],
  })
}

export const neg: Op<NoAttrs> = unary('neg', 'any', ({ g }) => m.neg(g))
export const exp: Op<NoAttrs> = unary('exp', 'floating', ({ y, g }) => m.mul(g, y))
export const log: Op<NoAttrs> = unary('log', 'floating', ({ x, g }) => m.div(g, x))
export const sqrt: Op<NoAttrs> = unary('sqrt', 'floating', ({ y, g }) => m.div(g, m.mul(2, y)))
export const abs: Op<NoAttrs> = unary('abs', 'any', ({ x, g }) => m.mul(g, m.sign(x)))
export const square: Op<NoAttrs> = unary('square', 'any', ({ x, g }) => m.mul(g, m.mul(2, x)))
export const reciprocal: Op<NoAttrs> = unary('reciprocal', 'floating', ({ y, g }) => m.neg(m.mul(g, m.square(y))))
export const sign: Op<NoAttrs> = unary('sign', 'any', () => null)
/** The largest whole number that is not above x. */
export const floor: Op<NoAttrs> = unary('floor', 'floating', () => null)
// d erf(x) = 2/√π · exp(-x²) dx
export const erf: Op<NoAttrs> = unary('erf', 'floating', ({ x, g }) =>
  m.mul(g, m.mul(2 / Math.sqrt(Math.PI), m.exp(m.neg(m.square(x))))),
)

export interface ClipAttrs {
  readonly min: number
  readonly max: number
}

/** min(max(x, attrs.min), attrs.max); infinite bounds are allowed. The gradient passes where min <= x <= max. */
export const clip: Op<ClipAttrs> = defineOp<ClipAttrs>('clip', {
  infer(inputs, { min, max }) {
    if (!(min <= max)) throw new GraphError(at('clip'), `min ${min} is not at most max ${max}; swap them`)
    return sameType('clip', inputs, 'any')
  },
  gradient({ inputs: [x], grad, attrs: { min, max } }) {
    const inside = m.mul(m.greaterEqual(x, min), m.lessEqual(x, max))
    return [m.mul(grad, m.cast(inside, grad.dtype))]
  },
})
