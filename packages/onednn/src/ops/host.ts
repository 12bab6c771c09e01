import { sameShape, sizeOf, stridesOf, GraphError } from 'volvox/core'
import { at, type Attrs, type Node } from 'volvox/graph'
import type { HostArray } from '../forms.ts'
import type { Plan } from '../plan.ts'

// Elementwise operations that oneDNN does not have, has not for whole numbers, or not for this kind of broadcast.

type Unary = (x: number) => number
type Binary = (a: number, b: number) => number

const unary: Record<string, (attrs: Attrs) => Unary> = {
  neg: () => (x) => -x,
  exp: () => Math.exp,
  log: () => Math.log,
  sqrt: () => Math.sqrt,
  abs: () => Math.abs,
  square: () => (x) => x * x,
  reciprocal: () => (x) => 1 / x,
  sign: () => Math.sign,
  floor: () => Math.floor,
  erf: () => erf,
  clip: ({ min, max }) => {
    const [low, high] = [Number(min), Number(max)]
    return (x) => (x < low ? low : x > high ? high : x)
  },
}

const binary: Record<string, Binary> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  max: (a, b) => Math.max(a, b),
  min: (a, b) => Math.min(a, b),
  pow: (a, b) => Math.pow(a, b),
  less: (a, b) => (a < b ? 1 : 0),
  lessEqual: (a, b) => (a <= b ? 1 : 0),
  greater: (a, b) => (a > b ? 1 : 0),
  greaterEqual: (a, b) => (a >= b ? 1 : 0),
  equal: (a, b) => (a === b ? 1 : 0),
}

/** Any elementwise node, element by element in row-major order. */
export function hostElementwise(plan: Plan, node: Node): void {
  const [output] = node.outputs
  const inputs = node.inputs.map((value) => plan.plain(value))
  const target = plan.output(output, plan.plainLayout(output))
  const maps = node.inputs.map(({ shape }) => broadcastMap(shape, output.shape))
  const count = sizeOf(output.shape)
  plan.host([...inputs, target], (arrays) => loopOf(node, arrays, maps, count))
}

function loopOf(
  node: Node,
  arrays: readonly HostArray[],
  maps: readonly (Int32Array | null)[],
  count: number,
): () => void {
  const y = arrays[arrays.length - 1]
  if (node.op === 'where') {
    const [c, a, b] = arrays
    const [mc, ma, mb] = maps
    return () => {
      for (let i = 0; i < count; i++) y[i] = c[mc ? mc[i] : i] !== 0 ? a[ma ? ma[i] : i] : b[mb ? mb[i] : i]
    }
  }
  if (node.op in unary) {
    const f = unary[node.op](node.attrs)
    const [x] = arrays
    return () => {
      for (let i = 0; i < count; i++) y[i] = f(x[i])
    }
  }
  const f = binary[node.op]
  if (!f) throw new GraphError(at(node.op, node.scope), `has no lowering for ${node.outputs[0].dtype}; cast to float32`)
  const [a, b] = arrays
  const [ma, mb] = maps
  return () => {
    for (let i = 0; i < count; i++) y[i] = f(a[ma ? ma[i] : i], b[mb ? mb[i] : i])
  }
}

/** For each element of `to`, which element of `from` it shows; null when they are the same. */
export function broadcastMap(from: readonly number[], to: readonly number[]): Int32Array | null {
  if (sameShape(from, to)) return null
  const shape = [...to.slice(0, to.length - from.length).map(() => 1), ...from]
  const strides = stridesOf(shape).map((step, axis) => (shape[axis] === 1 ? 0 : step))
  const map = new Int32Array(sizeOf(to))
  const place = to.map(() => 0)
  let index = 0
  for (let i = 0; i < map.length; i++) {
    map[i] = index
    for (let axis = to.length - 1; axis >= 0; axis--) {
      index += strides[axis]
      if (++place[axis] < to[axis]) break
      index -= strides[axis] * to[axis]
      place[axis] = 0
    }
  }
  return map
}

/** The error function: its series near 0, a continued fraction (Lentz) further out; exact to float64's last digits. */
export function erf(x: number): number {
  const a = Math.abs(x)
  if (a > 6) return Math.sign(x)
  if (a < 2.5) {
    let term = x
    let sum = x
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (-x * x) / n
      sum += term / (2 * n + 1)
    }
    return (2 / Math.sqrt(Math.PI)) * sum
  }
  let fraction = 0
  for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction)
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction))
}
