import { sameShape } from 'volvox/core'
import type { Node, Program, Value } from 'volvox/graph'
import type { Api, BinaryAlgorithm, EltwiseAlgorithm } from './api.ts'
import { constantOf } from './forms.ts'

/** One elementwise change of a running value: oneDNN's post-ops in words. */
export type Link =
  | { readonly kind: 'eltwise'; readonly algorithm: EltwiseAlgorithm; readonly alpha: number; readonly beta: number }
  | { readonly kind: 'binary'; readonly algorithm: BinaryAlgorithm; readonly operand: Operand }

/** What a running value meets: another value, or a number. */
export type Operand = Value | number

/** Nodes that run as one: each but the first takes the one before it, which nobody else needs. */
export type Chain = readonly Node[]

const LONGEST = 12

/** Whether the library takes elementwise nodes after this one as its post-ops. */
export function takesLinks({ op }: Node): boolean {
  return op === 'conv' || op === 'matmul'
}

/**
 * Groups elementwise nodes into chains, which may begin with a node that takes them as post-ops. The map is from the
 * last node of each chain, where the whole chain runs: by then all operands are there.
 */
export function findChains(program: Program): ReadonlyMap<Node, Chain> {
  const uses = new Map<Value, number>()
  const kept = [...Object.values(program.outputs), ...program.updates.values()]
  for (const value of [...program.nodes.flatMap(({ inputs }) => inputs), ...kept])
    uses.set(value, (uses.get(value) ?? 0) + 1)
  const chains = new Map<Node, Chain>()
  for (const node of program.nodes) {
    const before = node.inputs.find(
      (value) => uses.get(value) === 1 && extendable(chains.get(value.node)) && linksOf(node, value) !== null,
    )
    if (before) {
      const chain = chains.get(before.node) ?? []
      chains.delete(before.node)
      chains.set(node, [...chain, node])
    } else chains.set(node, [node])
  }
  return chains
}

function extendable(chain: Chain | undefined): boolean {
  if (!chain || chain.length >= LONGEST) return false
  const [head] = chain
  return takesLinks(head) || head.inputs.some((value) => linksOf(head, value) !== null)
}

/** What `node` does to its input `value` when that is the running value; null when it is not such a change. */
export function linksOf(node: Node, value: Value): readonly Link[] | null {
  const [output] = node.outputs
  if (node.outputs.length !== 1 || output.dtype !== 'float32' || value.dtype !== 'float32') return null
  if (!sameShape(output.shape, value.shape) || output.shape.includes(0)) return null
  if (node.inputs.length === 1) return unaryLinks(node)
  if (node.inputs.length !== 2) return null
  const [a, b] = node.inputs
  if (a === b && node.op === 'mul') return [eltwise('square')]
  if (a === b) return null
  const left = a === value
  const operand = left ? b : a
  if (operand.dtype !== 'float32') return null
  const number = constantOf(operand)
  if (number !== null) return numberLinks(node.op, number, left)
  return spreads(operand.shape, output.shape) ? operandLinks(node.op, operand, left) : null
}

/** Whether a post-op can spread an operand over the result: it has all elements, one, or one for each channel. */
export function spreads(operand: readonly number[], shape: readonly number[]): boolean {
  return sameShape(operand, shape) || isSingle(operand) || isPerChannel(operand, shape)
}

export function isSingle(shape: readonly number[]): boolean {
  return shape.every((n) => n === 1)
}

export function isPerChannel(operand: readonly number[], shape: readonly number[]): boolean {
  if (shape.length < 2 || operand.length < shape.length - 1 || operand.length > shape.length) return false
  const aligned = operand.length === shape.length ? operand : [1, ...operand]
  return aligned.every((n, axis) => n === (axis === 1 ? shape[1] : 1))
}

const unary: Record<string, Link | undefined> = {
  neg: eltwise('linear', -1, 0),
  exp: eltwise('exp'),
  log: eltwise('log'),
  sqrt: eltwise('sqrt'),
  abs: eltwise('abs'),
  square: eltwise('square'),
  reciprocal: eltwise('pow', 1, -1),
  relu: eltwise('relu'),
  sigmoid: eltwise('logistic'),
  tanh: eltwise('tanh'),
  softplus: eltwise('softRelu'),
  mish: eltwise('mish'),
  hardSwish: eltwise('hardSwish', 1 / 6, 1 / 2),
}

