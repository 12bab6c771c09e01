import { sizeOf } from 'volvox/core'
import type { AttentionAttrs, Value } from 'volvox/graph'
import type { Layout, PostOp, Primitive } from '../api.ts'
import { seenAs, type Form, type HostArray } from '../forms.ts'
import type { Plan } from '../plan.ts'
import type { Lower } from './lowering.ts'

// The scores of all samples and heads are far more numbers than anything else in a transformer (176 MB for one layer of
// SwinUNETR on 64³ voxels), but few are needed at a time. So they are made, used and forgotten chunk by chunk in a memory
// that fits the cache, and made again for the gradient: for one head of 343 tokens that takes 110 µs forward and 270 µs
// backward, less than their way to main memory and back. Queries, keys and values are turned to [N, features, L]: with
// few features to a head, a product whose rows are short is up to five times as slow as one whose rows are long.

/**
 * Scores up to which samples and heads are taken together, 8 MB of them. Smaller chunks are up to 15 % faster on one
 * thread, but each step of each chunk has to wake all threads.
 */
const CHUNK = 1 << 21

export const attention: Lower<'attention'> = (plan, { inputs, output, attrs }) => {
  const work = new Work(plan, inputs, attrs)
  const [, , value] = inputs
  const values = work.turned(value)
  const to = plan.output(output, work.layoutOf(output.shape))
  const weigh = work.product(work.ofKeys, work.transposedScores, work.ofQueries)
  for (const chunk of work.chunks()) {
    const weights = work.weights(chunk)
    plan.execute(weigh, [
      ['src', work.keyPart(values, chunk, work.ofKeys)],
      ['weights', seenAs(weights, work.transposedScores)],
      ['dst', work.queryPart(to, chunk, work.ofQueries)],
    ])
  }
}

export const attentionGrad: Lower<'attentionGrad'> = (plan, { inputs: [g, ...inputs], outputs, attrs }) => {
  const work = new Work(plan, inputs, attrs)
  const [query, key, value] = inputs
  const [gradient, values, keys] = [g, value, key].map((input) => work.turned(input))
  const [dq, dk, dv] = [query, key, value].map((input, i) => plan.output(outputs[i], work.layoutOf(input.shape)))
  const dBias = attrs.bias ? new BiasGradient(work, outputs[3]) : null

  const { ofQueries, ofKeys, scores, transposedScores } = work
  const toWeights = work.product(work.transposedQueries, ofKeys, scores)
  const toKeys = work.product(ofQueries, scores, ofKeys)
  const scaled: PostOp = { kind: 'eltwise', algorithm: 'linear', alpha: attrs.scale, beta: 0 }
  const toQueries = work.product(ofKeys, transposedScores, ofQueries, [scaled])
  const rows = work.rows
  const softmax = plan.primitive({ kind: 'softmax', direction: 'backward', log: false, axis: 1, data: rows })
  const ofScores = plan.temporary(scores)

  for (const chunk of work.chunks()) {
    const weights = work.weights(chunk)
    const from = work.queryPart(gradient, chunk, ofQueries)
    // dV = Pᵀ G
    plan.execute(toKeys, [
      ['src', from],
      ['weights', weights],
      ['dst', work.keyPart(dv, chunk, ofKeys)],
    ])
    // dS = P (G Vᵀ - Σ P (G Vᵀ))
    plan.execute(toWeights, [
      ['src', seenAs(from, work.transposedQueries)],
      ['weights', work.keyPart(values, chunk, ofKeys)],
      ['dst', ofScores],
    ])
    plan.execute(softmax, [
      ['dst', seenAs(weights, rows)],
      ['diffDst', seenAs(ofScores, rows)],
      ['diffSrc', seenAs(ofScores, rows)],
    ])
    // dQ = scale · dS K, dK = scale · dSᵀ Q, whose scale is in the queries already
    plan.execute(toQueries, [
      ['src', work.keyPart(keys, chunk, ofKeys)],
      ['weights', seenAs(ofScores, transposedScores)],
      ['dst', work.queryPart(dq, chunk, ofQueries)],
    ])
    plan.execute(toKeys, [
      ['src', work.queryPart(work.queries, chunk, ofQueries)],
      ['weights', ofScores],
      ['dst', work.keyPart(dk, chunk, ofKeys)],
    ])
    dBias?.add(ofScores, chunk)
  }
}

/** Some heads of one sample, or all heads of some samples. */
interface Chunk {
  readonly sample: number
  readonly head: number
}

