import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { defaultUniform, type Init } from '../init.ts'
import { layer, type Layer, type Weight } from '../layer.ts'

export interface LinearOptions {
  readonly bias?: boolean
  /** How weight and bias start, if not by PyTorch's default. */
  readonly init?: { readonly weight?: Init; readonly bias?: Init }
}

/** torch.nn.Linear: over the last axis, `[..., inFeatures]` to `[..., outFeatures]`. */
export function linear(inFeatures: number, outFeatures: number, options: LinearOptions = {}): Layer {
  return layer({
    weights: weightAndBias(inFeatures, outFeatures, options),
    forward: ({ weight, bias }, [x]) => affine(x, weight, bias),
  })
}

/**
 * A linear layer whose result is wanted in `parts` equal pieces along the last axis, such as queries, keys and values.
 * Each piece is computed from its rows of the weight, so that no large tensor is cut.
 */
export function linearInParts(
  inFeatures: number,
  outFeatures: number,
  parts: number,
  options: LinearOptions = {},
): Layer<readonly Value[]> {
  const rows = outFeatures / parts
  return layer({
    weights: weightAndBias(inFeatures, outFeatures, options),
    forward: ({ weight, bias }, [x]): readonly Value[] =>
      Array.from({ length: parts }, (_, i) =>
        affine(x, m.narrow(weight, 0, i * rows, rows), bias && m.narrow(bias, 0, i * rows, rows)),
      ),
  })
}

function weightAndBias(
  inFeatures: number,
  outFeatures: number,
  { bias = true, init }: LinearOptions,
): { weight: Weight; bias?: Weight } {
  const shape = [outFeatures, inFeatures]
  const weight: Weight = { shape, init: init?.weight ?? defaultUniform(shape), role: 'kernel' }
  return bias
    ? { weight, bias: { shape: [outFeatures], init: init?.bias ?? defaultUniform(shape), role: 'bias' } }
    : { weight }
}

/** x Wᵀ + b over the last axis, as one product of two matrices. */
export function affine(x: Value, weight: Value, bias?: Value): Value {
  const rows = m.reshape(x, [-1, weight.shape[1]])
  const product = m.matmul(rows, weight, { transposeB: true })
  return m.reshape(bias ? m.add(product, bias) : product, [...x.shape.slice(0, -1), weight.shape[0]])
}
