import { OptionError, ShapeError } from '../../core/errors.ts'
import type { Value } from '../../graph/ir.ts'
import { attention } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { identity, layer, type Context, type Layer, type Parts, type Weight } from '../layer.ts'
import { dropoutLayer } from './dropout.ts'
import { linear, linearInParts } from './linear.ts'
import { decomposedPositions } from './decomposedPositions.ts'

/** What both kinds of attention have; absent values mean MONAI's defaults. */
export interface AttentionOptions {
  readonly dropoutRate?: number
  readonly qkvBias?: boolean
  /** Features of a token, where they are not `hiddenSize`. */
  readonly inputSize?: number | null
  /** Features of a head; unless given, the heads share `hiddenSize`. */
  readonly headSize?: number | null
  /** Each token sees only those up to itself, in sequences of at most so many. */
  readonly causalLength?: number
  /** Sizes of the lattice of tokens, whose relative places then count. */
  readonly lattice?: readonly number[] | null
}

export interface AttentionBlockOptions extends AttentionOptions {
  /** Whether what the heads give goes through a last linear layer, whose weights are there in any case. */
  readonly includeFc?: boolean
  /** Whether queries, keys and values come from one linear layer. */
  readonly useCombinedLinear?: boolean
}

/** MONAI SABlock: multi-head attention of a sequence `[N, L, hiddenSize]` to itself. */
export function saBlock(hiddenSize: number, numHeads: number, options: AttentionBlockOptions = {}): Layer {
  const { qkvBias = false, includeFc = true, useCombinedLinear = true } = options
  const { inner, inputSize, causal_mask, attended, ...parts } = attentionParts(hiddenSize, numHeads, options)
  const projection = () => linear(inputSize, inner, { bias: qkvBias })
  return layer({
    weights: { causal_mask },
    children: {
      out_proj: { ...linear(inner, inputSize), isUnused: !includeFc }, // MONAI 1.4 has it in any case, 1.5 not
      qkv: useCombinedLinear ? linearInParts(inputSize, 3 * inner, 3, { bias: qkvBias }) : undefined,
      to_q: useCombinedLinear ? undefined : projection(),
      to_k: useCombinedLinear ? undefined : projection(),
      to_v: useCombinedLinear ? undefined : projection(),
      ...parts,
    },
    forward: (own, [x], context) => {
      const [q, k, v] = own.qkv ? own.qkv(x) : [own.to_q!(x), own.to_k!(x), own.to_v!(x)]
      const y = attended(own, [q, k, v], context)
      return own.drop_output(includeFc ? own.out_proj(y) : y)
    },
  })
}

export interface CrossAttentionOptions extends AttentionOptions {
  /** Features of the other sequence; `hiddenSize` unless given. */
  readonly contextSize?: number | null
}

/** MONAI CrossAttentionBlock: attention of a sequence to another one, the second input, or to itself without it. */
export function crossAttentionBlock(hiddenSize: number, numHeads: number, options: CrossAttentionOptions = {}): Layer {
  const { inner, inputSize, causal_mask, attended, ...parts } = attentionParts(hiddenSize, numHeads, options)
  const contextSize = options.contextSize ?? hiddenSize
  const projection = (features: number) => linear(features, inner, { bias: options.qkvBias ?? false })
  return layer({
    weights: { causal_mask },
    children: {
      out_proj: linear(inner, inputSize),
      to_q: projection(inputSize),
      to_k: projection(contextSize),
      to_v: projection(contextSize),
      ...parts,
    },
    forward: (own, [x, context = x], pass) => {
      if (context.shape.length !== 3 || context.shape[0] !== x.shape[0] || context.shape[2] !== contextSize)
        throw new ShapeError(
          'crossAttention',
          `the context has shape [${context.shape.join(', ')}]; give [${x.shape[0]}, tokens, ${contextSize}]`,
        )
      const y = attended(own, [own.to_q(x), own.to_k(context), own.to_v(context)], pass)
      return own.drop_output(own.out_proj(y))
    },
  })
}