/** What forward and backward share: how the scores are cut, and how those of a chunk become weights. */
class Work {
  readonly plan: Plan
  readonly attrs: AttentionAttrs
  readonly samples: number
  readonly length: number
  readonly others: number
  readonly depth: number
  /** Samples and heads of a chunk. */
  readonly each: { readonly samples: number; readonly heads: number }
  /** Queries of a chunk `[matrices, depth, L]`, and keys `[matrices, depth, M]`. */
  readonly ofQueries: Layout
  readonly transposedQueries: Layout
  readonly ofKeys: Layout
  /** `[matrices, L, M]`. */
  readonly scores: Layout
  readonly transposedScores: Layout
  /** Scores as rows that a softmax goes over. */
  readonly rows: Layout
  /** Turned, and multiplied with the scale. */
  readonly queries: Form
  private readonly keys: Form
  private readonly ownWeights: Form
  private readonly bias: Form | null
  private readonly regions: Value | null
  private readonly multiply: Primitive
  private readonly softmax: Primitive

  constructor(plan: Plan, [q, k, , ...more]: readonly Value[], attrs: AttentionAttrs) {
    this.plan = plan
    this.attrs = attrs
    this.samples = q.shape[0]
    this.length = q.shape[1]
    this.others = k.shape[1]
    this.depth = q.shape[2] / attrs.heads
    this.each = chunkOf(this.samples, attrs.heads, this.length * this.others)
    const { length: l, others: m, depth: d } = this
    const matrices = this.each.samples * this.each.heads
    const strided = (dims: readonly number[], strides: readonly number[]) => plan.api.strided('float32', dims, strides)
    this.ofQueries = plan.rowMajor([matrices, d, l])
    this.transposedQueries = strided([matrices, l, d], [d * l, 1, l])
    this.ofKeys = plan.rowMajor([matrices, d, m])
    this.scores = plan.rowMajor([matrices, l, m])
    this.transposedScores = strided([matrices, m, l], [l * m, 1, m])
    this.rows = plan.rowMajor([matrices * l, m])
    this.multiply = this.product(this.transposedQueries, this.ofKeys, this.scores)
    this.softmax = plan.primitive({ kind: 'softmax', direction: 'forward', log: false, axis: 1, data: this.rows })
    this.queries = this.scaled(this.turned(q))
    this.keys = this.turned(k)
    this.ownWeights = plan.temporary(this.scores)
    this.bias = attrs.bias ? plan.plain(more[0]) : null
    this.regions = attrs.regions ? more[more.length - 1] : null
  }

  /** `[N, L, features]` in memory as `[N, features, L]`: each head of each sample is a matrix with long rows. */
  layoutOf([samples, length, features]: readonly number[]): Layout {
    return this.plan.api.strided('float32', [samples, length, features], [features * length, 1, length])
  }

  turned(value: Value): Form {
    return this.plan.as(value, this.layoutOf(value.shape))
  }

  product(a: Layout, b: Layout, dst: Layout, postOps: readonly PostOp[] = []): Primitive {
    return this.plan.primitive({ kind: 'matmul', a, b, dst }, postOps)
  }

  /** Head by head, so that a head's bias stays in the cache. */
  *chunks(): Generator<Chunk> {
    for (let head = 0; head < this.attrs.heads; head += this.each.heads)
      for (let sample = 0; sample < this.samples; sample += this.each.samples) yield { sample, head }
  }

  queryPart(form: Form, { sample, head }: Chunk, layout: Layout): Form {
    return seenAs(form, layout, (sample * this.attrs.heads + head) * this.depth * this.length)
  }

  keyPart(form: Form, { sample, head }: Chunk, layout: Layout): Form {
    return seenAs(form, layout, (sample * this.attrs.heads + head) * this.depth * this.others)
  }

  /** Where the numbers of a chunk begin in a bias. */
  biasPart(form: Form, { head }: Chunk, layout: Layout): Form {
    return seenAs(form, layout, head * this.length * this.others)
  }

  /** softmax(scale · q kᵀ + bias) of a chunk; the memory is that of the chunk before. */
  weights(chunk: Chunk): Form {
    const { plan, rows, each } = this
    const to = this.ownWeights
    plan.execute(this.multiply, [
      ['src', this.queryPart(this.queries, chunk, this.transposedQueries)],
      ['weights', this.keyPart(this.keys, chunk, this.ofKeys)],
      ['dst', to],
    ])
    const size = this.length * this.others
    if (this.bias) this.addToRows(to, 0, each.samples, this.biasPart(this.bias, chunk, this.scores), each.heads * size)
    for (let i = 0; i < each.samples; i++) {
      const mask = this.mask(chunk.sample + i)
      if (mask) this.addToRows(to, i * each.heads * size, each.heads, mask, size)
    }
    plan.execute(this.softmax, [
      ['src', seenAs(to, rows)],
      ['dst', seenAs(to, rows)],
    ])
    return to
  }

