import { sizeOf } from '../../core/tensor.ts'
import { flopsOf, programFlops } from '../../graph/flops.ts'
import { type Node, type Program, type Value } from '../../graph/ir.ts'
import type { Network } from '../network.ts'
import { backward, divisorOf, traceNetwork, type Trace } from './trace.ts'

/** What a network is and takes, for inputs of some shapes. */
export interface NetworkFacts {
  readonly name: string
  readonly inputs: readonly (readonly number[])[]
  readonly outputs: readonly (readonly number[])[]
  /** Trained numbers, and those of all state tensors. */
  readonly parameters: number
  readonly stateElements: number
  /** Of one prediction; a multiplication and an addition count as two. */
  readonly flops: number
  /** The most that is alive at once in float32 while predicting, in the graph's own order, weights aside. */
  readonly forwardBytes: number
  /** What the forward pass of a training step keeps for the backward pass in float32, weights aside. */
  readonly trainingBytes: number
  /** By what spatial sizes must be divisible; null where no other size fits. */
  readonly divisor: number | null
  readonly blocks: readonly BlockFacts[]
}

/** One part of a network; what it shares with others is counted in each. */
export interface BlockFacts {
  /** Its path, under which its weights are in state dicts. */
  readonly path: string
  readonly output: readonly number[]
  readonly parameters: number
  readonly flops: number
  readonly trainingBytes: number
}

/** Counts what a network has and does, without computing anything. */
export function networkFacts(network: Network, inputs: readonly (readonly number[])[]): NetworkFacts {
  const traced = traceNetwork(network, inputs)
  const training = traceNetwork(network, inputs, true)
  const kept = keptValues(training)
  const count = (weights: Network['weights']) => weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  return {
    name: network.name,
    inputs,
    outputs: traced.outputs.map(({ shape }) => shape),
    parameters: count(network.weights.filter(({ trainable }) => trainable)),
    stateElements: count(network.weights),
    flops: programFlops(traced.program),
    forwardBytes: mostAlive(traced.program),
    trainingBytes: bytesOf(kept),
    divisor: divisorOf(network, inputs),
    blocks: topBlocks(traced, kept),
  }
}

const leaves = new Set(['input', 'state', 'constant'])

/** The value whose memory this one is: reshaping moves nothing. */
function source(value: Value): Value {
  let current = value
  while (current.node.op === 'reshape') [current] = current.node.inputs
  return current
}

function bytesOf(values: Iterable<Value>): number {
  let bytes = 0
  for (const { shape } of values) bytes += 4 * sizeOf(shape)
  return bytes
}

/** Bytes that are alive at once at most: from where a value is made to where it is last used. */
function mostAlive({ nodes, outputs }: Program): number {
  const lastUse = new Map<Value, number>()
  nodes.forEach((node, i) => {
    for (const value of node.inputs) lastUse.set(source(value), i)
  })
  for (const value of Object.values(outputs)) lastUse.set(source(value), nodes.length)
  const ending: Value[][] = nodes.map(() => [])
  for (const [value, i] of lastUse) if (!leaves.has(value.node.op)) ending[i]?.push(value)
  let [alive, most] = [0, 0]
  nodes.forEach((node, i) => {
    if (!leaves.has(node.op) && node.op !== 'reshape')
      alive += bytesOf(node.outputs.filter((value) => lastUse.has(value)))
    most = Math.max(most, alive)
    alive -= bytesOf(ending[i])
  })
  return most
}

/** What the forward pass computed and the backward pass reads. */
function keptValues(training: Trace): ReadonlySet<Value> {
  const forward = new Set<Node>(training.program.nodes)
  const kept = new Set<Value>()
  for (const node of backward(training).nodes)
    if (!forward.has(node))
      for (const value of node.inputs.map(source))
        if (forward.has(value.node) && !leaves.has(value.node.op)) kept.add(value)
  return kept
}

const inside = (path: string, name: string): boolean => name === path || name.startsWith(`${path}.`)

/** Parts that ran there alone, though the first names of their weights are here. */
function movedPlaces(
  { weights }: Network,
  ran: readonly string[],
): readonly (readonly [there: string, here: string])[] {
  const pairs = weights.flatMap(({ name, aliases }) =>
    aliases.map((alias) => {
      const [here, there] = [name.split('.'), alias.split('.')]
      while (here.length > 1 && there.length > 1 && here.at(-1) === there.at(-1)) {
        here.pop()
        there.pop()
      }
      return [there.join('.'), here.join('.')] as const
    }),
  )
  return [...new Map(pairs)].filter(([, here]) => !ran.some((path) => inside(here, path)))
}

/** The parts that a network consists of, as deep as there are several. Shared ones count under each of their paths. */
function topBlocks({ network, pass, program, outputs }: Trace, kept: ReadonlySet<Value>): BlockFacts[] {
  const pathOf = ({ scope }: Node) => scope.slice(network.name.length + 1)
  const moved = movedPlaces(network, program.nodes.map(pathOf))
  const isWithin = (path: string, node: Node): boolean => {
    const own = pathOf(node)
    return (
      inside(path, own) ||
      moved.some(([there, here]) => inside(there, own) && inside(path, here + own.slice(there.length)))
    )
  }
  const names = network.weights.map(({ name }) => name)
  const childrenOf = (prefix: string): string[] => {
    const paths = [...program.nodes.map(pathOf), ...names.map((name) => name.slice(0, name.lastIndexOf('.')))]
    const below = paths.filter((path) => path.startsWith(prefix) && path.length > prefix.length)
    return [...new Set(below.map((path) => prefix + path.slice(prefix.length).split('.')[0]))]
  }
  let children = childrenOf('')
  while (children.length === 1 && childrenOf(`${children[0]}.`).length > 0) children = childrenOf(`${children[0]}.`)
  return children.map((path) => {
    const nodes = program.nodes.filter((node) => isWithin(path, node))
    const weights = network.weights.filter(
      ({ name, aliases, trainable }) => trainable && [name, ...aliases].some((one) => inside(path, one)),
    )
    const again = moved.find(([, here]) => here === path)
    const given = pass.layers.get(path) ?? (again && pass.layers.get(again[0]))
    const last = given && ('node' in given ? given : given.at(-1))
    return {
      path,
      output: (last ?? nodes.at(-1)?.outputs[0] ?? outputs[0]).shape,
      parameters: weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
      flops: nodes.reduce((sum, node) => sum + flopsOf(node), 0),
      trainingBytes: bytesOf([...kept].filter(({ node }) => isWithin(path, node))),
    }
  })
}
