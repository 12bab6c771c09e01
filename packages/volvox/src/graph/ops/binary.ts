import { defineOp, type GraphDType, type Op, type TensorType, type Value } from '../ir.ts'
import * as m from '../math.ts'
import { broadcastShape, commonDType, floating, takes, type NoAttrs } from './check.ts'
import { sumTo } from './reduce.ts'

interface Context {
  readonly a: Value
  readonly b: Value
  readonly y: Value
  readonly g: Value
}

/** Gradients of a and b before they are summed back over the axes that were broadcast. */
type Rule = (context: Context) => readonly [Value, Value]

function binary(opName: string, numbers: 'any' | 'floating', rule: Rule): Op<NoAttrs> {
  return defineOp<NoAttrs>(opName, {
    infer(inputs) {
      const shape = broadcastTwo(opName, inputs)
      if (numbers === 'floating') floating(opName, inputs)
      return { dtype: inputs[0].dtype, shape }
    },
    gradient({ inputs: [a, b], outputs: [y], grad: g }) {
      const [da, db] = rule({ a, b, y, g })
      return [sumTo(da, a.shape), sumTo(db, b.shape)]
    },
  })
}

function comparison(opName: string): Op<NoAttrs> {
  return defineOp<NoAttrs>(opName, {
    infer: (inputs) => ({ dtype: 'float32', shape: broadcastTwo(opName, inputs) }),
    gradient: () => [null, null],
  })
}

function broadcastTwo(op: string, inputs: readonly TensorType[]): number[] {
  takes(op, inputs, 2)
  commonDType(op, inputs)
  return broadcastShape(
    op,
    inputs.map((type) => type.shape),
  )
}

export const add: Op<NoAttrs> = binary('add', 'any', ({ g }) => [g, g])
export const sub: Op<NoAttrs> = binary('sub', 'any', ({ g }) => [g, m.neg(g)])
export const mul: Op<NoAttrs> = binary('mul', 'any', ({ a, b, g }) => [m.mul(g, b), m.mul(g, a)])
export const div: Op<NoAttrs> = binary('div', 'floating', ({ b, y, g }) => {
  const da = m.div(g, b)
  return [da, m.neg(m.mul(da, y))]
})

// Where both are equal, each takes half, as in PyTorch.
export const max: Op<NoAttrs> = binary('max', 'any', ({ a, b, g }) => share(g, m.greater(a, b), m.equal(a, b)))
export const min: Op<NoAttrs> = binary('min', 'any', ({ a, b, g }) => share(g, m.less(a, b), m.equal(a, b)))

function share(g: Value, chosen: Value, tied: Value): readonly [Value, Value] {
  const toA = m.mul(g, m.cast(m.add(chosen, m.mul(0.5, tied)), g.dtype))
  return [toA, m.sub(g, toA)]
}

/** a to the power b. The gradient of b needs a >= 0. */
export const pow: Op<NoAttrs> = binary('pow', 'floating', ({ a, b, y, g }) => [
  m.mul(g, m.where(m.equal(b, 0), m.zerosLike(y), m.mul(b, m.pow(a, m.sub(b, 1))))),
  m.mul(g, m.where(m.equal(a, 0), m.zerosLike(y), m.mul(y, m.log(a)))), // 0 ln 0 = 0
])

export const less: Op<NoAttrs> = comparison('less')
export const lessEqual: Op<NoAttrs> = comparison('lessEqual')
export const greater: Op<NoAttrs> = comparison('greater')
export const greaterEqual: Op<NoAttrs> = comparison('greaterEqual')
export const equal: Op<NoAttrs> = comparison('equal')

/** `a` where the condition is not 0, else `b`; all three broadcast. */
export const where: Op<NoAttrs> = defineOp<NoAttrs>('where', {
  infer(inputs) {
    takes('where', inputs, 3)
    const dtype: GraphDType = commonDType('where', inputs.slice(1))
    return {
      dtype,
      shape: broadcastShape(
        'where',
        inputs.map((type) => type.shape),
      ),
    }
  },
  gradient({ inputs: [condition, a, b], grad }) {
    const zero = m.zerosLike(grad)
    return [null, sumTo(m.where(condition, grad, zero), a.shape), sumTo(m.where(condition, zero, grad), b.shape)]
  },
})
