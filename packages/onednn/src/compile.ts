import { sameShape, sizeOf } from 'volvox/core'
import { decomposeFor, isOpName, nameOf, optimize, rewrite, type Node, type Program, type Value } from 'volvox/graph'
import type { Api, Layout } from './api.ts'
import { findChains, linksOf, type Chain } from './fuse.ts'
import { convChain } from './ops/conv.ts'
import { elementwiseChain, linksOfChain } from './ops/elementwise.ts'
import { hasLowering, lowerings } from './ops/index.ts'
import type { Lowered } from './ops/lowering.ts'
import { matmulChain } from './ops/matmul.ts'
import type { Form } from './forms.ts'
import { Plan, type PlanOptions } from './plan.ts'
import { schedule } from './schedule.ts'
import { wantedLayouts } from './weights.ts'

/** The steps of a program, and where its inputs and outputs are. */
export interface Compiled {
  readonly program: Program
  readonly plan: Plan
  /** The nodes that run as one, by the last of them. */
  readonly chains: ReadonlyMap<Node, Chain>
  readonly inputs: ReadonlyMap<string, Form>
  readonly outputs: ReadonlyMap<string, Form>
}

/** A program as this executor wants it: simplified, in operations that have lowerings, in the order of execution. */
export function prepare(program: Program): Program {
  const ready = withoutBroadcasts(decomposeFor(optimize(program), hasLowering))
  return { ...ready, nodes: schedule(ready) }
}

/** Elementwise operations broadcast by themselves, so what they need not be given in full is not. */
function withoutBroadcasts(program: Program): Program {
  return rewrite(program, (node) => {
    if (node.inputs.length !== 2 || !isOpName(node.op)) return null
    const [output] = node.outputs
    const sources = node.inputs.map((value) => (value.node.op === 'broadcastTo' ? value.node.inputs[0] : value))
    const other = node.inputs.findIndex(
      (value, i) => sources[i] !== value && sameShape(node.inputs[1 - i].shape, output.shape),
    )
    if (other < 0 || linksOf(node, node.inputs[1 - other]) === null) return null
    const inputs = node.inputs.map((value, i) => (i === other ? sources[i] : value))
    const made: Node = { op: node.op, inputs, attrs: node.attrs, outputs: [], scope: node.scope }
    const result: Value = { node: made, index: 0, dtype: output.dtype, shape: output.shape }
    ;(made.outputs as Value[]).push(result)
    return [result]
  })
}

export function compile(
  api: Api,
  program: Program,
  states: ReadonlyMap<string, Form>,
  layouts: ReadonlyMap<string, Layout>,
  options: PlanOptions,
): Compiled {
  const plan = new Plan(api, program, states, wantedLayouts(program, layouts), options)
  const inputs = new Map<string, Form>()
  const chains = findChains(program)
  for (const node of program.nodes) {
    const chain = chains.get(node)
    if (node.op === 'input') {
      const form = plan.assign(node.outputs[0], plan.temporary(plan.plainLayout(node.outputs[0])))
      form.block.first = -1
      inputs.set(nameOf(node.outputs[0]), form)
    } else if (node.op === 'constant') {
      const layout = plan.plainLayout(node.outputs[0])
      plan.assign(node.outputs[0], plan.constant(node.attrs.data as ArrayLike<number>, layout))
    } else if (node.op !== 'state' && chain) {
      plan.begin(chain)
      lower(plan, chain)
    }
  }
  return { program, plan, chains, inputs, outputs: finish(plan, program, states) }
}

function lower(plan: Plan, chain: Chain): void {
  const [head] = chain
  const output = chain[chain.length - 1].outputs[0]
  if (head.outputs.every(({ shape }) => sizeOf(shape) === 0)) {
    head.outputs.forEach((value) => plan.assign(value, plan.temporary(plan.plainLayout(value))))
  } else if (head.op === 'conv' || head.op === 'matmul') {
    const { inputs, outputs, attrs } = head
    const links = linksOfChain(chain.slice(1), outputs[0])
    // Attributes were checked when the node was made.
    if (head.op === 'conv') convChain(plan, { inputs, output: outputs[0], attrs: attrs as never }, links, output)
    else matmulChain(plan, { inputs, output: outputs[0], attrs: attrs as never }, links, output)
  } else if (isLowered(head.op)) {
    const { inputs, outputs, attrs } = head
    // The table pairs names with lowerings of their attributes; here the name is only known at run time.
    const rule = lowerings[head.op] as (plan: Plan, lowered: Lowered<unknown>) => void
    rule(plan, { node: head, inputs, outputs, output: outputs[0], attrs })
  } else elementwiseChain(plan, chain)
}

function isLowered(op: string): op is keyof typeof lowerings {
  return Object.hasOwn(lowerings, op)
}

/** Gathers outputs, and moves next states that could not be computed in place to where states are. */
function finish(plan: Plan, program: Program, states: ReadonlyMap<string, Form>): ReadonlyMap<string, Form> {
  const outputs = new Map(Object.entries(program.outputs).map(([name, value]) => [name, plan.plain(value)]))
  const moves = [...program.updates].flatMap(([name, value]) => {
    const to = states.get(name)
    const from = plan.form(value)
    return !to || from.block === to.block ? [] : [{ value, from, to }]
  })
  // What is read from a state or given out must be safe before any state changes.
  const safe = moves.map(({ from, to }) => {
    if (from.block.address === null) return { from, to }
    const copy = plan.temporary(to.layout)
    plan.reorder(from, copy)
    return { from: copy, to }
  })
  const given = [...outputs].map(([name, form]): [string, Form] => {
    if (form.block.address === null || form.layout.bytes === 0) return [name, form]
    const copy = plan.temporary(form.layout)
    plan.copy(form, copy)
    return [name, copy]
  })
  safe.forEach(({ from, to }) => plan.reorder(from, to))
  for (const [, form] of given)
    [form.block.first, form.block.last] = [Math.min(form.block.first, plan.steps.length), Infinity]
  return new Map(given)
}
