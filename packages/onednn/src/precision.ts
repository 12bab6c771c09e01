import { isOpName, type Node, type Program, type Value } from 'volvox/graph'

// Mixed precision: convolutions and matrix products read bfloat16 and sum in float32; what lies between them is kept
// in bfloat16 and computed in float32 registers. What a loss, a result, an attention's softmax, a weight or the places
// of samples are computed from stays float32 altogether.

/** Operations that compute in the program's precision, or pass on what they get; behind them a walk ends. */
const backbone = new Set([
  'conv',
  'convInputGrad',
  'convWeightGrad',
  'matmul',
  'attention',
  'batchNorm',
  'instanceNorm',
  'groupNorm',
  'layerNorm',
  'maxPool',
  'averagePool',
  'resize', // prettier-ignore
])

/** The values of a program that are float32 whatever its precision. */
export function preciseValues(program: Program): ReadonlySet<Value> {
  const precise = new Set<Value>()
  const visit = (start: readonly Value[], passes: (node: Node) => boolean) => {
    const stack = [...start]
    for (let value = stack.pop(); value; value = stack.pop()) {
      if (precise.has(value)) continue
      precise.add(value)
      if (passes(value.node)) stack.push(...value.node.inputs)
    }
  }
  const forward = forwardValues(program)
  const results = Object.values(program.outputs).filter((value) => forward.has(value))
  const exponents = program.nodes.filter(({ op }) => op === 'softmax' || op === 'logSoftmax')
  // Eight bits do not tell the voxels of a line apart.
  const places = program.nodes.flatMap(({ op, inputs }) => (op === 'gridSample' ? [inputs[1]] : []))
  visit(
    [...results, ...places, ...exponents.flatMap(({ inputs }) => inputs)],
    ({ op }) => isOpName(op) && !backbone.has(op) && !isGradient(op),
  )
  // A bias's gradient is a sum of activations' gradients, which need not be precise.
  visit([...program.updates.values()], ({ op }) => isOpName(op) && !backbone.has(op) && !isGradient(op) && op !== 'sum')
  return precise
}

/** What does not depend on gradients, such as a loss; the norm of the gradients does. */
function forwardValues(program: Program): ReadonlySet<Value> {
  const found = new Set<Value>()
  for (const node of program.nodes)
    if (!isGradient(node.op) && node.inputs.every((value) => found.has(value)))
      node.outputs.forEach((value) => found.add(value))
  return found
}

/** A transposed convolution is `convInputGrad`, in which nothing need be a gradient. */
function isGradient(op: string): boolean {
  return op.endsWith('Grad') && op !== 'convInputGrad'
}
