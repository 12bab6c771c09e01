import { OptionError } from '../../core/errors.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { layer, type Layer } from '../layer.ts'
import { dropoutLayer } from './dropout.ts'
import { linear, linearInParts } from './linear.ts'

export interface AttentionOptions {
  readonly dropoutRate?: number
  readonly qkvBias?: boolean
}

/** MONAI SABlock: multi-head attention of a sequence `[N, L, hiddenSize]` to itself. */
export function saBlock(
  hiddenSize: number,
  numHeads: number,
  { dropoutRate = 0, qkvBias = false }: AttentionOptions = {},
): Layer {
  divides(numHeads, hiddenSize)
  return layer({
    children: {
      out_proj: linear(hiddenSize, hiddenSize),
      qkv: linearInParts(hiddenSize, 3 * hiddenSize, 3, { bias: qkvBias }),
      drop_output: dropoutLayer(dropoutRate),
      drop_weights: dropoutLayer(dropoutRate),
    },
    forward(own, [x]) {
      const [q, k, v] = own.qkv(x).map((part) => toHeads(part, numHeads))
      return own.drop_output(own.out_proj(fromHeads(attended(q, k, v, own.drop_weights))))
    },
  })
}

/** MONAI CrossAttentionBlock: attention of a sequence to another one, the second input, or to itself without it. */
export function crossAttentionBlock(
  hiddenSize: number,
  numHeads: number,
  { dropoutRate = 0, qkvBias = false }: AttentionOptions = {},
): Layer {
  divides(numHeads, hiddenSize)
  const projection = () => linear(hiddenSize, hiddenSize, { bias: qkvBias })
  return layer({
    children: {
      out_proj: linear(hiddenSize, hiddenSize),
      to_q: projection(),
      to_k: projection(),
      to_v: projection(),
      drop_output: dropoutLayer(dropoutRate),
      drop_weights: dropoutLayer(dropoutRate),
    },
    forward(own, [x, context = x]) {
      const [q, k, v] = [own.to_q(x), own.to_k(context), own.to_v(context)].map((part) => toHeads(part, numHeads))
      return own.drop_output(own.out_proj(fromHeads(attended(q, k, v, own.drop_weights))))
    },
  })
}

/** `[N, L, heads · depth]` to `[N, heads, L, depth]`. */
export function toHeads(x: Value, heads: number): Value {
  const [samples, length, features] = x.shape
  return m.transpose(m.reshape(x, [samples, length, heads, features / heads]), [0, 2, 1, 3])
}

/** `[N, heads, L, depth]` to `[N, L, heads · depth]`. */
export function fromHeads(x: Value): Value {
  const [samples, heads, length, depth] = x.shape
  return m.reshape(m.transpose(x, [0, 2, 1, 3]), [samples, length, heads * depth])
}

/**
 * softmax(q kᵀ / √depth + bias) v, of q, k and v `[N, heads, L, depth]` (Vaswani et al. 2017); the bias is
 * `[heads, L, L]`, and `drop` sees the softmax. With `regions` `[W, L]`, of which sample n has row n modulo W, elements of
 * different regions are kept apart by a score that is 100 lower.
 */
export function attended(
  q: Value,
  k: Value,
  v: Value,
  drop: (weights: Value) => Value,
  bias?: Value,
  regions?: Value,
): Value {
  const scaled = m.mul(q, q.shape[3] ** -0.5)
  const plain = m.matmul(scaled, k, { transposeB: true })
  const biased = bias ? m.add(plain, bias) : plain
  const scores = regions ? apart(biased, regions) : biased
  return m.matmul(drop(m.softmax(scores, -1)), v)
}

function apart(scores: Value, regions: Value): Value {
  const [samples, heads, length] = scores.shape
  const [rows] = regions.shape
  const alike = m.equal(m.reshape(regions, [rows, 1, length, 1]), m.reshape(regions, [rows, 1, 1, length]))
  const grouped = m.reshape(scores, [samples / rows, rows, heads, length, length])
  return m.reshape(m.add(grouped, m.mul(100, m.sub(alike, 1))), scores.shape)
}

/** Throws unless the heads share the features. */
export function divides(numHeads: number, hiddenSize: number): void {
  if (hiddenSize % numHeads !== 0)
    throw new OptionError(
      'numHeads',
      `${numHeads} heads do not divide ${hiddenSize} features; use a divisor of ${hiddenSize}`,
    )
}
