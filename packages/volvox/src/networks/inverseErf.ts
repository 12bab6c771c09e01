import { erf } from '../graph/interpret/special.ts'

/** The x whose erf is y, for y from -1 (-∞) to 1 (∞): Winitzki's approximation, made exact by Newton's method. */
export function inverseErf(y: number): number {
  if (Math.abs(y) >= 1) return y === 1 ? Infinity : y === -1 ? -Infinity : NaN
  const a = 0.147
  const ln = Math.log1p(-y * y)
  const half = 2 / (Math.PI * a) + ln / 2
  let x = Math.sign(y) * Math.sqrt(Math.sqrt(half * half - ln / a) - half)
  for (let i = 0; i < 3; i++) x -= (((erf(x) - y) * Math.sqrt(Math.PI)) / 2) * Math.exp(x * x)
  return x
}
