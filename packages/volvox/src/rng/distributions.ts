import type { MersenneTwister } from './mt19937.ts'

/** What the distributions draw from: uniform doubles, and Gaussians whose second half may wait in a cache. */
export interface Draws {
  readonly bits: MersenneTwister
  gauss(): number
}

/** Two independent standard Gaussians by Marsaglia's polar method, in the order in which NumPy hands them out. */
export function gaussPair(bits: MersenneTwister): [first: number, second: number] {
  for (;;) {
    const x1 = 2 * bits.nextDouble() - 1
    const x2 = 2 * bits.nextDouble() - 1
    const r2 = x1 * x1 + x2 * x2
    if (r2 >= 1 || r2 === 0) continue
    const factor = Math.sqrt((-2 * Math.log(r2)) / r2)
    return [factor * x2, factor * x1]
  }
}

/** Pairs of them until `out`, of even length, is full. */
export function fillGaussPairs(bits: MersenneTwister, out: Float64Array): void {
  const draws = new Float64Array(1024)
  let at = draws.length
  for (let i = 0; i < out.length;) {
    // Never more at a time than are surely used: a pair takes two draws, or more.
    if (at === draws.length) {
      const wanted = Math.min(draws.length, out.length - i)
      at = draws.length - wanted
      bits.fillDoubles(draws.subarray(at))
    }
    const x1 = 2 * draws[at] - 1
    const x2 = 2 * draws[at + 1] - 1
    at += 2
    const r2 = x1 * x1 + x2 * x2
    if (r2 >= 1 || r2 === 0) continue
    const factor = Math.sqrt((-2 * Math.log(r2)) / r2)
    out[i++] = factor * x2
    out[i++] = factor * x1
  }
}

export function standardExponential({ bits }: Draws): number {
  return -Math.log(1 - bits.nextDouble())
}

/** Gamma of scale 1: Marsaglia and Tsang 2000 from shape 1 on, Ahrens and Dieter 1974 below. */
export function standardGamma(draws: Draws, shape: number): number {
  if (shape === 0) return 0
  if (shape === 1) return standardExponential(draws)
  return shape < 1 ? smallGamma(draws, shape) : largeGamma(draws, shape)
}

function smallGamma(draws: Draws, shape: number): number {
  for (;;) {
    const u = draws.bits.nextDouble()
    const v = standardExponential(draws)
    if (u <= 1 - shape) {
      const x = u ** (1 / shape)
      if (x <= v) return x
    } else {
      const y = -Math.log((1 - u) / shape)
      const x = (1 - shape + shape * y) ** (1 / shape)
      if (x <= v + y) return x
    }
  }
}

function largeGamma(draws: Draws, shape: number): number {
  const b = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * b)
  for (;;) {
    let x: number
    let v: number
    do {
      x = draws.gauss()
      v = 1 + c * x
    } while (v <= 0)
    v = v * v * v
    const u = draws.bits.nextDouble()
    if (u < 1 - 0.0331 * (x * x) * (x * x)) return b * v
    if (Math.log(u) < 0.5 * x * x + b * (1 - v + Math.log(v))) return b * v
  }
}

/** Beta: Jöhnk's method when both parameters are at most 1, else from two gammas. */
export function beta(draws: Draws, a: number, b: number): number {
  if (a > 1 || b > 1) {
    const first = standardGamma(draws, a)
    return first / (first + standardGamma(draws, b))
  }
  for (;;) {
    const u = draws.bits.nextDouble()
    const v = draws.bits.nextDouble()
    const x = u ** (1 / a)
    const y = v ** (1 / b)
    if (x + y > 1) continue
    if (x + y > 0) return x / (x + y)
    // Both underflowed: the same ratio from logarithms.
    const logX = Math.log(u) / a
    const logY = Math.log(v) / b
    const top = Math.max(logX, logY)
    return Math.exp(logX - top - Math.log(Math.exp(logX - top) + Math.exp(logY - top)))
  }
}

/** Poisson counts: products of uniforms below a mean of 10, Hörmann's PTRS from there on. */
export function poisson(draws: Draws, mean: number): number {
  if (mean === 0) return 0
  return mean < 10 ? poissonByProducts(draws, mean) : poissonByRejection(draws, mean)
}

function poissonByProducts({ bits }: Draws, mean: number): number {
  const bound = Math.exp(-mean)
  let product = bits.nextDouble()
  let count = 0
  while (product > bound) {
    product *= bits.nextDouble()
    count++
  }
  return count
}

function poissonByRejection({ bits }: Draws, mean: number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean)
  const a = -0.059 + 0.02483 * b
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
  const vr = 0.9277 - 3.6224 / (b - 2)
  for (;;) {
    const u = bits.nextDouble() - 0.5
    const v = bits.nextDouble()
    const us = 0.5 - Math.abs(u)
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43)
    if (us >= 0.07 && v <= vr) return k
    if (k < 0 || (us < 0.013 && v > us)) continue
    const accepted = Math.log(v) + Math.log(inverseAlpha) - Math.log(a / (us * us) + b)
    if (accepted <= -mean + k * Math.log(mean) - logGamma(k + 1)) return k
  }
}

// Stirling's series, B(2k) / (2k (2k - 1)), lowest power first.
const stirling = [
  8.333333333333333e-2, -2.777777777777778e-3, 7.936507936507937e-4, -5.952380952380952e-4, 8.417508417508418e-4,
  -1.917526917526918e-3, 6.41025641025641e-3, -2.955065359477124e-2, 1.796443723688307e-1, -1.3924322169059,
]

/** ln Γ(x), by Stirling's series after lifting x to 7 or more (Zhang and Jin). */
function logGamma(x: number): number {
  if (x === 1 || x === 2) return 0
  const lifts = x < 7 ? Math.trunc(7 - x) : 0
  let top = x + lifts
  const inverseSquare = (1 / top) * (1 / top)
  const series = stirling.reduceRight((sum, coefficient) => sum * inverseSquare + coefficient, 0)
  let result = series / top + 0.5 * 1.8378770664093453 + (top - 0.5) * Math.log(top) - top
  for (let k = 0; k < lifts; k++) result -= Math.log(--top)
  return result
}
