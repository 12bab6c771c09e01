import { GraphError } from '../../core/errors.ts'
import { sameShape, sizeOf } from '../../core/tensor.ts'
import { at, nameOf, scoped, type Node, type Op, type Program, type TensorType, type Value } from '../ir.ts'
import { isOpName, ops } from '../ops/index.ts'

/** Throws unless the program is whole: known operations, in order, with the types that they infer, and updates that fit their states. */
export function checkProgram(program: Program): void {
  const known = new Set<Value>()
  for (const node of program.nodes) {
    if (!node.inputs.every((value) => known.has(value)))
      throw new GraphError(at(node.op, node.scope), 'comes before a node that it needs; build programs with `program`')
    checkNode(node)
    node.outputs.forEach((value) => known.add(value))
  }
  for (const [name, value] of [...Object.entries(program.outputs), ...program.updates])
    if (!known.has(value))
      throw new GraphError(
        program.name,
        `"${name}" is not computed by any of its nodes; build programs with \`program\``,
      )
  for (const state of program.states) {
    const next = program.updates.get(nameOf(state))
    if (next && !sameType(next, state))
      throw new GraphError(
        program.name,
        `state "${nameOf(state)}" is ${shown(state)}, its update ${shown(next)}; they must agree`,
      )
  }
}

function checkNode(node: Node): void {
  const { op, inputs, attrs, outputs, scope } = node
  if (op === 'input' || op === 'state') {
    if (typeof attrs.name !== 'string' || inputs.length > 0)
      throw new GraphError(at(op, scope), 'has no name; make it with `input` or `state`')
  } else if (op === 'constant') {
    if (!ArrayBuffer.isView(attrs.data) || (attrs.data as Float32Array).length !== sizeOf(outputs[0].shape))
      throw new GraphError(at(op, scope), `does not hold ${shown(outputs[0])}; make it with \`constant\` or \`scalar\``)
  } else {
    if (!isOpName(op))
      throw new GraphError(at(op, scope), 'is not an operation of the table; build nodes with ops from graph/ops')
    const { rules } = ops[op] as unknown as Op<unknown>
    const inferred = [scoped(scope, () => rules.infer(inputs, attrs))].flat()
    if (inferred.length !== outputs.length || !inferred.every((type, i) => sameType(type, outputs[i])))
      throw new GraphError(
        at(op, scope),
        `has results ${outputs.map(shown).join(' and ')}; its inputs give ${inferred.map(shown).join(' and ')}`,
      )
  }
}

function sameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape)
}

function shown({ dtype, shape }: TensorType): string {
  return `${dtype} [${shape.join(', ')}]`
}