function unaryLinks({ op, attrs }: Node): readonly Link[] | null {
  const fixed = unary[op]
  if (fixed) return [fixed]
  if (op === 'leakyRelu') return [eltwise('relu', Number(attrs.alpha))]
  if (op === 'elu') return [eltwise('elu', Number(attrs.alpha))]
  if (op === 'gelu') return [eltwise(attrs.approximate === 'tanh' ? 'geluTanh' : 'geluErf')]
  if (op === 'swish') return [eltwise('swish', Number(attrs.alpha))]
  if (op === 'clip') return [eltwise('clip', Number(attrs.min), Number(attrs.max))]
  return null
}

function numberLinks(op: string, number: number, left: boolean): readonly Link[] | null {
  switch (op) {
    case 'add':
      return [eltwise('linear', 1, number)]
    case 'sub':
      return [left ? eltwise('linear', 1, -number) : eltwise('linear', -1, number)]
    case 'mul':
      return [eltwise('linear', number, 0)]
    case 'div':
      return left ? (number === 0 ? null : [eltwise('linear', 1 / number, 0)]) : [eltwise('pow', number, -1)]
    case 'max':
      return [eltwise('clip', number, Infinity)]
    case 'min':
      return [eltwise('clip', -Infinity, number)]
    case 'pow':
      return left && [-1, 0.5, 2].includes(number) ? [eltwise('pow', 1, number)] : null
    default:
      return null
  }
}

const sameEitherWay: Record<string, BinaryAlgorithm | undefined> = {
  add: 'add',
  mul: 'mul',
  max: 'max',
  min: 'min',
  equal: 'eq',
}
const fromLeft: Record<string, BinaryAlgorithm | undefined> = { sub: 'sub', div: 'div', less: 'lt', lessEqual: 'le', greater: 'gt', greaterEqual: 'ge' } // prettier-ignore
const fromRight: Record<string, BinaryAlgorithm | undefined> = { less: 'gt', lessEqual: 'ge', greater: 'lt', greaterEqual: 'le' } // prettier-ignore

function operandLinks(op: string, operand: Value, left: boolean): readonly Link[] | null {
  const algorithm = sameEitherWay[op] ?? (left ? fromLeft : fromRight)[op]
  if (algorithm) return [{ kind: 'binary', algorithm, operand }]
  if (op === 'sub') return [eltwise('linear', -1, 0), { kind: 'binary', algorithm: 'add', operand }]
  if (op === 'div') return [eltwise('pow', 1, -1), { kind: 'binary', algorithm: 'mul', operand }]
  return null
}

/**
 * The same links for one primitive. Before oneDNN 2.7 all elementwise post-ops of one algorithm get the parameters of
 * the first of them: linear functions are joined where they meet and all but one become operands. The second part is
 * what must wait for a primitive of its own.
 */
export function inOnePrimitive(
  links: readonly Link[],
  { hasOwnPostOpParameters }: Pick<Api, 'hasOwnPostOpParameters'>,
): readonly [now: readonly Link[], later: readonly Link[]] {
  if (hasOwnPostOpParameters) return [joined(links), []]
  const now: Link[] = []
  const used = new Map<EltwiseAlgorithm, string>()
  for (const [i, link] of joined(links).entries()) {
    const parameters = link.kind === 'eltwise' ? `${link.alpha} ${link.beta}` : ''
    const before = link.kind === 'eltwise' ? used.get(link.algorithm) : undefined
    if (link.kind === 'binary' || before === undefined || before === parameters) {
      if (link.kind === 'eltwise') used.set(link.algorithm, parameters)
      now.push(link)
    } else if (link.algorithm === 'linear') {
      if (link.alpha !== 1) now.push({ kind: 'binary', algorithm: 'mul', operand: link.alpha })
      if (link.beta !== 0) now.push({ kind: 'binary', algorithm: 'add', operand: link.beta })
    } else return [now, joined(links).slice(i)]
  }
  return [now, []]
}

// b(a(x)) of two linear functions
function joined(links: readonly Link[]): Link[] {
  const result: Link[] = []
  for (const link of links) {
    const last = result.at(-1)
    const both =
      last?.kind === 'eltwise' && link.kind === 'eltwise' && last.algorithm === 'linear' && link.algorithm === 'linear'
    if (both) result[result.length - 1] = eltwise('linear', link.alpha * last.alpha, link.alpha * last.beta + link.beta)
    else result.push(link)
  }
  return result
}

function eltwise(algorithm: EltwiseAlgorithm, alpha = 0, beta = 0): Link {
  return { kind: 'eltwise', algorithm, alpha, beta }
}
