/**
 * The weights of least norm that give the middle of every polynomial up to `order` (Savitzky and Golay 1964): with
 * orthonormal polynomials p of the window, the sum of p(0) p.
 */
export function fittingWeights(length: number, order: number): Float32Array {
  const half = (length - 1) / 2
  const places = Array.from({ length }, (_, i) => i - half)
  const basis: number[][] = []
  for (let degree = 0; degree <= order; degree++) {
    let column = places.map((x) => (x / Math.max(1, half)) ** degree)
    for (let pass = 0; pass < 2; pass++)
      // again for the digits that the first pass loses
      for (const other of basis) {
        const share = column.reduce((sum, v, i) => sum + v * other[i], 0)
        column = column.map((v, i) => v - share * other[i])
      }
    const norm = Math.hypot(...column)
    basis.push(column.map((v) => v / norm))
  }
  return Float32Array.from(places, (_, i) => basis.reduce((sum, p) => sum + p[half] * p[i], 0))
}
