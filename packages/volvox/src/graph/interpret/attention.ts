import type { AttentionAttrs } from '../ops/index.ts'
import type { KernelOf, NumberArray } from './array.ts'

/** One head of one sample: where its tokens begin, and how far it is from token to token. */
interface Head {
  readonly sample: number
  readonly head: number
  readonly depth: number
  /** First feature of a query token, and of a key token. */
  readonly query: (token: number) => number
  readonly key: (token: number) => number
  /** softmax of the scores, `[L, M]`. */
  readonly weights: Float64Array
}

/** Every head of every sample, one after the other. */
function* headsOf(inputs: readonly NumberArray[], attrs: AttentionAttrs): Generator<Head> {
  const [q, k] = inputs
  const [samples, length, features] = q.shape
  const [, others] = k.shape
  const depth = features / attrs.heads
  for (let sample = 0; sample < samples; sample++)
    for (let head = 0; head < attrs.heads; head++) {
      const query = (token: number) => (sample * length + token) * features + head * depth
      const key = (token: number) => (sample * others + token) * features + head * depth
      const weights = new Float64Array(length * others)
      for (let i = 0; i < length; i++) {
        const row = weights.subarray(i * others, (i + 1) * others)
        for (let j = 0; j < others; j++)
          row[j] = attrs.scale * dot(q, query(i), k, key(j), depth) + added(inputs, attrs, sample, head, i, j)
        const most = Math.max(...row)
        const total = row.reduce((sum, score, j) => sum + (row[j] = Math.exp(score - most)), 0)
        row.forEach((power, j) => (row[j] = power / total))
      }
      yield { sample, head, depth, query, key, weights }
    }
}

function added(
  inputs: readonly NumberArray[],
  attrs: AttentionAttrs,
  sample: number,
  head: number,
  i: number,
  j: number,
) {
  const length = inputs[0].shape[1]
  const others = inputs[1].shape[1]
  const bias = attrs.bias ? inputs[3].data[(head * length + i) * others + j] : 0
  if (!attrs.regions) return bias
  const regions = inputs[inputs.length - 1]
  const row = (sample % regions.shape[0]) * length
  return bias - (regions.data[row + i] === regions.data[row + j] ? 0 : 100)
}

export const attention: KernelOf<AttentionAttrs> = (inputs, attrs) => {
  const [q, k, v] = inputs
  const [, length] = q.shape
  const [, others] = k.shape
  const out = new Float64Array(q.data.length)
  for (const { depth, query, key, weights } of headsOf(inputs, attrs))
    for (let i = 0; i < length; i++)
      for (let j = 0; j < others; j++) addScaled(out, query(i), weights[i * others + j], v, key(j), depth)
  return [out]
}

// With P = softmax(S): dV = Pᵀ G, dS = P (G Vᵀ - Σ P (G Vᵀ)), dQ = scale · dS K, dK = scale · dSᵀ Q
export const attentionGrad: KernelOf<AttentionAttrs> = ([g, ...inputs], attrs) => {
  const [q, k, v, bias] = inputs
  const [, length] = q.shape
  const [, others] = k.shape
  const [dq, dk, dv] = [q, k, v].map(({ data }) => new Float64Array(data.length))
  const dBias = attrs.bias ? new Float64Array(bias.data.length) : null
  for (const { head, depth, query, key, weights } of headsOf(inputs, attrs))
    for (let i = 0; i < length; i++) {
      const row = weights.subarray(i * others, (i + 1) * others)
      const toWeights = row.map((_, j) => dot(g, query(i), v, key(j), depth))
      const mean = row.reduce((sum, weight, j) => sum + weight * toWeights[j], 0)
      for (let j = 0; j < others; j++) {
        const toScore = row[j] * (toWeights[j] - mean)
        addScaled(dv, key(j), row[j], g, query(i), depth)
        addScaled(dq, query(i), attrs.scale * toScore, k, key(j), depth)
        addScaled(dk, key(j), attrs.scale * toScore, q, query(i), depth)
        if (dBias) dBias[(head * length + i) * others + j] += toScore
      }
    }
  return [dq, dk, dv, ...(dBias ? [dBias] : [])]
}

function dot(a: NumberArray, atA: number, b: NumberArray, atB: number, count: number): number {
  let total = 0
  for (let d = 0; d < count; d++) total += a.data[atA + d] * b.data[atB + d]
  return total
}

function addScaled(out: Float64Array, at: number, factor: number, x: NumberArray, from: number, count: number): void {
  for (let d = 0; d < count; d++) out[at + d] += factor * x.data[from + d]
}
