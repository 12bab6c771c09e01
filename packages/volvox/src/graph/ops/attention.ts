import { ShapeError } from '../../core/errors.ts'
import { at, defineOp, type Op, type TensorType, type Value } from '../ir.ts'
import * as m from '../math.ts'
import { commonDType, floating, hasShape, shown } from './check.ts'
import { softmaxGrad } from './softmax.ts'

export interface AttentionAttrs {
  /** How many heads share the features, each taking its slice of them. */
  readonly heads: number
  /** What q·k is multiplied with. */
  readonly scale: number
  /** Whether a bias `[heads, L, M]` follows the first three inputs: added to the scores of all samples. */
  readonly bias: boolean
  /**
   * Whether int32 regions `[W, L]` follow as the last input (then L = M): numbers that tell tokens apart. Sample n has
   * row n modulo W, and tokens of different regions a score that is lower by 100 (as in Swin transformers).
   */
  readonly regions: boolean
}

/**
 * Multi-head attention (Vaswani et al. 2017): q `[N, L, features]`, k `[N, M, features]`, v `[N, M, features]`, and what
 * the attributes say → for each head softmax(scale · q kᵀ + bias) v, `[N, L, features]`. An operation of its own, so
 * that an executor need not keep the scores of all samples.
 */
export const attention: Op<AttentionAttrs> = defineOp<AttentionAttrs>('attention', {
  infer(inputs, attrs) {
    checked('attention', inputs, attrs)
    return { dtype: inputs[0].dtype, shape: inputs[0].shape }
  },
  gradient({ inputs, grad, attrs }) {
    const [dq, dk, dv, dBias] = attentionGrad.all([grad, ...inputs], attrs)
    return [dq, dk, dv, ...(attrs.bias ? [dBias] : []), ...(attrs.regions ? [null] : [])]
  },
  decompose([q, k, v, ...more], attrs) {
    const weights = m.softmax(scores(q, k, more, attrs), -1)
    return [fromHeads(m.matmul(weights, toHeads(v, attrs.heads)))]
  },
})

/** g and the inputs of `attention` → gradients of q, k, v, and of the bias if there is one. */
export const attentionGrad: Op<AttentionAttrs> = defineOp<AttentionAttrs>('attentionGrad', {
  infer([g, ...inputs], attrs) {
    checked('attentionGrad', inputs, attrs)
    hasShape('attentionGrad', 'the gradient', g, inputs[0].shape)
    return inputs.slice(0, attrs.bias ? 4 : 3).map(({ dtype, shape }) => ({ dtype, shape }))
  },
  // With P = softmax(S): dV = Pᵀ G, dS = P (G Vᵀ - Σ P (G Vᵀ)), dQ = scale · dS K, dK = scale · dSᵀ Q
  decompose([gradient, q, k, v, ...more], attrs) {
    const [g, queries, keys, values] = [gradient, q, k, v].map((value) => toHeads(value, attrs.heads))
    const weights = m.softmax(scores(q, k, more, attrs), -1)
    const dv = m.matmul(weights, g, { transposeA: true })
    const ds = softmaxGrad([m.matmul(g, values, { transposeB: true }), weights], { axis: 3 })
    const dq = m.mul(m.matmul(ds, keys), attrs.scale)
    const dk = m.mul(m.matmul(ds, queries, { transposeA: true }), attrs.scale)
    return [...[dq, dk, dv].map(fromHeads), ...(attrs.bias ? [m.sum(ds, [0])] : [])]
  },
})

function scores(q: Value, k: Value, more: readonly Value[], { heads, scale, bias, regions }: AttentionAttrs): Value {
  const plain = m.matmul(m.mul(toHeads(q, heads), scale), toHeads(k, heads), { transposeB: true })
  const biased = bias ? m.add(plain, more[0]) : plain
  return regions ? apart(biased, more[more.length - 1]) : biased
}

function apart(biased: Value, regions: Value): Value {
  const [samples, heads, length] = biased.shape
  const [rows] = regions.shape
  const alike = m.equal(m.reshape(regions, [rows, 1, length, 1]), m.reshape(regions, [rows, 1, 1, length]))
  const far = m.cast(m.mul(100, m.sub(alike, 1)), biased.dtype)
  const grouped = m.reshape(biased, [samples / rows, rows, heads, length, length])
  return m.reshape(m.add(grouped, far), biased.shape)
}

/** `[N, L, features]` to `[N, heads, L, features of a head]`. */
function toHeads(x: Value, heads: number): Value {
  const [samples, length, features] = x.shape
  return m.transpose(m.reshape(x, [samples, length, heads, features / heads]), [0, 2, 1, 3])
}

function fromHeads(x: Value): Value {
  const [samples, heads, length, depth] = x.shape
  return m.reshape(m.transpose(x, [0, 2, 1, 3]), [samples, length, heads * depth])
}

function checked(op: string, inputs: readonly TensorType[], { heads, bias, regions }: AttentionAttrs): void {
  const wanted = 3 + Number(bias) + Number(regions)
  if (inputs.length !== wanted)
    throw new ShapeError(at(op), `got ${inputs.length} inputs; with these attributes it takes ${wanted}`)
  const [q, k, v] = inputs
  floating(op, [q, k, v])
  commonDType(op, [q, k, v])
  if (q.shape.length !== 3 || k.shape.length !== 3 || q.shape[0] !== k.shape[0] || q.shape[2] !== k.shape[2])
    throw new ShapeError(
      at(op),
      `queries ${shown(q.shape)} and keys ${shown(k.shape)} do not match; give [N, L, features] and [N, M, features]`,
    )
  hasShape(op, 'v', v, k.shape)
  if (!Number.isInteger(heads) || heads < 1 || q.shape[2] % heads !== 0)
    throw new ShapeError(at(op), `${heads} heads do not divide ${q.shape[2]} features; use a divisor of ${q.shape[2]}`)
  if (bias) hasShape(op, 'bias', inputs[3], [heads, q.shape[1], k.shape[1]])
  if (!regions) return
  const rows = inputs[wanted - 1].shape[0]
  hasShape(op, 'regions', inputs[wanted - 1], [rows, q.shape[1]])
  if (q.shape[1] !== k.shape[1] || q.shape[0] % rows !== 0)
    throw new ShapeError(
      at(op),
      `regions ${shown(inputs[wanted - 1].shape)} do not fit queries ${shown(q.shape)} and keys ${shown(k.shape)}; their rows must divide the samples`,
    )
}
