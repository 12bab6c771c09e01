import { sizeOf } from 'volvox/core'
import type { BinaryAlgorithm, EltwiseAlgorithm } from '../api.ts'
import { isSingle, type Link } from '../fuse.ts'
import { seenAs, type Form, type HostArray } from '../forms.ts'
import type { Plan } from '../plan.ts'
import { broadcastMap, erf } from './host.ts'

// Biases, norm parameters, their moments, scalars of losses: hundreds of tiny tensors in a training step. A primitive
// starts all threads and waits for them, which takes longer than the work, and much longer on a busy machine.

/** Runs links over few elements in JavaScript; operands are in the layout of the whole, of one element, or row-major by channel. */
export function smallChain(
  plan: Plan,
  from: Form,
  links: readonly Link[],
  to: Form,
  shape: readonly number[],
  operandOf: (link: Link & { kind: 'binary' }) => { readonly form: Form; readonly shape: readonly number[] } | number,
): void {
  const count = sizeOf(shape)
  const flat = plan.rowMajor([count])
  const forms = [seenAs(from, flat), seenAs(to, flat)]
  const makers = links.map((link): ((arrays: readonly HostArray[], values: Float32Array) => () => void) => {
    if (link.kind === 'eltwise') return (_, values) => eltwise(values, link.algorithm, link.alpha, link.beta)
    const operand = operandOf(link)
    if (typeof operand === 'number') return (_, values) => single(values, link.algorithm, Float32Array.of(operand))
    const index = forms.push(seenAs(operand.form, plan.rowMajor([sizeOf(operand.shape)]))) - 1
    if (isSingle(operand.shape)) return (arrays, values) => single(values, link.algorithm, arrays[index])
    const map = broadcastMap(operand.shape, shape)
    return (arrays, values) => each(values, link.algorithm, arrays[index], map)
  })
  plan.host(forms, (arrays) => {
    const [x, y] = arrays
    const values = new Float32Array(count) // `to` may lie on an operand
    const steps = makers.map((make) => make(arrays, values))
    return () => {
      values.set(x)
      for (let i = 0; i < steps.length; i++) steps[i]()
      y.set(values)
    }
  })
}

const functions: Record<
  Exclude<EltwiseAlgorithm, `${string}FromOutput` | 'linear'>,
  (x: number, alpha: number, beta: number) => number
> = {
  relu: (x, alpha) => (x > 0 ? x : alpha * x),
  tanh: Math.tanh,
  elu: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x)),
  square: (x) => x * x,
  abs: Math.abs,
  sqrt: Math.sqrt,
  softRelu: (x) => (x > 30 ? x : Math.log1p(Math.exp(x))),
  logistic: (x) => 1 / (1 + Math.exp(-x)),
  exp: Math.exp,
  log: Math.log,
  clip: (x, low, high) => (x < low ? low : x > high ? high : x),
  pow: (x, scale, power) => scale * (power === -1 ? 1 / x : Math.pow(x, power)),
  swish: (x, alpha) => x / (1 + Math.exp(-alpha * x)),
  mish: (x) => x * Math.tanh(x > 30 ? x : Math.log1p(Math.exp(x))),
  hardSwish: (x, alpha, beta) => x * Math.min(Math.max(alpha * x + beta, 0), 1),
  geluErf: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  geluTanh: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
}

function eltwise(values: Float32Array, algorithm: EltwiseAlgorithm, alpha: number, beta: number): () => void {
  if (algorithm === 'linear')
    return () => {
      for (let i = 0; i < values.length; i++) values[i] = alpha * values[i] + beta
    }
  if (algorithm === 'square')
    return () => {
      for (let i = 0; i < values.length; i++) values[i] *= values[i]
    }
  if (algorithm === 'sqrt')
    return () => {
      for (let i = 0; i < values.length; i++) values[i] = Math.sqrt(values[i])
    }
  if (!(algorithm in functions)) throw new Error(`oneDNN: ${algorithm} is not a link`)
  const f = functions[algorithm as keyof typeof functions]
  return () => {
    for (let i = 0; i < values.length; i++) values[i] = f(values[i], alpha, beta)
  }
}

const binary: Record<BinaryAlgorithm, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  max: (a, b) => Math.max(a, b),
  min: (a, b) => Math.min(a, b),
  div: (a, b) => a / b,
  sub: (a, b) => a - b,
  ge: (a, b) => (a >= b ? 1 : 0),
  gt: (a, b) => (a > b ? 1 : 0),
  le: (a, b) => (a <= b ? 1 : 0),
  lt: (a, b) => (a < b ? 1 : 0),
  eq: (a, b) => (a === b ? 1 : 0),
}

function single(y: Float32Array, algorithm: BinaryAlgorithm, operand: HostArray): () => void {
  const f = binary[algorithm]
  switch (algorithm) {
    case 'add':
      return () => {
        for (let i = 0, b = operand[0]; i < y.length; i++) y[i] += b
      }
    case 'mul':
      return () => {
        for (let i = 0, b = operand[0]; i < y.length; i++) y[i] *= b
      }
    default:
      return () => {
        for (let i = 0, b = operand[0]; i < y.length; i++) y[i] = f(y[i], b)
      }
  }
}

// Loops of their own for what optimisers use: a call through `f` in each round costs more than the operation.
function each(y: Float32Array, algorithm: BinaryAlgorithm, b: HostArray, map: Int32Array | null): () => void {
  const f = binary[algorithm]
  if (map)
    return () => {
      for (let i = 0; i < y.length; i++) y[i] = f(y[i], b[map[i]])
    }
  switch (algorithm) {
    case 'add':
      return () => {
        for (let i = 0; i < y.length; i++) y[i] += b[i]
      }
    case 'mul':
      return () => {
        for (let i = 0; i < y.length; i++) y[i] *= b[i]
      }
    default:
      return () => {
        for (let i = 0; i < y.length; i++) y[i] = f(y[i], b[i])
      }
  }
}
