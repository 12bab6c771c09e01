import { expect, test } from 'vitest'
import { solveSymmetric, type SymmetricMatrix } from './sparse.ts'

/** The Laplacian of a chain with uneven links, held at its ends, and links over one. */
function chain(n: number): SymmetricMatrix {
  const rows = Array.from({ length: n }, (_, i) => [i - 2, i - 1].filter((j) => j >= 0))
  const weight = (i: number, j: number) => 1e-4 + ((i * 7 + j * 3) % 5)
  const diagonal = new Float64Array(n).fill(1e-3)
  rows.forEach((columns, i) =>
    columns.forEach((j) => {
      diagonal[i] += weight(i, j)
      diagonal[j] += weight(i, j)
    }),
  )
  let next = 0
  return {
    diagonal,
    starts: Int32Array.from([0, ...rows.map((row) => (next += row.length))]),
    columns: Int32Array.from(rows.flat()),
    values: Float64Array.from(rows.flatMap((row, i) => row.map((j) => -weight(i, j)))),
  }
}

test('the solution fulfils the equations', () => {
  const matrix = chain(60)
  const b = Float64Array.from({ length: 60 }, (_, i) => Math.sin(i))
  const x = solveSymmetric(matrix, b, 1e-12)
  const { diagonal, starts, columns, values } = matrix
  const image = x.map((value, i) => value * diagonal[i])
  for (let i = 0; i < 60; i++)
    for (let k = starts[i]; k < starts[i + 1]; k++) {
      image[i] += values[k] * x[columns[k]]
      image[columns[k]] += values[k] * x[i]
    }
  image.forEach((value, i) => expect(value).toBeCloseTo(b[i], 9))
})

test('a right side of 0 has the solution 0', () => {
  expect([...solveSymmetric(chain(3), new Float64Array(3), 1e-9)]).toEqual([0, 0, 0])
})
