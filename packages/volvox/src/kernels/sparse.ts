/**
 * A symmetric matrix by its diagonal and the entries before it: row i has columns[k] and values[k] for k from starts[i] to
 * starts[i + 1], columns rising.
 */
export interface SymmetricMatrix {
  readonly diagonal: Float64Array
  readonly starts: Int32Array
  readonly columns: Int32Array
  readonly values: Float64Array
}

/**
 * Solves A x = b for a positive definite matrix whose other entries are 0 or below, such as a Laplacian, by conjugate gradients
 * with an incomplete Cholesky factor: until the residual is `tolerance` of b, or for so many steps.
 */
export function solveSymmetric(
  matrix: SymmetricMatrix,
  b: Float64Array,
  tolerance: number,
  steps: number = 10 * b.length + 100,
): Float64Array {
  const factor = incompleteCholesky(matrix)
  const x = new Float64Array(b.length)
  const residual = b.slice()
  const limit = tolerance * Math.sqrt(dot(b, b))
  let direction = solveFactored(factor, residual)
  let energy = dot(residual, direction)
  for (let step = 0; step < steps && Math.sqrt(dot(residual, residual)) > limit; step++) {
    const image = times(matrix, direction)
    const length = energy / dot(direction, image)
    for (let i = 0; i < x.length; i++) {
      x[i] += length * direction[i]
      residual[i] -= length * image[i]
    }
    const next = solveFactored(factor, residual)
    const before = energy
    energy = dot(residual, next)
    for (let i = 0; i < x.length; i++) next[i] += (energy / before) * direction[i]
    direction = next
  }
  return x
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}

function times({ diagonal, starts, columns, values }: SymmetricMatrix, x: Float64Array): Float64Array {
  const out = new Float64Array(x.length)
  for (let i = 0; i < x.length; i++) {
    out[i] += diagonal[i] * x[i]
    for (let k = starts[i]; k < starts[i + 1]; k++) {
      out[i] += values[k] * x[columns[k]]
      out[columns[k]] += values[k] * x[i]
    }
  }
  return out
}

/** L with L Lᵀ equal to the matrix where that is not 0 (Meijerink and van der Vorst 1977). */
function incompleteCholesky({ diagonal, starts, columns, values }: SymmetricMatrix): SymmetricMatrix {
  const lower = values.slice()
  const own = diagonal.slice()
  for (let i = 0; i < own.length; i++) {
    for (let k = starts[i]; k < starts[i + 1]; k++) {
      const j = columns[k]
      let [a, c] = [starts[i], starts[j]]
      while (a < k && c < starts[j + 1]) {
        if (columns[a] === columns[c]) lower[k] -= lower[a++] * lower[c++]
        else if (columns[a] < columns[c]) a++
        else c++
      }
      lower[k] /= own[j]
      own[i] -= lower[k] ** 2
    }
    own[i] = Math.sqrt(own[i])
  }
  return { diagonal: own, starts, columns, values: lower }
}

/** Solves L Lᵀ x = b. */
function solveFactored({ diagonal, starts, columns, values }: SymmetricMatrix, b: Float64Array): Float64Array {
  const x = b.slice()
  for (let i = 0; i < x.length; i++) {
    for (let k = starts[i]; k < starts[i + 1]; k++) x[i] -= values[k] * x[columns[k]]
    x[i] /= diagonal[i]
  }
  for (let i = x.length - 1; i >= 0; i--) {
    x[i] /= diagonal[i]
    for (let k = starts[i]; k < starts[i + 1]; k++) x[columns[k]] -= values[k] * x[i]
  }
  return x
}