  /** Adds `row` to each of `count` rows of `size` numbers from `first` on. */
  private addToRows(to: Form, first: number, count: number, row: Form, size: number): void {
    const { plan } = this
    const [all, one] = [plan.rowMajor([count, size]), plan.rowMajor([1, size])]
    plan.execute(plan.primitive({ kind: 'binary', algorithm: 'add', a: all, b: one, dst: all }), [
      ['src', seenAs(to, all, first)],
      ['src1', seenAs(row, one)],
      ['dst', seenAs(to, all, first)],
    ])
  }

  private scaled(from: Form): Form {
    const { plan, attrs } = this
    const to = plan.temporary(from.layout)
    const flat = plan.rowMajor([sizeOf(from.layout.dims)])
    const linear = { kind: 'eltwise', direction: 'forward', algorithm: 'linear', alpha: attrs.scale, beta: 0 } as const
    plan.execute(plan.primitive({ ...linear, data: flat }), [
      ['src', seenAs(from, flat)],
      ['dst', seenAs(to, flat)],
    ])
    return to
  }

  /** What is added to a sample's scores to keep regions apart, `[L, L]`; null where all is one region. */
  private mask(sample: number): Form | null {
    const { plan, regions, length } = this
    if (!regions) return null
    const start = (sample % regions.shape[0]) * length
    const layout = plan.rowMajor([length, length])
    const { op, attrs } = regions.node
    if (op === 'constant') {
      const row = numbered(attrs.data as ArrayLike<number>, start, length) // as `constant` keeps it
      if (row.every((region) => region === 0)) return null
      return plan.once(`regions ${row.join()}`, () => {
        const values = new Float32Array(length * length)
        fillMask(values, row)
        return plan.constant(values, layout)
      })
    }
    const form = plan.temporary(layout)
    plan.host(
      [plan.plain(regions), form],
      ([all, values]) =>
        () =>
          fillMask(values, numbered(all, start, length)),
    )
    return form
  }
}

/** The sum of what chunks say about the bias. */
class BiasGradient {
  private readonly work: Work
  private readonly total: Form

  constructor(work: Work, value: Value) {
    const { plan } = work
    this.work = work
    this.total = plan.output(value, plan.plainLayout(value))
    plan.host(
      [this.total],
      ([numbers]) =>
        () =>
          void numbers.fill(0),
    )
  }

  add(ofScores: Form, chunk: Chunk): void {
    const { plan, each, length, others } = this.work
    const size = each.heads * length * others
    const [b, dst] = [plan.rowMajor([each.samples, size]), plan.rowMajor([1, size])]
    const ones = plan.once(`ones ${each.samples}`, () =>
      plan.constant(new Float32Array(each.samples).fill(1), plan.rowMajor([1, each.samples])),
    )
    plan.execute(plan.primitive({ kind: 'matmul', a: ones.layout, b, dst }, [{ kind: 'sum' }]), [
      ['src', ones],
      ['weights', seenAs(ofScores, b)],
      ['dst', this.work.biasPart(this.total, chunk, dst)],
    ])
  }
}

function chunkOf(samples: number, heads: number, scores: number): { samples: number; heads: number } {
  if (scores * heads > CHUNK) return { samples: 1, heads: largestDivisor(heads, CHUNK / scores) }
  return { samples: largestDivisor(samples, CHUNK / (scores * heads)), heads }
}

function largestDivisor(n: number, most: number): number {
  for (let d = Math.floor(Math.min(n, most)); d > 1; d--) if (n % d === 0) return d
  return 1
}

/** Regions as 0, 1, ... in the order in which they appear. */
function numbered(regions: ArrayLike<number>, start: number, length: number): number[] {
  const numbers = new Map<number, number>()
  return Array.from({ length }, (_, i) => {
    const region = regions[start + i]
    const number = numbers.get(region) ?? numbers.size
    numbers.set(region, number)
    return number
  })
}

/** Writes -100 where two tokens are of different regions. */
function fillMask(values: HostArray, row: readonly number[]): void {
  const n = row.length
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) values[i * n + j] = row[i] === row[j] ? 0 : -100
}
