import type { Node, Program, Value } from 'volvox/graph'

/** Operations through which a network's activations and their gradients flow. */
const backbone = new Set([
  'conv',
  'convInputGrad',
  'batchNorm',
  'batchNormGrad',
  'instanceNorm',
  'instanceNormGrad',
  'groupNorm',
  'groupNormGrad',
  'layerNorm',
  'layerNormGrad',
  'prelu',
  'preluGrad',
  'activationGrad',
  'maxPool',
  'maxPoolGrad',
  'averagePool',
  'averagePoolGrad',
  'resize',
  'resizeGrad',
  'matmul',
  'attention',
  'attentionGrad', // prettier-ignore
])

/**
 * Orders the nodes of a program so that memory is short-lived and caches are warm: a weight's gradient and its
 * optimiser update run as soon as they can, not after the whole backward pass; but a new weight comes after all who
 * read the old one, so that it can take its place.
 */
export function schedule(program: Program): readonly Node[] {
  const readers = new Map<Value, Node[]>()
  for (const node of program.nodes)
    for (const value of new Set(node.inputs)) readers.set(value, [...(readers.get(value) ?? []), node])
  const eager = sideBranches(program.nodes, readers)
  const stateOf = new Map(program.states.map((value) => [String(value.node.attrs.name), value]))
  const replaces = new Map<Node, Value[]>()
  for (const [name, { node }] of program.updates) {
    const state = stateOf.get(name)
    if (state) replaces.set(node, [...(replaces.get(node) ?? []), state])
  }

  const order: Node[] = []
  const placed = new Set<Node>()
  const ready = (node: Node) => !placed.has(node) && node.inputs.every((value) => placed.has(value.node))
  const oldValueUnread = (node: Node) =>
    (replaces.get(node) ?? []).some((state) =>
      (readers.get(state) ?? []).some((reader) => reader !== node && !placed.has(reader)),
    )
  const place = (first: Node) => {
    const stack = [first]
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (placed.has(node)) continue
      placed.add(node)
      order.push(node)
      const freed = node.inputs.flatMap((value) => (value.node.op === 'state' ? updatersOf(value) : []))
      const next = [...node.outputs.flatMap((value) => readers.get(value) ?? []), ...freed]
      stack.push(...next.filter((other) => eager.has(other) && ready(other) && !oldValueUnread(other)))
    }
  }
  const updatersOf = (state: Value) => [...replaces].flatMap(([node, states]) => (states.includes(state) ? [node] : []))

  while (placed.size < program.nodes.length) {
    const before = placed.size
    for (const node of program.nodes) if (ready(node) && !oldValueUnread(node)) place(node)
    if (placed.size === before) {
      const stuck = program.nodes.find(ready) // two updates that wait for each other
      if (!stuck) break
      place(stuck)
    }
  }
  return order
}

/** Nodes from which nothing of the backbone follows. */
function sideBranches(nodes: readonly Node[], readers: ReadonlyMap<Value, readonly Node[]>): ReadonlySet<Node> {
  const side = new Set<Node>()
  for (const node of [...nodes].reverse()) {
    const next = node.outputs.flatMap((value) => readers.get(value) ?? [])
    if (next.every((other) => side.has(other) && !backbone.has(other.op))) side.add(node)
  }
  for (const node of nodes) if (node.inputs.length === 0) side.delete(node)
  return side
}
