import { GraphError } from '../core/errors.ts'
import { sameShape } from '../core/tensor.ts'
import { at, elements, scoped, sorted, type Node, type Op, type Value } from './ir.ts'
import { add, onesLike, zerosLike } from './math.ts'
import { isOpName, ops } from './ops/index.ts'

/**
 * Gradients of `output` with respect to each of `wrt`, as new nodes of the same graph (reverse mode): differentiate
 * them again for second derivatives. `seed` is the gradient of the output; 1 unless given, which needs an output of
 * one element. Zero where the output does not depend on a value. `rule` may give some nodes another gradient.
 */
export function gradients(output: Value, wrt: readonly Value[], seed?: Value, rule?: GradientRule): Value[] {
  const first = seed ?? unitSeed(output)
  if (!sameShape(first.shape, output.shape) || first.dtype !== output.dtype)
    throw new GraphError(
      'gradients',
      `seed is ${first.dtype} of shape [${first.shape.join(', ')}]; the output is ${output.dtype} of shape [${output.shape.join(', ')}], and they must agree`,
    )
  return pullBack([{ output, seed: first }], wrt, [], rule).map((gradient, i) => gradient ?? zerosLike(wrt[i]))
}

/** Gradients of a node's inputs, given those of its outputs, in place of its operation's own; null for no exception. */
export type GradientRule = (node: Node, grads: readonly (Value | null)[]) => readonly (Value | null)[] | null

interface Seeded {
  readonly output: Value
  /** Gradient of the output. */
  readonly seed: Value
}

/** Gradients of several outputs at once; null where nothing depends on a value. Does not look behind the nodes in `until`. */
function pullBack(
  outputs: readonly Seeded[],
  wrt: readonly Value[],
  until: readonly Node[] = [],
  rule: GradientRule = () => null,
): (Value | null)[] {
  const order = sorted(
    outputs.map(({ output }) => output),
    until,
  )
  const active = dependents(order, wrt)
  const collected = new Map<Value, Value>()
  const collect = (value: Value, gradient: Value | null) => {
    if (!gradient || !active.has(value)) return
    const sum = collected.get(value)
    collected.set(value, sum ? add(sum, gradient) : gradient)
  }
  for (const { output, seed } of outputs) collect(output, seed)
  for (const node of order.reverse()) {
    const grads = node.outputs.map((value) => collected.get(value) ?? null)
    if (!node.inputs.some((value) => active.has(value)) || grads.every((gradient) => gradient === null)) continue
    const toInputs = scoped(node.scope, () => rule(node, grads) ?? inputGradients(node, grads))
    node.inputs.forEach((value, i) => collect(value, toInputs[i] ?? null))
  }
  return wrt.map((value) => collected.get(value) ?? null)
}

/** All values that are computed from `roots`, and the roots. */
function dependents(order: readonly Node[], roots: readonly Value[]): ReadonlySet<Value> {
  const found = new Set<Value>(roots)
  for (const node of order)
    if (node.inputs.some((value) => found.has(value))) for (const value of node.outputs) found.add(value)
  return found
}

function inputGradients(node: Node, grads: readonly (Value | null)[]): readonly (Value | null)[] {
  if (!isOpName(node.op))
    throw new GraphError(at(node.op), 'is not an operation of the table; build nodes with ops from graph/ops')
  // Attributes were checked by the operation's `infer` when the node was made.
  const { rules } = ops[node.op] as unknown as Op<unknown>
  const { inputs, outputs, attrs } = node
  if (rules.gradient) {
    const grad = grads[0] ?? zerosLike(outputs[0])
    return rules.gradient({ node, inputs, outputs, attrs, grads, grad })
  }
  if (!rules.decompose) throw new GraphError(at(node.op), 'has no gradient; keep it out of what is differentiated')
  const parts = rules.decompose(inputs, attrs)
  const found = localGradients(parts, grads, inputs)
  // A value in two places collects its whole gradient; it must be counted once.
  return found.map((gradient, i) => (inputs.indexOf(inputs[i]) === i ? gradient : null))
}

/**
 * Gradients of several outputs, given those of some of them, as if no one of `inputs` were computed from another (g from
 * y, the mean from x): that is the business of the nodes that made them. Null where nothing depends on an input.
 */
export function localGradients(
  outputs: readonly Value[],
  seeds: readonly (Value | null)[],
  inputs: readonly Value[],
): (Value | null)[] {
  const seeded = outputs.flatMap((output, i) => (seeds[i] ? [{ output, seed: seeds[i] }] : []))
  return pullBack(
    seeded,
    inputs,
    inputs.map((value) => value.node),
  )
}

function unitSeed(output: Value): Value {
  if (elements(output) !== 1)
    throw new GraphError(
      'gradients',
      `the output has shape [${output.shape.join(', ')}]; reduce it to one number or give a seed`,
    )
  return onesLike(output)
}
