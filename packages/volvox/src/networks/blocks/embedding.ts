import { tensor } from '../../core/tensor.ts'
import { constant, type Value } from '../../graph/ir.ts'
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

/** The places of a sequence, `[0, 1, ...]`, to look up where its tokens are. */
export function placesOf(length: number): Value {
  return constant(
    tensor(
      'int32',
      [length],
      Int32Array.from({ length }, (_, i) => i),
    ),
  )
}

/** What a table of the distances from -n to n, `[2n + 1, features]`, has for each pair of places, `[length, length, features]`. */
export function distancesOf(table: Value, length: number): Value {
  const most = (table.shape[0] - 1) / 2
  const rows = Int32Array.from({ length: length ** 2 }, (_, i) => Math.floor(i / length) - (i % length) + most)
  return m.gather(table, constant(tensor('int32', [length, length], rows)), 0)
}

/** Features of the first token of `[N, L, features]`, which stands for all, `[N, features]`. */
export function firstToken(tokens: Value): Value {
  const [samples, , features] = tokens.shape
  return m.reshape(m.narrow(tokens, 1, 0, 1), [samples, features])
}

/** Rows of a table `[rows, features]` that whole numbers, of any type, pick. */
export function rowsOf(table: Value, indices: Value): Value {
  return m.gather(table, m.cast(indices, 'int32'), 0)
}