/** What the two blocks have in common: parts under MONAI's names, and what is computed with them. */
function attentionParts(
  hiddenSize: number,
  numHeads: number,
  { dropoutRate = 0, inputSize, headSize, causalLength, lattice }: AttentionOptions,
) {
  const inner = headSize ? numHeads * headSize : hiddenSize
  const drop_output = dropoutLayer(dropoutRate)
  const drop_weights = dropoutLayer(dropoutRate)
  const rel_positional_embedding = lattice ? decomposedPositions(lattice, inner / numHeads) : undefined
  const causal_mask = causalLength === undefined ? undefined : causalMask(causalLength)
  divides(numHeads, inner)
  type Own = Parts<{ causal_mask?: Weight }, { drop_weights: Layer; rel_positional_embedding?: Layer }>
  const attended = (own: Own, [q, k, v]: readonly Value[], { training }: Context): Value => {
    const bias = own.causal_mask && hiddenFuture(own.causal_mask, q.shape[1], k.shape[1], numHeads)
    const drop = training && dropoutRate > 0 ? own.drop_weights : undefined
    return attendedTo(q, k, v, { drop, heads: numHeads, bias, relative: own.rel_positional_embedding })
  }
  return {
    inner,
    inputSize: inputSize ?? hiddenSize,
    causal_mask,
    attended,
    drop_output,
    drop_weights,
    rel_positional_embedding,
  }
}

/** 1 where a token may look at another one, `[1, 1, length, length]`. */
function causalMask(length: number): Weight {
  const values = Float32Array.from({ length: length ** 2 }, (_, i) => (i % length <= Math.floor(i / length) ? 1 : 0))
  return { shape: [1, 1, length, length], init: { kind: 'values', values }, role: 'fixed' }
}

/** Scores to add that leave no weight to later tokens, `[heads, rows, columns]`. */
function hiddenFuture(mask: Value, rows: number, columns: number, heads: number): Value {
  const most = mask.shape[2]
  const length = Math.max(rows, columns)
  if (length > most)
    throw new ShapeError('attention', `got a sequence of ${length} tokens; it was made for at most ${most}`)
  const part = m.slice(mask, [0, 0, 0, 0], [1, 1, rows, columns])
  const scores = m.mul(m.sub(m.reshape(part, [1, rows, columns]), 1), 1e9)
  return m.broadcastTo(scores, [heads, rows, columns])
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
      attendedTo(q, k, v, { drop: training && drop !== identity ? own.drop : undefined, heads, bias, regions }),
  })
}

interface Steps {
  readonly heads: number
  /** What the weights pass through. */
  readonly drop?: (weights: Value) => Value
  readonly bias?: Value
  readonly regions?: Value
  /** Changes scores `[N, heads, L, M]` by what queries `[N, heads, L, depth]` and keys say of places. */
  readonly relative?: (scores: Value, queries: Value, keys: Value) => Value
}

/** Multi-head attention of `[N, L, features]` to `[N, M, features]`: as one operation, or step by step where it must be. */
export function attendedTo(q: Value, k: Value, v: Value, { drop, relative, ...options }: Steps): Value {
  if (!drop && !relative) return attention(q, k, v, options)
  const { heads, bias, regions } = options
  const [queries, keys, values] = [q, k, v].map((x) => toHeads(x, heads))
  const scaled = m.mul(queries, 1 / Math.sqrt(queries.shape[3]))
  const plain = m.matmul(scaled, keys, { transposeB: true })
  const placed = relative ? relative(plain, queries, keys) : plain
  const biased = bias ? m.add(placed, bias) : placed
  const scores = regions ? keptApart(biased, regions) : biased
  const weights = m.softmax(scores, -1)
  const y = m.transpose(m.matmul(drop ? drop(weights) : weights, values), [0, 2, 1, 3])
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
