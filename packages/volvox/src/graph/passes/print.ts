import { shown } from '../../core/errors.ts'
import type { Node, Program, Value } from '../ir.ts'

/** The program as text, one node a line: `%3 = conv(%0, %1) {strides: [1, 1], ...} -> float32 [2, 8, 16, 16]  # model.0`. */
export function printProgram(program: Program): string {
  const names = new Map<Value, string>()
  for (const node of program.nodes) for (const value of node.outputs) names.set(value, `%${names.size}`)
  const nameOf = (value: Value) => names.get(value) ?? '%?'
  const line = (node: Node) => {
    const results = node.outputs.map(nameOf).join(', ')
    const types = node.outputs.map(({ dtype, shape }) => `${dtype} [${shape.join(', ')}]`).join(', ')
    const attrs = Object.entries(node.attrs).map(([key, value]) => `${key}: ${shown(value)}`)
    const braces = attrs.length > 0 ? ` {${attrs.join(', ')}}` : ''
    return `${results} = ${node.op}(${node.inputs.map(nameOf).join(', ')})${braces} -> ${types}${node.scope ? `  # ${node.scope}` : ''}`
  }
  return [
    `program ${program.name}`,
    ...program.nodes.map(line),
    ...Object.entries(program.outputs).map(([name, value]) => `output ${name} = ${nameOf(value)}`),
    ...[...program.updates].map(([name, value]) => `update ${name} = ${nameOf(value)}`),
    '',
  ].join('\n')
}
