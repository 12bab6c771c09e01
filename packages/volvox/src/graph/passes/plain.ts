import { GraphError } from '../../core/errors.ts'
import { makeNode, type Attrs, type Node, type Program, type TensorType, type Value } from '../ir.ts'
import { checkProgram } from './check.ts'

/** Which output of which node. */
export type PlainValue = readonly [node: number, output: number]

export interface PlainNode {
  readonly op: string
  readonly inputs: readonly PlainValue[]
  readonly attrs: Attrs
  readonly outputs: readonly TensorType[]
  readonly scope: string
}

/** A program as plain data that `postMessage` copies. */
export interface PlainProgram {
  readonly name: string
  readonly nodes: readonly PlainNode[]
  readonly outputs: Readonly<Record<string, PlainValue>>
  readonly updates: readonly (readonly [string, PlainValue])[]
}

export function toPlain(program: Program): PlainProgram {
  const place = new Map(program.nodes.map((node, i) => [node, i]))
  const reference = (value: Value): PlainValue => {
    const node = place.get(value.node)
    if (node === undefined)
      throw new GraphError(
        program.name,
        `uses a ${value.node.op} that is not among its nodes; build programs with \`program\``,
      )
    return [node, value.index]
  }
  return {
    name: program.name,
    nodes: program.nodes.map(({ op, inputs, attrs, outputs, scope }) => ({
      op,
      inputs: inputs.map(reference),
      attrs,
      outputs: outputs.map(({ dtype, shape }) => ({ dtype, shape })),
      scope,
    })),
    outputs: Object.fromEntries(Object.entries(program.outputs).map(([name, value]) => [name, reference(value)])),
    updates: [...program.updates].map(([name, value]) => [name, reference(value)]),
  }
}

/** The program that `toPlain` was given; checked, since plain data may come from anywhere. */
export function fromPlain(plain: PlainProgram): Program {
  const nodes: Node[] = []
  const valueAt = ([node, output]: PlainValue): Value => {
    const value = nodes[node]?.outputs[output]
    if (!value)
      throw new GraphError(plain.name, `refers to output ${output} of node ${node}, which is not there before its use`)
    return value
  }
  for (const { op, inputs, attrs, outputs, scope } of plain.nodes)
    nodes.push(makeNode(op, inputs.map(valueAt), attrs, outputs, scope))
  const sources = (op: string) => nodes.filter((node) => node.op === op).map((node) => node.outputs[0])
  const program: Program = {
    name: plain.name,
    nodes,
    inputs: sources('input'),
    states: sources('state'),
    outputs: Object.fromEntries(Object.entries(plain.outputs).map(([name, value]) => [name, valueAt(value)])),
    updates: new Map(plain.updates.map(([name, value]) => [name, valueAt(value)])),
  }
  checkProgram(program)
  return program
}
