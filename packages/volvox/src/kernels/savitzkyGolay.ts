/**
 * Weights with which a window of an odd number of values gives the value in its middle of the polynomial that fits them best
 * (Savitzky and Golay 1964): a sum over orthogonal polynomials of the places of the window.
 */
export function savitzkyGolayKernel(length: number, order: number): number[] {
  const places = Array.from({ length }, (_, i) => i - (length - 1) / 2)
  const middle = (length - 1) / 2
  const weights = new Array<number>(length).fill(0)
  let before = places.map(() => 0)
  let current = places.map(() => 1)
  let squaresBefore = 1
  for (let n = 0; n <= order; n++) {
    const squares = current.reduce((sum, p) => sum + p * p, 0)
    for (let i = 0; i < length; i++) weights[i] += (current[i] * current[middle]) / squares
    // p_(n+1) = x p_n - (|p_n|²/|p_(n-1)|²) p_(n-1); places are symmetric.
    const ratio = n === 0 ? 0 : squares / squaresBefore
    const next = places.map((x, i) => x * current[i] - ratio * before[i])
    before = current
    current = next
    squaresBefore = squares
  }
  return weights
}
