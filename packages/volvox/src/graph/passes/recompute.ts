import { elements, makeNode, program as makeProgram, sorted, type Node, type Program, type Value } from '../ir.ts'
import { ops } from '../ops/index.ts'
import { chooseCuts, type Produced } from './segments.ts'

/**
 * The same program in less memory and more time (Chen et al. 2016): the forward pass is cut into segments of which only
 * the borders are kept, and what the backward pass needs from within a segment is computed again when it comes there.
 * `forward` are the results of the forward pass, such as the loss and running statistics; everything else that depends
 * on them is the backward pass. Masks of dropout are inputs, so what is computed again is what was.
 */
export function recompute(program: Program, forward: readonly Value[]): Program {
  const passes = split(program, forward)
  const plan = planOf(program, passes)
  const order = sortedByRegion(passes, plan)
  const replaced = new Map<Value, Value>()
  const current = (value: Value) => replaced.get(value) ?? value
  let region = Infinity
  for (const node of order) {
    const next = plan.regionOf(node)
    if (next < region) {
      region = next
      for (const [value, copy] of copies(passes, plan, region, current)) replaced.set(value, copy)
    }
    const inputs = node.inputs.map(current)
    if (inputs.every((value, i) => value === node.inputs[i])) continue
    const fresh = makeNode(node.op, inputs, node.attrs, node.outputs, node.scope)
    node.outputs.forEach((value, i) => replaced.set(value, fresh.outputs[i]))
  }
  // Results of the forward pass are given out as they were computed first.
  const result = (value: Value) => (passes.places.has(value.node) ? value : current(value))
  const outputs = Object.fromEntries(Object.entries(program.outputs).map(([name, value]) => [name, result(value)]))
  return makeProgram(program.name, outputs, new Map([...program.updates].map(([name, value]) => [name, result(value)])))
}

interface Passes {
  /** Nodes of the forward pass in order, without inputs, states and constants. */
  readonly forward: readonly Node[]
  /** The place of each of them in that order. */
  readonly places: ReadonlyMap<Node, number>
  /** All other nodes in order. */
  readonly backward: readonly Node[]
}

function split(program: Program, results: readonly Value[]): Passes {
  const inForward = new Set(sorted(results))
  const forward = program.nodes.filter((node) => inForward.has(node) && !isSource(node))
  const places = new Map(forward.map((node, place) => [node, place]))
  return { forward, places, backward: program.nodes.filter((node) => !inForward.has(node)) }
}

interface Plan {
  /** The segment in which a value is computed again; undefined where it is kept. */
  segmentOf(value: Value): number | undefined
  /** The earliest segment of which a node of the backward pass needs something computed again. */
  regionOf(node: Node): number
  /** A value of the backward pass that is there just when a segment's turn comes. */
  readonly tokens: ReadonlyMap<number, Value>
}

function planOf(program: Program, passes: Passes): Plan {
  const segments = segmentsOf(program, passes)
  const regions = new Map<Node, number>()
  const regionOf = (node: Node) => regions.get(node) ?? Infinity
  for (const node of passes.backward)
    regions.set(
      node,
      node.inputs.reduce((least, value) => Math.min(least, segments.get(value) ?? regionOf(value.node)), Infinity),
    )
  return { segmentOf: (value) => segments.get(value), regionOf, tokens: tokensOf(program, passes, regionOf) }
}

/** For each value that is not kept the number of its segment. */
function segmentsOf(program: Program, { forward, places, backward }: Passes): Map<Value, number> {
  const lastUse = new Map<Value, number>()
  forward.forEach((node, place) => node.inputs.forEach((value) => lastUse.set(value, place)))
  for (const value of [...Object.values(program.outputs), ...program.updates.values()]) lastUse.set(value, Infinity)
  const readBack = new Set(backward.flatMap((node) => node.inputs))
  const values = forward.flatMap((node) => node.outputs)
  const produced = values.map((value): Produced => ({
    at: places.get(value.node)!,
    lastUse: lastUse.get(value) ?? -1,
    bytes: 4 * elements(value),
    needed: readBack.has(value),
  }))
  const cuts = chooseCuts(produced, forward.length)
  const all = produced.reduce((sum, { bytes, needed }) => sum + (needed ? bytes : 0), 0)
  const segments = new Map<Value, number>()
  values.forEach((value, i) => {
    const { at, lastUse: last, bytes } = produced[i]
    const segment = cuts.findIndex((cut) => at <= cut) // -1 behind the last cut, where all is kept
    const isSmall = bytes < all / 1024 // statistics of norms
    if (segment >= 0 && last <= cuts[segment] && !isSmall) segments.set(value, segment)
  })
  return segments
}

/** Of what nodes of a region take from later regions, that which comes last: the gradient that arrives at the segment's end. */
function tokensOf(program: Program, { backward }: Passes, regionOf: (node: Node) => number): Map<number, Value> {
  const depth = new Map<Node, number>()
  for (const node of program.nodes)
    depth.set(node, 1 + node.inputs.reduce((most, value) => Math.max(most, depth.get(value.node) ?? 0), 0))
  const inBackward = new Set(backward)
  const tokens = new Map<number, Value>()
  for (const node of backward) {
    const region = regionOf(node)
    for (const value of node.inputs) {
      if (!inBackward.has(value.node) || isSource(value.node) || regionOf(value.node) <= region) continue
      const known = tokens.get(region)
      if (!known || depth.get(value.node)! > depth.get(known.node)!) tokens.set(region, value)
    }
  }
  return tokens
}

/** The backward pass, later regions first: an order of dependence too, since nodes depend on their region and later ones only. */
function sortedByRegion({ backward }: Passes, { regionOf }: Plan): readonly Node[] {
  return [...backward].sort((a, b) => (regionOf(a) === regionOf(b) ? 0 : regionOf(b) - regionOf(a)))
}

/** What the backward pass needs of a segment, computed again from what was kept, once its token is there. */
function copies(
  { forward, backward }: Passes,
  { segmentOf, tokens }: Plan,
  segment: number,
  current: (value: Value) => Value,
): ReadonlyMap<Value, Value> {
  const token = tokens.get(segment)
  const made = new Map<Value, Value>()
  if (!token) return made // nothing to wait for: what was computed first will do
  const needed = new Set(backward.flatMap((node) => node.inputs).filter((value) => segmentOf(value) === segment))
  for (const node of [...forward].reverse())
    if (node.outputs.some((value) => needed.has(value)))
      for (const value of node.inputs) if (segmentOf(value) === segment) needed.add(value)
  const wait = current(token)
  const kept = new Map<Value, Value>()
  const fromKept = (value: Value): Value => {
    if (value.node.op === 'state' || value.node.op === 'constant') return value
    const later = kept.get(value) ?? ops.after([value, wait], {})
    kept.set(value, later)
    return later
  }
  for (const node of forward) {
    if (!node.outputs.some((value) => needed.has(value))) continue
    const inputs = node.inputs.map((value) => made.get(value) ?? fromKept(value))
    const copy = makeNode(node.op, inputs, node.attrs, node.outputs, node.scope)
    node.outputs.forEach((value, i) => {
      if (segmentOf(value) === segment) made.set(value, copy.outputs[i])
    })
  }
  return made
}

function isSource({ op }: Node): boolean {
  return op === 'input' || op === 'state' || op === 'constant'
}
