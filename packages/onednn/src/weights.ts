import { sameShape } from 'volvox/core'
import { nameOf, type ConvAttrs, type Program, type Value } from 'volvox/graph'
import type { Api, Layout } from './api.ts'
import { linksOf } from './fuse.ts'
import { preferredWeights } from './ops/conv.ts'
import { Plan } from './plan.ts'

/**
 * In which layout each state is kept; row-major where nothing is said. A weight is kept as its forward convolution
 * takes it, in the first program that trains it; its moments and averages, which elementwise operations tie to it, alike.
 */
export function stateLayouts(api: Api, programs: readonly Program[]): ReadonlyMap<string, Layout> {
  const layouts = new Map<string, Layout>()
  for (const program of [...programs].sort((a, b) => b.updates.size - a.updates.size)) {
    const probe = new Plan(api, program, new Map(), new Map(), { small: 0, precision: 'float32' })
    const family = families(program)
    const preferred = new Map<Value, Layout>()
    for (const { op, inputs, outputs, attrs } of program.nodes) {
      if (op !== 'conv' && op !== 'convInputGrad') continue
      const [x, w] = inputs
      const root = family(w)
      if (w.node.op !== 'state' || preferred.has(root)) continue
      const [from, to] = op === 'conv' ? [x.shape, outputs[0].shape] : [outputs[0].shape, x.shape]
      const layout = preferredWeights(probe, from, w.shape, to, attrs as unknown as ConvAttrs) // checked when the node was made
      if (layout) preferred.set(root, layout)
    }
    for (const state of program.states) {
      const layout = preferred.get(family(state))
      if (layout && sameShape(layout.dims, state.shape) && !layouts.has(nameOf(state)))
        layouts.set(nameOf(state), layout)
    }
    probe.primitives.forEach((primitive) => api.destroy(primitive))
  }
  return layouts
}

/** For a program, the layout of every value that elementwise operations tie to a state with a layout of its own. */
export function wantedLayouts(program: Program, layouts: ReadonlyMap<string, Layout>): ReadonlyMap<Value, Layout> {
  const family = families(program)
  const ofRoot = new Map<Value, Layout>()
  for (const state of program.states) {
    const layout = layouts.get(nameOf(state))
    if (layout) ofRoot.set(family(state), layout)
  }
  const wanted = new Map<Value, Layout>()
  for (const value of program.nodes.flatMap((node) => node.outputs)) {
    const layout = ofRoot.get(family(value))
    if (layout && sameShape(layout.dims, value.shape)) wanted.set(value, layout)
  }
  return wanted
}

/** Values of one shape that elementwise operations and updates tie together, each family by one of its members. */
function families(program: Program): (value: Value) => Value {
  const parent = new Map<Value, Value>()
  const root = (value: Value): Value => {
    let top = value
    for (let up = parent.get(top); up; up = parent.get(top)) top = up
    if (top !== value) parent.set(value, top)
    return top
  }
  const join = (a: Value, b: Value) => {
    const [x, y] = [root(a), root(b)]
    if (x !== y) parent.set(x, y)
  }
  for (const node of program.nodes)
    for (const value of node.inputs)
      if (sameShape(value.shape, node.outputs[0].shape) && linksOf(node, value)) join(value, node.outputs[0])
  const states = new Map(program.states.map((value) => [nameOf(value), value]))
  for (const [name, value] of program.updates) {
    const state = states.get(name)
    if (state) join(state, value)
  }
  return root
}
