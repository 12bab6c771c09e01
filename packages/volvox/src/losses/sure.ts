import { OptionError, ShapeError, shown } from '../core/errors.ts'
import { instance, parseOptions, positive, type Given } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { sameShape, type Tensor } from '../core/tensor.ts'
import { constant, scoped, type Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'

const schema = {
  perturbNoise: instance<Tensor<Float32Array>>(
    'a float32 tensor of the shape of x',
    (given) =>
      typeof given === 'object' &&
      given !== null &&
      'data' in given &&
      given.data instanceof Float32Array &&
      'shape' in given,
  ).opt('Fixed noise that x is disturbed with; when null, hand fresh noise to `forward`.', null),
  eps: positive.opt(
    'How much noise is added; a thousandth of the largest value of the pseudo ground truth when null.',
    null,
  ),
}

/** What the loss is computed from, besides the operator: all `[N, C, H, W]`. */
export interface SureInputs {
  /** What the operator is given. */
  readonly x: Value
  readonly pseudoTruth: Value
  /** The operator's result; computed from x unless given. */
  readonly reference?: Value
  /** Standard normal noise of the shape of x, e.g. an input that is fed anew in every step. */
  readonly noise?: Value
  /** Whether the two channels are real and imaginary part. */
  readonly complex?: boolean
}

/** A SURE loss with its options settled. */
export interface SureLoss {
  readonly name: string
  /** Adds the loss of an operator, such as a network, to a graph. */
  forward(operator: (x: Value) => Value, inputs: SureInputs): Value
}

/**
 * Stein's unbiased risk estimate: the error against a pseudo ground truth times how much the operator reacts to noise, so
 * that reconstruction is learnt without ground truth (MONAI SURELoss). 2-D.
 */
export const SURELoss: Component & ((options?: Given<typeof schema>) => SureLoss) = Object.assign(
  (given: Given<typeof schema> = {}): SureLoss => {
    const { perturbNoise, eps } = parseOptions('SURELoss', schema, given)
    return {
      name: 'SURELoss',
      forward: (operator, { noise = perturbNoise && constant(perturbNoise), ...inputs }) => {
        if (!noise) throw new OptionError('SURELoss.perturbNoise', 'is not given, nor is noise; give one of them')
        return scoped('SURELoss', () => sure(operator, { ...inputs, noise }, eps))
      },
    }
  },
  { componentName: 'SURELoss', schema },
)

function sure(
  operator: (x: Value) => Value,
  inputs: SureInputs & { readonly noise: Value },
  eps: number | null,
): Value {
  const { x, pseudoTruth, noise, complex = false } = inputs
  if (x.shape.length !== 4 || (complex && x.shape[1] !== 2))
    throw new ShapeError(
      'SURELoss',
      `x ${shown(x.shape)} does not fit; give [N, C, H, W]${complex ? ', two channels when complex' : ''}`,
    )
  const reference = inputs.reference ?? operator(x)
  for (const [what, { shape }] of Object.entries({ 'pseudo ground truth': pseudoTruth, reference, noise }))
    if (!sameShape(shape, x.shape))
      throw new ShapeError('SURELoss', `${what} ${shown(shape)} differs from x ${shown(x.shape)}; give one shape`)
  const step = eps ?? m.div(m.abs(m.reduceMax(pseudoTruth)), 1000)
  const disturbed = operator(m.add(x, m.mul(step, noise)))
  const reaction = m.matmul(noise, m.sub(disturbed, reference), { transposeA: true })
  const divergence = m.sum(m.div(reaction, step))
  const [n, channels, height, width] = x.shape
  const pixels = n * height * width
  const error = m.div(m.sum(m.square(m.sub(reference, pseudoTruth))), complex ? pixels : pixels * channels)
  return m.div(m.mul(error, divergence), pixels)
}
