import { OptionError, ShapeError } from '../../core/errors.ts'
import { sizeOf } from '../../core/tensor.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { zero } from '../init.ts'
import { layer, type Layer, type Weight } from '../layer.ts'
import { distancesOf } from './embedding.ts'

/**
 * Adds to scores `[N, heads, L, L]` of tokens on a lattice what queries `[N, heads, L, depth]`, the second input, say of
 * the tokens' distances along each axis (Li et al. 2022; MONAI DecomposedRelativePosEmbedding).
 */
export function decomposedPositions(lattice: readonly number[], depth: number): Layer {
  const axes = lattice.length
  if (axes !== 2 && axes !== 3)
    throw new OptionError('inputSize', `[${lattice.join(', ')}] has ${axes} values; give 2 or 3 sizes`)
  if (axes === 3 && lattice.some((n) => n !== lattice[0]))
    throw new OptionError('inputSize', `[${lattice.join(', ')}] is no cube, as MONAI's relative places in volumes need`)
  const tables = lattice.map((n, i): [string, Weight] => [
    `rel_pos_arr.${i}`,
    { shape: [2 * n - 1, depth], init: zero, role: 'embedding' },
  ])
  return layer({
    weights: Object.fromEntries(tables),
    forward(own, [scores, queries]) {
      const tokens = queries.shape[2]
      if (tokens !== sizeOf(lattice))
        throw new ShapeError(
          'attention',
          `got a sequence of ${tokens} tokens; it was made for ${sizeOf(lattice)}, on [${lattice.join(', ')}]`,
        )
      const samples = queries.shape[0] * queries.shape[1]
      const placed = m.reshape(queries, [samples, ...lattice, depth])
      const split = m.reshape(scores, [samples, ...lattice, ...lattice])
      const terms = tables.map(([name], axis) => term(placed, distancesOf(own[name], lattice[axis]), axis))
      return m.reshape(terms.reduce(m.add, split), scores.shape)
    },
  })
}

/** What queries `[N, ...lattice, depth]` say of distances along an axis, to be added to `[N, ...lattice, ...lattice]`. */
function term(queries: Value, table: Value, axis: number): Value {
  if (queries.shape.length === 4) {
    const y = m.contract(['nhwc,hkc->nhwk', 'nhwc,wkc->nhwk'][axis], queries, table)
    return m.reshape(y, [...y.shape.slice(0, 3), ...[0, 1].map((i) => (i === axis ? y.shape[3] : 1))])
  }
  const y = m.contract(['nhwdc,hkc->nhwdk', 'nhwdc,wkc->nhwdk', 'nhwdc,wkc->nhwdk'][axis], queries, table)
  const [samples, height, width, depth, places] = y.shape
  // As in MONAI: distances along any axis meet the last axis of the keys, and the query's third axis one of theirs.
  const keys = [
    [depth, 1, 1, places],
    [1, depth, 1, places],
    [1, 1, depth, places],
  ][axis]
  return m.reshape(y, [samples, height, width, ...keys])
}
