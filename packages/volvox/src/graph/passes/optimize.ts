import { castArray } from '../../core/convert.ts'
import { evaluate } from '../interpret/index.ts'
import { elements, makeNode, type GraphDType, type Node, type Program, type Value } from '../ir.ts'
import { rewrite } from './rewrite.ts'
import { simplify } from './simplify.ts'

/**
 * The same outputs and updates from fewer nodes: what computes nothing new is removed, equal nodes become one, and
 * nodes of constants become constants. Changes results by at most the rounding of a constant.
 */
export function optimize(program: Program): Program {
  let result = program
  for (let changed = true; changed;) {
    changed = false
    const merge = merger()
    result = rewrite(result, (node) => {
      const better = simplify(node) ?? folded(node) ?? merge(node)
      changed ||= better !== null
      return better
    })
  }
  return result
}

/** A node of constants as a constant, unless it would be larger than what it was made of. */
function folded(node: Node): readonly Value[] | null {
  if (node.inputs.length === 0 || node.inputs.some((value) => value.node.op !== 'constant')) return null
  const sizeBefore = node.inputs.reduce((total, value) => total + elements(value), 0)
  if (node.outputs.some((value) => elements(value) > Math.max(64, sizeBefore)) || node.op === 'broadcastTo') return null
  return evaluate(node.outputs).map(({ data }, i) => {
    const { dtype, shape } = node.outputs[i]
    return makeNode('constant', [], { data: constantData(dtype, data) }, [{ dtype, shape }]).outputs[0]
  })
}

// As `constant` and `scalar` keep them: 16-bit types as rounded float32.
function constantData(dtype: GraphDType, data: Float64Array): Float32Array | Float64Array | Int32Array {
  const rounded = castArray(data, 'float64', dtype)
  const kept = dtype === 'float16' || dtype === 'bfloat16' ? castArray(rounded, dtype, 'float32') : rounded
  return kept as Float32Array | Float64Array | Int32Array // the arrays of the types that are left
}

/** Finds an earlier node with the same operation, inputs and attributes. */
function merger(): (node: Node) => readonly Value[] | null {
  const idOf = numbering()
  const seen = new Map<string, Node>()
  return (node) => {
    if (node.op === 'input' || node.op === 'state') return null // `program` has checked that no name comes twice
    const inputs = node.inputs.map((value) => `${idOf(value.node)}.${value.index}`)
    const types = node.outputs.map(({ dtype, shape }) => `${dtype} ${shape.join()}`)
    const key = `${node.op}(${inputs.join()}) ${types.join()} ${textOf(node.attrs, idOf)}`
    const earlier = seen.get(key)
    if (earlier) return earlier.outputs
    seen.set(key, node)
    return null
  }
}

/** Numbers objects in the order in which they are first seen. */
function numbering(): (object: object) => number {
  const ids = new Map<object, number>()
  return (object) => {
    const id = ids.get(object) ?? ids.size
    ids.set(object, id)
    return id
  }
}

/** Text that is equal for equal attributes; long arrays of constants are equal only to themselves. */
function textOf(value: unknown, idOf: (object: object) => number): string {
  const inner = (part: unknown) => textOf(part, idOf)
  if (ArrayBuffer.isView(value)) {
    const numbers = value as Float32Array | Float64Array | Int32Array // constants hold no other views
    return numbers.length <= 64 ? Array.from(numbers, inner).join() : `#${idOf(numbers)}`
  }
  if (Array.isArray(value)) return `[${value.map(inner).join()}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${entries.map(([key, part]) => `${key}: ${inner(part)}`).join()}}`
  }
  return Object.is(value, -0) ? '-0' : `${typeof value} ${String(value)}`
}
