import { sameShape, sizeOf } from '../../core/tensor.ts'
import { nameOf, sorted, type Node, type Value } from '../../graph/ir.ts'
import type { Trace } from './trace.ts'

/** A part of a network's graph as it is drawn: a layer with all that is in it, or an operation between layers. */
export interface Block {
  /** Path of the layer, or of the layer that an operation is directly in. */
  readonly path: string
  /** Of an operation between layers, which one. */
  readonly joint: string | null
  readonly nodes: readonly Node[]
  /** Its output: what others read of it last. */
  readonly output: Value
  readonly parameters: number
  /** Blocks whose outputs it reads, by their place in the list. */
  readonly from: readonly number[]
  /** How many layers of a list it stands for. */
  readonly times: number
}

const leaves = new Set(['input', 'state', 'constant'])
/** Operations that make a layer worth a box of its own. */
const heavy = new Set(['conv', 'convInputGrad', 'attention', 'maxPool', 'averagePool', 'resize'])
const heavyOrLinear = new Set([...heavy, 'matmul'])

/** A layer with fewer of them than this is not opened, unless little would be seen otherwise. */
const wholeUpTo = 5
/** A layer of so many parts or more is not opened, unless it is a list or one of the network's own. */
const manyParts = 7
const fewBlocks = 8

/**
 * Cuts a network into at most `most` blocks, along its layers: lists of layers are opened first, then the largest layer,
 * again and again. Neighbours of one list that look the same become one block.
 */
export function blocksOf(traced: Trace, most: number): Block[] {
  const opened = new Set<string>([''])
  open(traced, opened, most, wholeUpTo, heavy)
  if (groupsOf(traced, opened).length < fewBlocks) open(traced, opened, 2 * fewBlocks, 1, heavyOrLinear)
  return joined(inOrder(connected(groupsOf(traced, opened), traced)))
}

/** Opens layers with more than `whole` of some operations, as long as there are not too many blocks. */
function open(traced: Trace, opened: Set<string>, most: number, whole: number, ops: ReadonlySet<string>): void {
  const isList = ({ path }: Group) => !traced.pass.layers.has(path)
  for (;;) {
    const groups = groupsOf(traced, opened)
    const better = groups
      .filter(({ path, members }) => !opened.has(path) && members.filter(({ op }) => ops.has(op)).length > whole)
      .sort((a, b) => Number(isList(b)) - Number(isList(a)) || b.members.length - a.members.length)
      .find((group) => {
        const next = groupsOf(traced, new Set([...opened, group.path])).length
        const inside = group.path.includes('.') && !isList(group)
        return next <= most && (!inside || next - groups.length + 1 < manyParts)
      })
    if (!better) return
    opened.add(better.path)
  }
}

interface Group {
  readonly path: string
  readonly joint: string | null
  readonly members: Node[]
}

/** Nodes by what they are drawn in. One between layers that reads several of them is a joint; else it goes with what it reads. */
function groupsOf({ network, program }: Trace, opened: ReadonlySet<string>): Group[] {
  /** The outermost layer around a node that is not opened; the one that it is directly in, if all are. */
  const drawnIn = ({ scope }: Node): string => {
    const path = scope.slice(network.name.length + 1)
    for (let end = path.indexOf('.'); end >= 0; end = path.indexOf('.', end + 1))
      if (!opened.has(path.slice(0, end))) return path.slice(0, end)
    return path
  }
  // What weights alone are made into belongs to what uses it.
  const computed = new Set<Node>()
  for (const node of program.nodes)
    if (node.op === 'input' || node.inputs.some((value) => computed.has(value.node))) computed.add(node)
  const nodes = program.nodes.filter((node) => computed.has(node) && !leaves.has(node.op))
  const groups: Group[] = []
  const layers = new Map<string, Group>()
  const groupOf = new Map<Node, Group>()
  for (const node of nodes) {
    const path = drawnIn(node)
    const read = new Set(node.inputs.flatMap((value) => groupOf.get(value.node) ?? []))
    // What only reshapes an input is not worth a sign.
    if (opened.has(path) && read.size === 0 && node.inputs.length === 1) continue
    let group = opened.has(path) ? undefined : layers.get(path)
    if (opened.has(path) && read.size === 1) [group] = read
    if (!group) {
      group = { path, joint: opened.has(path) ? node.op : null, members: [] }
      groups.push(group)
      if (!opened.has(path)) layers.set(path, group)
    }
    group.members.push(node)
    groupOf.set(node, group)
  }
  return groups
}

