import { ShapeError } from '../../core/errors.ts'
import { at, defineOp, type Op } from '../ir.ts'
import { broadcastShape, commonDType, floating, shown, takes } from './check.ts'
import { sumTo } from './reduce.ts'

export interface MatmulAttrs {
  /** Takes a as `[..., K, M]`. */
  readonly transposeA: boolean
  /** Takes b as `[..., N, K]`. */
  readonly transposeB: boolean
}

/** a `[..., M, K]` times b `[..., K, N]`; the leading axes broadcast. */
export const matmul: Op<MatmulAttrs> = defineOp<MatmulAttrs>('matmul', {
  infer(inputs, { transposeA, transposeB }) {
    takes('matmul', inputs, 2)
    floating('matmul', inputs)
    const [a, b] = inputs.map((type) => type.shape)
    if (a.length < 2 || b.length < 2)
      throw new ShapeError(at('matmul'), `got shapes ${shown(a)} and ${shown(b)}; each needs at least 2 axes`)
    const [m, k] = oriented(a, transposeA)
    const [k2, n] = oriented(b, transposeB)
    if (k !== k2)
      throw new ShapeError(
        at('matmul'),
        `the first matrix has ${k} columns, the second ${k2} rows (shapes ${shown(a)} and ${shown(b)}); they must agree`,
      )
    return {
      dtype: commonDType('matmul', inputs),
      shape: [...broadcastShape('matmul', [a.slice(0, -2), b.slice(0, -2)]), m, n],
    }
  },
  gradient({ inputs: [a, b], grad: g, attrs: { transposeA, transposeB } }) {
    // For Y = A B: dA = G Bᵀ and dB = Aᵀ G; a transposed operand takes the transposed gradient.
    const da = transposeA
      ? matmul([b, g], { transposeA: transposeB, transposeB: true })
      : matmul([g, b], { transposeA: false, transposeB: !transposeB })
    const db = transposeB
      ? matmul([g, a], { transposeA: true, transposeB: transposeA })
      : matmul([a, g], { transposeA: !transposeA, transposeB: false })
    return [sumTo(da, a.shape), sumTo(db, b.shape)]
  },
})

function oriented(shape: readonly number[], transposed: boolean): readonly [number, number] {
  const [rows, columns] = shape.slice(-2)
  return transposed ? [columns, rows] : [rows, columns]
}
