import { ShapeError, shown } from '../../core/errors.ts'
import { bool, count, nonNegative, number, oneOf, probability, type Schema, type Values } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { zero } from '../init.ts'
import { layer, type Context, type Layer, type Weight } from '../layer.ts'
import { network, networkOption, optionError, type Network } from '../network.ts'
import { rowsOf } from './embedding.ts'
import { channelsLast } from './patchEmbedding.ts'

/** The options of a table of vectors that follows what it stands for. */
export const quantizerOptions = {
  spatialDims: count.where((n) => n === 2 || n === 3, '2 or 3').req('Spatial axes.'),
  numEmbeddings: count.req('Vectors in the table.'),
  embeddingDim: count.req('Length of a vector: channels of the map.'),
  commitmentCost: nonNegative.opt('Weight of the distance between map and vectors in the loss.', 0.25),
  decay: probability.opt('Share of the old table that stays in a training step.', 0.99),
  epsilon: number.opt('Added to the counts, so that an unused vector does not divide by 0.', 1e-5),
  embeddingInit: oneOf('normal', 'kaiming_uniform').opt('How the table starts.', 'normal'),
  ddpSync: bool.opt('No effect: one process holds the whole batch.', true),
} satisfies Schema

/**
 * MONAI EMAQuantizer (van den Oord et al. 2017): each voxel's channels become the nearest vector of a table. Gives the map of
 * vectors, through which the gradient passes as if it were the input, the loss, and int32 numbers `[N, ...spatial]`. In
 * training the table moves to the mean of what its vectors stood for. Method `embed`: the map that numbers stand for.
 */
export const EMAQuantizer = network({ name: 'EMAQuantizer', options: quantizerOptions, build: emaQuantizer })

/** The layer of EMAQuantizer. */
export function emaQuantizer(options: Values<typeof quantizerOptions>): Layer<readonly Value[]> {
  const { numEmbeddings, embeddingDim, commitmentCost, embeddingInit } = options
  const table: Weight = {
    shape: [numEmbeddings, embeddingDim],
    init:
      embeddingInit === 'normal' ? { kind: 'normal', std: 1 } : { kind: 'uniform', bound: Math.sqrt(3 / embeddingDim) },
    role: 'statistic',
  }
  return layer({
    weights: {
      ema_cluster_size: { shape: [numEmbeddings], init: zero, role: 'statistic' },
      ema_w: { shape: table.shape, init: { kind: 'copy', of: table }, role: 'statistic' },
    },
    children: { embedding: layer({ weights: { weight: table }, forward: (own) => own.weight }) },
    forward(own, [x], context): readonly Value[] {
      if (x.shape.length !== options.spatialDims + 2 || x.shape[1] !== embeddingDim)
        throw new ShapeError(
          'EMAQuantizer',
          `the map has shape ${shown(x.shape)}; give [N, ${embeddingDim}, ...] with ${options.spatialDims} spatial axes`,
        )
      const vectors = own.embedding()
      const flat = m.reshape(channelsLast(x), [-1, embeddingDim])
      const numbers = nearest(flat, vectors)
      const indices = m.reshape(numbers, [x.shape[0], ...x.shape.slice(2)])
      const quantized = m.detach(embedded(vectors, indices))
      if (context.training) follow(own.ema_cluster_size, own.ema_w, vectors, flat, numbers, options, context)
      const loss = m.mul(commitmentCost, m.mean(m.square(m.sub(quantized, x))))
      return [m.add(x, m.detach(m.sub(quantized, x))), loss, indices]
    },
    methods: { embed: (own, [indices]) => embedded(own.embedding(), indices) },
  })
}

/** The number of the nearest row of the table, for each row. */
function nearest(rows: Value, table: Value): Value {
  const products = m.matmul(rows, table, { transposeB: true })
  const distances = m.sub(
    m.add(m.sum(m.square(rows), [1], true), m.reshape(m.sum(m.square(table), [1]), [1, table.shape[0]])),
    m.mul(2, products),
  )
  return m.argMax(m.neg(distances), 1)
}

/** Numbers `[N, ...spatial]` as a map `[N, features, ...spatial]` of vectors. */
function embedded(table: Value, indices: Value): Value {
  const vectors = rowsOf(table, indices)
  const last = vectors.shape.length - 1
  return m.transpose(vectors, [0, last, ...vectors.shape.map((_, i) => i).slice(1, last)])
}

/** Moves the table towards the mean of the rows that each of its vectors stood for. */
function follow(
  sizes: Value,
  sums: Value,
  table: Value,
  rows: Value,
  numbers: Value,
  { numEmbeddings, decay, epsilon }: Values<typeof quantizerOptions>,
  context: Context,
): void {
  const chosen = m.cast(m.oneHot(m.reshape(numbers, [-1, 1]), numEmbeddings), rows.dtype)
  const blended = (buffer: Value, now: Value) => m.add(m.mul(decay, context.latest(buffer)), m.mul(1 - decay, now))
  const nextSizes = blended(sizes, m.sum(chosen, [0]))
  const nextSums = blended(sums, m.matmul(chosen, rows, { transposeA: true }))
  const total = m.sum(nextSizes)
  const shares = m.div(m.add(nextSizes, epsilon), m.add(total, numEmbeddings * epsilon))
  context.update(sizes, nextSizes)
  context.update(sums, nextSums)
  context.update(table, m.div(nextSums, m.reshape(m.mul(shares, total), [numEmbeddings, 1])))
}

/**
 * MONAI VectorQuantizer: gives the loss and the map of vectors of an EMAQuantizer. Methods: `quantize` gives the numbers,
 * `embed` the map that numbers stand for, `perplexity` how many vectors are in use.
 */
export const VectorQuantizer = network({
  name: 'VectorQuantizer',
  options: { quantizer: networkOption.req('The EMAQuantizer.') },
  build: ({ quantizer }) => vectorQuantizer(quantizer.layer as Layer<readonly Value[]>, numEmbeddingsOf(quantizer)),
})

function numEmbeddingsOf({ name, options }: Network): number {
  if (typeof options.numEmbeddings !== 'number')
    optionError('quantizer', `is a ${name}, which has no table of vectors; give an EMAQuantizer`)
  return options.numEmbeddings as number
}

/** The layer of VectorQuantizer. */
export function vectorQuantizer(quantizer: Layer<readonly Value[]>, numEmbeddings: number): Layer<readonly Value[]> {
  return layer({
    children: { quantizer },
    forward(own, [x]): readonly Value[] {
      const [quantized, loss] = own.quantizer(x)
      return [loss, quantized]
    },
    methods: {
      quantize: (own, [x]) => own.quantizer(x)[2],
      embed: (own, [indices]) => own.quantizer.methods.embed(indices),
      perplexity(own, [x]) {
        const [, , indices] = own.quantizer(x)
        const shares = m.mean(m.cast(m.oneHot(m.reshape(indices, [-1, 1]), numEmbeddings), 'float32'), [0])
        return m.exp(m.neg(m.sum(m.mul(shares, m.log(m.add(shares, 1e-10))))))
      },
    },
  })
}
