/** a·b + c rounded once, where nothing overflows: the product's and the sum's rounding errors are added back. */
export function fma(a: number, b: number, c: number): number {
  const product = a * b
  const [aHigh, bHigh] = [high(a), high(b)]
  const [aLow, bLow] = [a - aHigh, b - bHigh]
  const productError = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow)
  const sum = product + c
  const back = sum - product
  const sumError = product - (sum - back) + (c - back)
  return sum + (sumError + productError)
}

/** The upper 26 bits, so that products of two of them are exact (Veltkamp's split). */
function high(x: number): number {
  const scaled = 134217729 * x // 2^27 + 1
  return scaled - (scaled - x)
}
