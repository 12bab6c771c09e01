import { GraphError } from '../../core/errors.ts'
import { sameShape } from '../../core/tensor.ts'
import { at, makeNode, program as makeProgram, scoped, type Node, type Program, type Value } from '../ir.ts'

/** Gives the values that take the place of a node's outputs, or null to keep the node. */
export type Rule = (node: Node) => readonly Value[] | null

/**
 * The program with `rule` applied to every node, dependencies first: the rule sees nodes whose inputs were already
 * replaced. New nodes get the scope of the node they stand for. What nothing needs any more is gone.
 */
export function rewrite(program: Program, rule: Rule): Program {
  const replaced = new Map<Value, Value>()
  const current = (value: Value) => replaced.get(value) ?? value
  for (const node of program.nodes) {
    const inputs = node.inputs.map(current)
    const moved = inputs.some((value, i) => value !== node.inputs[i])
    const fresh = moved ? makeNode(node.op, inputs, node.attrs, node.outputs, node.scope) : node
    const results = scoped(node.scope, () => rule(fresh)) ?? fresh.outputs
    node.outputs.forEach((value, i) => {
      checkSameType(node, value, results[i])
      if (results[i] !== value) replaced.set(value, results[i])
    })
  }
  const outputs = Object.fromEntries(Object.entries(program.outputs).map(([name, value]) => [name, current(value)]))
  const updates = new Map([...program.updates].map(([name, value]) => [name, current(value)]))
  return makeProgram(program.name, outputs, updates)
}

function checkSameType(node: Node, old: Value, next: Value | undefined): void {
  if (!next || next.dtype !== old.dtype || !sameShape(next.shape, old.shape))
    throw new GraphError(
      at(node.op, node.scope),
      `would be replaced by ${next ? `${next.dtype} [${next.shape.join(', ')}]` : 'nothing'}; its result is ${old.dtype} [${old.shape.join(', ')}]`,
    )
}