function connected(groups: readonly Group[], { network, outputs }: Trace): Block[] {
  const trained = new Map(network.weights.map(({ name, trainable, shape }) => [name, trainable ? sizeOf(shape) : 0]))
  const place = new Map(groups.flatMap(({ members }, i) => members.map((node) => [node, i] as const)))
  const readBy = new Map<number, Value>()
  groups.forEach(({ members }, i) => {
    for (const value of members.flatMap((node) => node.inputs)) {
      const from = place.get(value.node)
      if (from !== undefined && from !== i) readBy.set(from, value)
    }
  })
  for (const value of outputs) readBy.set(place.get(value.node) ?? -1, value)
  return groups.map(({ path, joint, members }, i): Block => {
    const read = members.flatMap((node) => node.inputs)
    const from = read.flatMap((value) => place.get(value.node) ?? []).filter((at) => at !== i)
    return {
      path,
      joint,
      nodes: members,
      output: readBy.get(i) ?? members[members.length - 1].outputs[0],
      parameters: [...statesOf(members)].reduce((sum, name) => sum + (trained.get(name) ?? 0), 0),
      from: [...new Set(from)],
      times: 1,
    }
  })
}

/** Names of the weights that nodes read. */
function statesOf(nodes: readonly Node[]): ReadonlySet<string> {
  return new Set(
    nodes.flatMap(({ inputs }) => inputs.flatMap((value) => (value.node.op === 'state' ? nameOf(value) : []))),
  )
}

/** From left to right: what others read comes before them, and what is early in the network before what is late. */
function inOrder(blocks: readonly Block[]): Block[] {
  const depths = new Map<Node, number>()
  const depthOf = (node: Node) => depths.get(node) ?? 0
  const nodes = blocks.flatMap((block) => block.nodes)
  for (const node of sorted(nodes.flatMap(({ outputs }) => outputs)))
    depths.set(node, 1 + node.inputs.reduce((most, value) => Math.max(most, depthOf(value.node)), 0))
  const left = new Set(blocks.keys())
  const order: number[] = []
  while (left.size > 0) {
    const ready = [...left].filter((i) => blocks[i].from.every((from) => !left.has(from)))
    const next = (ready.length > 0 ? ready : [...left]).reduce((a, b) =>
      depthOf(blocks[b].output.node) < depthOf(blocks[a].output.node) ? b : a,
    )
    order.push(next)
    left.delete(next)
  }
  return order.map((i) => ({ ...blocks[i], from: blocks[i].from.map((from) => order.indexOf(from)) }))
}

/** Joins a block with the one before where both are of one list, look the same, and nothing else reads the first. */
function joined(blocks: readonly Block[]): Block[] {
  const place: number[] = []
  const result: Block[] = []
  const parent = (path: string) => path.replace(/\d+$/, '')
  blocks.forEach((block, i) => {
    const before = blocks[i - 1]
    const alike =
      before !== undefined &&
      !block.joint &&
      !before.joint &&
      parent(block.path) !== block.path &&
      parent(block.path) === parent(before.path) &&
      block.parameters === before.parameters &&
      sameShape(block.output.shape, before.output.shape) &&
      block.from.length === 1 &&
      block.from[0] === i - 1 &&
      blocks.every(({ from }, n) => n === i || !from.includes(i - 1))
    const from = [...new Set(block.from.map((n) => place[n] ?? 0))]
    if (alike) {
      const last = result[result.length - 1]
      const parameters = last.parameters + block.parameters
      result[result.length - 1] = { ...last, output: block.output, times: last.times + 1, parameters }
    } else result.push({ ...block, from, times: 1 })
    place.push(result.length - 1)
  })
  return result
}
