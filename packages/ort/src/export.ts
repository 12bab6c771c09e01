import { GraphError, MissingError, ShapeError, sameShape } from 'volvox/core'
import { nameOf, type Program, type Tensors } from 'volvox/graph'
import { halved } from './half.ts'
import { lower, type Naming } from './lower.ts'
import { encodeOnnx } from './onnx.ts'
import { withOpenAxes } from './openAxes.ts'

export interface ExportOptions {
  /** Text pairs that travel with the model (ONNX `metadata_props`), e.g. spacing or class names. */
  readonly metadata?: Readonly<Record<string, string>>
  /**
   * Float32 unless given. With float16, convolutions, matrix products and what lies between them are float16, weights
   * too, at half the size; norms, softmax, sums and whatever does not fit float16 stay float32, as do inputs and outputs.
   */
  readonly precision?: 'float32' | 'float16'
  /**
   * The same program for inputs of other sizes: axes whose sizes differ are left open. An error where its operations
   * depend on them.
   */
  readonly likewise?: Program
}

const plainNames: Naming = {
  input: (name) => name,
  state: (name) => name,
  output: (name) => name,
  update: (name) => name,
}

/**
 * An inference program as a standard ONNX model that stands alone: `tensors` holds its weights, which become initializers.
 * Inputs of whole numbers are int64, as PyTorch has them.
 */
export function exportOnnx(program: Program, tensors: Tensors, options: ExportOptions = {}): Uint8Array {
  const { name, inputs, states, outputs, updates } = program
  if (updates.size > 0)
    throw new GraphError(
      name,
      `updates the state "${[...updates.keys()][0]}"; export a program that only computes outputs`,
    )
  for (const value of states) {
    const tensor = tensors[nameOf(value)]
    if (!tensor)
      throw new MissingError(
        name,
        `there is no weight "${nameOf(value)}" among the tensors; give ${value.dtype} [${value.shape.join(', ')}]`,
      )
    if (tensor.dtype !== value.dtype || !sameShape(tensor.shape, value.shape))
      throw new ShapeError(
        name,
        `weight "${nameOf(value)}" is ${tensor.dtype} [${tensor.shape.join(', ')}]; the program takes ${value.dtype} [${value.shape.join(', ')}]`,
      )
  }
  const all = [...inputs.map(nameOf), ...states.map(nameOf), ...Object.keys(outputs)]
  const twice = all.find((one, i) => all.indexOf(one) !== i)
  if (twice !== undefined)
    throw new GraphError(name, `"${twice}" names two of its inputs, weights and outputs; rename one`)
  const { likewise, precision, metadata } = options
  const graphOf = (one: Program) => {
    const made = precision === 'float16' ? halved(one, tensors) : { program: one, tensors }
    const weights = { kind: 'constants', tensors: made.tensors } as const
    return lower(made.program, weights, plainNames, { isSizeless: likewise !== undefined, isLong: true }).graph(
      metadata,
    )
  }
  const graph = graphOf(program)
  return encodeOnnx(likewise ? withOpenAxes(graph, graphOf(likewise)) : graph)
}
