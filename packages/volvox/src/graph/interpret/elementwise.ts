import { sizeOf } from '../../core/tensor.ts'
import type { ActivationGradAttrs } from '../ops/index.ts'
import { broadcastOffsets, type Kernel, type KernelOf, type NumberArray } from './array.ts'
import { erf, normalDensity } from './special.ts'

/** A kernel that computes each element from the elements at its place (up to three), after broadcasting. */
function map<A>(f: (attrs: A, a: number, b: number, c: number) => number): KernelOf<A> {
  return ([a, b = a, c = a], attrs, [{ shape }]) => {
    const [ia, ib, ic] = [a, b, c].map((array) => broadcastOffsets(array.shape, shape))
    const out = new Float64Array(sizeOf(shape))
    for (let i = 0; i < out.length; i++) out[i] = f(attrs, a.data[ia[i]], b.data[ib[i]], c.data[ic[i]])
    return [out]
  }
}

const sigmoidOf = (x: number) => 1 / (1 + Math.exp(-x))
const softplusOf = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
const bit = (condition: boolean) => (condition ? 1 : 0)

export const neg: Kernel<'neg'> = map((_, x) => -x)
export const exp: Kernel<'exp'> = map((_, x) => Math.exp(x))
export const log: Kernel<'log'> = map((_, x) => Math.log(x))
export const sqrt: Kernel<'sqrt'> = map((_, x) => Math.sqrt(x))
export const abs: Kernel<'abs'> = map((_, x) => Math.abs(x))
export const square: Kernel<'square'> = map((_, x) => x * x)
export const reciprocal: Kernel<'reciprocal'> = map((_, x) => 1 / x)
export const sign: Kernel<'sign'> = map((_, x) => Math.sign(x))
export const floor: Kernel<'floor'> = map((_, x) => Math.floor(x))
export const erfKernel: Kernel<'erf'> = map((_, x) => erf(x))
export const clip: Kernel<'clip'> = map(({ min, max }, x) => Math.min(Math.max(x, min), max))

export const relu: Kernel<'relu'> = map((_, x) => Math.max(x, 0))
export const sigmoid: Kernel<'sigmoid'> = map((_, x) => sigmoidOf(x))
export const tanh: Kernel<'tanh'> = map((_, x) => Math.tanh(x))
export const softplus: Kernel<'softplus'> = map((_, x) => softplusOf(x))
export const elu: Kernel<'elu'> = map(({ alpha }, x) => (x > 0 ? x : alpha * Math.expm1(x)))
export const leakyRelu: Kernel<'leakyRelu'> = map(({ alpha }, x) => (x > 0 ? x : alpha * x))
export const gelu: Kernel<'gelu'> = map(({ approximate }, x) =>
  approximate === 'tanh' ? 0.5 * x * (1 + Math.tanh(geluInner(x))) : 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
)
export const swish: Kernel<'swish'> = map(({ alpha }, x) => x * sigmoidOf(alpha * x))
export const mish: Kernel<'mish'> = map((_, x) => x * Math.tanh(softplusOf(x)))
export const hardSwish: Kernel<'hardSwish'> = map((_, x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6)
export const activationGrad: Kernel<'activationGrad'> = map((attrs, g, v) => g * slope(attrs, v))

// √(2/π) (x + 0.044715 x³)
function geluInner(x: number): number {
  return Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)
}

/** Derivative of an activation; v is its output where ops/activation.ts says so, else its input. */
function slope(attrs: ActivationGradAttrs, v: number): number {
  switch (attrs.of) {
    case 'relu':
      return bit(v > 0)
    case 'leakyRelu':
      return v > 0 ? 1 : attrs.alpha
    case 'elu':
      return v > 0 ? 1 : v + attrs.alpha
    case 'sigmoid':
      return v * (1 - v)
    case 'tanh':
      return 1 - v * v
    case 'softplus':
      return sigmoidOf(v)
    case 'gelu': {
      if (attrs.approximate === 'none') return 0.5 * (1 + erf(v * Math.SQRT1_2)) + v * normalDensity(v)
      const t = Math.tanh(geluInner(v))
      return 0.5 * (1 + t) + 0.5 * v * (1 - t * t) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * v * v)
    }
    case 'swish': {
      const s = sigmoidOf(attrs.alpha * v)
      return s + attrs.alpha * v * s * (1 - s)
    }
    case 'mish': {
      const t = Math.tanh(softplusOf(v))
      return t + v * sigmoidOf(v) * (1 - t * t)
    }
    case 'hardSwish':
      return v < -3 ? 0 : v > 3 ? 1 : v / 3 + 0.5
    default:
      return attrs satisfies never
  }
}

export const add: Kernel<'add'> = map((_, a, b) => a + b)
export const sub: Kernel<'sub'> = map((_, a, b) => a - b)
export const mul: Kernel<'mul'> = map((_, a, b) => a * b)
export const div: Kernel<'div'> = map((_, a, b) => a / b)
export const max: Kernel<'max'> = map((_, a, b) => Math.max(a, b))
export const min: Kernel<'min'> = map((_, a, b) => Math.min(a, b))
export const pow: Kernel<'pow'> = map((_, a, b) => a ** b)
export const less: Kernel<'less'> = map((_, a, b) => bit(a < b))
export const lessEqual: Kernel<'lessEqual'> = map((_, a, b) => bit(a <= b))
export const greater: Kernel<'greater'> = map((_, a, b) => bit(a > b))
export const greaterEqual: Kernel<'greaterEqual'> = map((_, a, b) => bit(a >= b))
export const equal: Kernel<'equal'> = map((_, a, b) => bit(a === b))
export const where: Kernel<'where'> = map((_, condition, a, b) => (condition !== 0 ? a : b))

export const prelu: Kernel<'prelu'> = ([x, slopes]) => {
  const channel = channelOf(x)
  return [x.data.map((v, i) => (v > 0 ? v : v * slopes.data[channel(i) % slopes.data.length]))]
}

export const preluGrad: Kernel<'preluGrad'> = ([g, x, slopes]) => {
  const channel = channelOf(x)
  const dSlopes = new Float64Array(slopes.data.length)
  const dx = x.data.map((v, i) => {
    const c = channel(i) % slopes.data.length
    if (v > 0) return g.data[i]
    dSlopes[c] += g.data[i] * v
    return g.data[i] * slopes.data[c]
  })
  return [dx, dSlopes]
}

/** The channel of the i-th element of `[N, C, ...]`. */
function channelOf(x: NumberArray): (i: number) => number {
  const inner = sizeOf(x.shape.slice(2))
  const channels = x.shape[1] ?? 1
  return (i) => Math.floor(i / inner) % channels
}
