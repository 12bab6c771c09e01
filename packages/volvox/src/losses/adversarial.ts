import { ShapeError } from '../core/errors.ts'
import { bool, oneOf, parseOptions, type Given } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { scoped, type Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import type { Prediction } from './loss.ts'
import { reducedParts, reduction } from './reduce.ts'

const name = 'PatchAdversarialLoss'

const options = {
  reduction,
  criterion: oneOf('bce', 'hinge', 'least_squares').opt('How judgements are measured.', 'least_squares'),
  noActivationLeastsq: bool.opt('Whether least squares are taken of the judgements as they are.', false),
}

/** How well a discriminator judges, or a generator deceives it. */
export interface AdversarialLoss {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  /**
   * Adds the loss of judgements `[N, C, ...]`, of one discriminator or several, to a graph: those of real images
   * (`targetIsReal`) or made ones. For a generator (`forDiscriminator` false) judgements are always to be "real". One
   * number, or the losses of each discriminator when not reduced.
   */
  forward(input: Prediction, targetIsReal: boolean, forDiscriminator: boolean): Value | readonly Value[]
}

/** The loss of generative adversarial networks whose discriminators judge patches (MONAI PatchAdversarialLoss). */
export const PatchAdversarialLoss: Component & {
  (given?: Given<typeof options>): AdversarialLoss
  readonly schema: typeof options
} = Object.assign(
  (given: Given<typeof options> = {}): AdversarialLoss => {
    const settled = parseOptions(name, options, given)
    const { reduction, criterion } = settled
    const judge = settled.criterion === 'least_squares' && settled.noActivationLeastsq ? squares : measures[criterion]
    return {
      name,
      options: settled,
      forward: (input, targetIsReal, forDiscriminator) =>
        scoped(name, () => {
          const isReal = targetIsReal || !forDiscriminator
          const judged = 'node' in input ? [input] : input
          if (judged.length === 0)
            throw new ShapeError(name, 'got an empty list of judgements; give those of at least one discriminator')
          const parts = judged.map((x) =>
            criterion === 'hinge' ? m.mean(judge(x, isReal)) : reducedParts(judge(x, isReal), reduction),
          )
          if (reduction === 'none') return parts
          return reducedParts(
            m.concat(
              parts.map((part) => m.reshape(part, [1])),
              0,
            ),
            reduction,
          )
        }),
    }
  },
  { componentName: name, schema: options },
)

const measures = {
  /** -log of the probability of what is true, at most 100 as in torch's BCELoss. */
  bce: (x: Value, isReal: boolean) => m.clip(m.softplus(isReal ? m.neg(x) : x), 0, 100),
  hinge(x: Value, isReal: boolean): Value {
    const judged = m.tanh(x)
    return m.neg(m.min(m.sub(isReal ? judged : m.neg(judged), 1), 0))
  },
  least_squares: (x: Value, isReal: boolean) => squares(m.leakyRelu(x, 0.05), isReal),
}

function squares(x: Value, isReal: boolean): Value {
  return m.square(m.sub(x, isReal ? 1 : 0))
}
