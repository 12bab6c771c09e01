import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { layer, type Layer, type Weight } from '../layer.ts'

/**
 * torch.nn.Embedding: whole numbers, of any type, to rows of a learnt table, `[...]` to `[..., features]`. The row
 * `padding` stays as it is.
 */
export function embeddingTable(rows: number, features: number, padding?: number): Layer {
  const weight: Weight = { shape: [rows, features], init: { kind: 'normal', std: 1 }, role: 'embedding' }
  return layer({
    weights: { weight },
    forward: (own, [indices]) => {
      const picked = rowsOf(own.weight, indices)
      if (padding === undefined) return picked
      const isPadding = m.reshape(m.equal(indices, padding), [...indices.shape, 1])
      return m.where(isPadding, m.detach(picked), picked)
    },
  })
}

/** Rows of a table `[rows, features]` that whole numbers, of any type, pick. */
export function rowsOf(table: Value, indices: Value): Value {
  return m.gather(table, m.cast(indices, 'int32'), 0)
}
