import { GraphError } from '../../core/errors.ts'
import { at, type Op, type Node, type Program, type Value } from '../ir.ts'
import { isOpName, ops } from '../ops/index.ts'
import { rewrite } from './rewrite.ts'

/**
 * The program with every operation for which `has` is false written in terms of others, again and again until all
 * are known. Inputs, states and constants are always left.
 */
export function decomposeFor(program: Program, has: (op: string) => boolean): Program {
  const missing = ({ op }: Node) => isOpName(op) && !has(op)
  let result = program
  while (result.nodes.some(missing)) result = rewrite(result, (node) => (missing(node) ? decomposed(node) : null))
  return result
}

function decomposed({ op, inputs, attrs, scope }: Node): readonly Value[] {
  const { rules } = ops[op as keyof typeof ops] as unknown as Op<unknown> // `missing` has looked the name up
  if (!rules.decompose)
    throw new GraphError(at(op, scope), 'has no lowering here and no decomposition; add one of the two')
  return rules.decompose(inputs, attrs)
}
