import type { Draws } from './distributions.ts'

/** Binomial counts: inversion for small n·p, the BTPE rejection of Kachitvichyanukul and Schmeiser 1988 above 30. */
export function binomial(draws: Draws, n: number, p: number): number {
  if (n === 0 || p === 0) return 0
  if (p > 0.5) return n - binomialOfRare(draws, n, 1 - p)
  return binomialOfRare(draws, n, p)
}

function binomialOfRare(draws: Draws, n: number, p: number): number {
  return n * p <= 30 ? byInversion(draws, n, p) : byRejection(draws, n, p)
}

function byInversion({ bits }: Draws, n: number, p: number): number {
  const q = 1 - p
  const none = Math.exp(n * Math.log(q))
  const bound = Math.min(n, Math.trunc(n * p + 10 * Math.sqrt(n * p * q + 1)))
  for (;;) {
    let u = bits.nextDouble()
    let chance = none
    let x = 0
    for (; u > chance && x <= bound;) {
      x++
      u -= chance
      chance = ((n - x + 1) * p * chance) / (x * q)
    }
    if (x <= bound) return x
  }
}

function byRejection({ bits }: Draws, n: number, r: number): number {
  const q = 1 - r
  const fm = n * r + r
  const mode = Math.floor(fm)
  const variance = n * r * q
  const p1 = Math.floor(2.195 * Math.sqrt(variance) - 4.6 * q) + 0.5
  const middle = mode + 0.5
  const left = middle - p1
  const right = middle + p1
  const c = 0.134 + 20.5 / (15.3 + mode)
  const slope = (a: number) => a * (1 + a / 2)
  const lambdaLeft = slope((fm - left) / (fm - left * r))
  const lambdaRight = slope((right - fm) / (right * q))
  const p2 = p1 * (1 + 2 * c)
  const p3 = p2 + c / lambdaLeft
  const p4 = p3 + c / lambdaRight
  for (;;) {
    const u = bits.nextDouble() * p4
    let v = bits.nextDouble()
    let y: number
    if (u <= p1) return Math.floor(middle - p1 * v + u) // inside the triangle: accepted at once
    if (u <= p2) {
      const x = left + (u - p1) / c
      v = v * c + 1 - Math.abs(mode - x + 0.5) / p1
      if (v > 1) continue
      y = Math.floor(x)
    } else if (u <= p3) {
      y = Math.floor(left + Math.log(v) / lambdaLeft)
      if (y < 0 || v === 0) continue
      v *= (u - p2) * lambdaLeft
    } else {
      y = Math.floor(right - Math.log(v) / lambdaRight)
      if (y > n || v === 0) continue
      v *= (u - p3) * lambdaRight
    }
    if (accepted(n, r, q, mode, variance, y, v)) return y
  }
}

function accepted(n: number, r: number, q: number, mode: number, variance: number, y: number, v: number): boolean {
  const k = Math.abs(y - mode)
  if (k <= 20 || k >= variance / 2 - 1) return v <= ratioToMode(n, r, q, mode, y)
  const rho = (k / variance) * ((k * (k / 3 + 0.625) + 0.16666666666666666) / variance + 0.5)
  const t = (-k * k) / (2 * variance)
  const a = Math.log(v)
  if (a < t - rho) return true
  if (a > t + rho) return false
  const x1 = y + 1
  const f1 = mode + 1
  const z = n + 1 - mode
  const w = n - y + 1
  const bound =
    (mode + 0.5) * Math.log(f1 / x1) +
    (n - mode + 0.5) * Math.log(z / w) +
    (y - mode) * Math.log((w * r) / (x1 * q)) +
    tail(f1) +
    tail(z) +
    tail(x1) +
    tail(w)
  return a <= bound
}

/** P(y) / P(mode), by the recurrence between neighbours. */
function ratioToMode(n: number, r: number, q: number, mode: number, y: number): number {
  const s = r / q
  const a = s * (n + 1)
  let ratio = 1
  for (let i = mode + 1; i <= y; i++) ratio *= a / i - s
  for (let i = y + 1; i <= mode; i++) ratio /= a / i - s
  return ratio
}

/** The remainder of Stirling's series that the squeeze needs. */
function tail(x: number): number {
  const x2 = x * x
  return (13680 - (462 - (132 - (99 - 140 / x2) / x2) / x2) / x2) / x / 166320
}
