import { OptionError, ShapeError } from '../../core/errors.ts'
import type { Value } from '../../graph/ir.ts'
import { attention } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { identity, layer, type Layer, type Weight } from '../layer.ts'
import { dropoutLayer } from './dropout.ts'
import { linear, linearInParts } from './linear.ts'

export interface AttentionBlockOptions {
  readonly dropoutRate?: number
  readonly qkvBias?: boolean
  /** Whether what the heads give goes through a last linear layer, whose weights are there in any case. */
  readonly includeFc?: boolean
  /** Whether queries, keys and values come from one linear layer. */
  readonly useCombinedLinear?: boolean
  /** Each token sees only those up to itself, in sequences of at most so many. */
  readonly causalLength?: number
}

/** MONAI SABlock: multi-head attention of a sequence `[N, L, hiddenSize]` to itself. */
export function saBlock(hiddenSize: number, numHeads: number, options: AttentionBlockOptions = {}): Layer {
  const { dropoutRate = 0, qkvBias = false, includeFc = true, useCombinedLinear = true, causalLength } = options
  const projection = () => linear(hiddenSize, hiddenSize, { bias: qkvBias })
  return layer({
    weights: { causal_mask: causalLength === undefined ? undefined : causalMask(causalLength) },
    children: {
      out_proj: linear(hiddenSize, hiddenSize),
      qkv: useCombinedLinear ? linearInParts(hiddenSize, 3 * hiddenSize, 3, { bias: qkvBias }) : undefined,
      to_q: useCombinedLinear ? undefined : projection(),
      to_k: useCombinedLinear ? undefined : projection(),
      to_v: useCombinedLinear ? undefined : projection(),
      drop_output: dropoutLayer(dropoutRate),
      attended: attendedLayer(hiddenSize, numHeads, dropoutRate),
    },
    forward: (own, [x]) => {
      const [q, k, v] = own.qkv ? own.qkv(x) : [own.to_q!(x), own.to_k!(x), own.to_v!(x)]
      const y = own.causal_mask
        ? own.attended(q, k, v, hiddenFuture(own.causal_mask, x.shape[1], numHeads))
        : own.attended(q, k, v)
      return own.drop_output(includeFc ? own.out_proj(y) : y)
    },
  })
}

/** 1 where a token may look at another one, `[1, 1, length, length]`. */
function causalMask(length: number): Weight {
  const values = Float32Array.from({ length: length ** 2 }, (_, i) => (i % length <= Math.floor(i / length) ? 1 : 0))
  return { shape: [1, 1, length, length], init: { kind: 'values', values }, role: 'fixed' }
}

/** Scores to add that leave no weight to later tokens, `[heads, length, length]`. */
function hiddenFuture(mask: Value, length: number, heads: number): Value {
  const most = mask.shape[2]
  if (length > most)
    throw new ShapeError('attention', `got a sequence of ${length} tokens; it was made for at most ${most}`)
  const part = m.slice(mask, [0, 0, 0, 0], [1, 1, length, length])
  const scores = m.mul(m.sub(m.reshape(part, [1, length, length]), 1), 1e9)
  return m.broadcastTo(scores, [heads, length, length])
}

export interface CrossAttentionOptions extends Pick<AttentionBlockOptions, 'dropoutRate' | 'qkvBias'> {
  /** Features of the other sequence; those of the first unless given. */
  readonly contextSize?: number
}

/** MONAI CrossAttentionBlock: attention of a sequence to another one, the second input, or to itself without it. */
export function crossAttentionBlock(
  hiddenSize: number,
  numHeads: number,
  { dropoutRate = 0, qkvBias = false, contextSize = hiddenSize }: CrossAttentionOptions = {},
): Layer {
  const projection = (features: number) => linear(features, hiddenSize, { bias: qkvBias })
  return layer({
    children: {
      out_proj: linear(hiddenSize, hiddenSize),
      to_q: projection(hiddenSize),
      to_k: projection(contextSize),
      to_v: projection(contextSize),
      drop_output: dropoutLayer(dropoutRate),
      attended: attendedLayer(hiddenSize, numHeads, dropoutRate),
    },
    forward: (own, [x, context = x]) => {
      if (context.shape.length !== 3 || context.shape[0] !== x.shape[0] || context.shape[2] !== contextSize)
        throw new ShapeError(
          'crossAttention',
          `the context has shape [${context.shape.join(', ')}]; give [${x.shape[0]}, tokens, ${contextSize}]`,
        )
      return own.drop_output(own.out_proj(own.attended(own.to_q(x), own.to_k(context), own.to_v(context))))
    },
  })
}

/**
 * Multi-head attention of the first input `[N, L, features]` to the second and third, `[N, M, features]`. A fourth,
 * `[heads, L, M]`, is added to the scores; a fifth, int32 `[W, L]`, keeps tokens of different numbers apart. While
 * training, weights are dropped with chance `dropoutRate`.
 */
export function attendedLayer(features: number, heads: number, dropoutRate: number): Layer {
  divides(heads, features)
  const drop = dropoutLayer(dropoutRate)
  return layer({
    children: { drop },
    forward: (own, [q, k, v, bias, regions], { training }) =>
      training && drop !== identity
        ? droppingAttention(q, k, v, own.drop, heads, bias, regions)
        : attention(q, k, v, { heads, bias, regions }),
  })
}

/** The same as `attention`, step by step, with the weights passed through `drop`. */
function droppingAttention(
  q: Value,
  k: Value,
  v: Value,
  drop: (weights: Value) => Value,
  heads: number,
  bias: Value | undefined,
  regions: Value | undefined,
): Value {
  const [queries, keys, values] = [q, k, v].map((x) => toHeads(x, heads))
  const scaled = m.mul(queries, 1 / Math.sqrt(queries.shape[3]))
  const plain = m.matmul(scaled, keys, { transposeB: true })
  const biased = bias ? m.add(plain, bias) : plain
  const scores = regions ? keptApart(biased, regions) : biased
  const y = m.transpose(m.matmul(drop(m.softmax(scores, -1)), values), [0, 2, 1, 3])
  return m.reshape(y, q.shape)
}

function keptApart(scores: Value, regions: Value): Value {
  const [samples, heads, length] = scores.shape
  const [rows] = regions.shape
  const alike = m.equal(m.reshape(regions, [rows, 1, length, 1]), m.reshape(regions, [rows, 1, 1, length]))
  const grouped = m.reshape(scores, [samples / rows, rows, heads, length, length])
  return m.reshape(m.add(grouped, m.mul(100, m.sub(alike, 1))), scores.shape)
}

/** `[N, L, heads · depth]` to `[N, heads, L, depth]`. */
function toHeads(x: Value, heads: number): Value {
  const [samples, length, features] = x.shape
  return m.transpose(m.reshape(x, [samples, length, heads, features / heads]), [0, 2, 1, 3])
}

/** Throws unless the heads share the features. */
export function divides(numHeads: number, hiddenSize: number): void {
  if (hiddenSize % numHeads !== 0)
    throw new OptionError(
      'numHeads',
      `${numHeads} heads do not divide ${hiddenSize} features; use a divisor of ${hiddenSize}`,
    )
}
