import { castArray, sizeOf, type TypedArray } from 'volvox/core'
import {
  encodeOnnx,
  type ElementType,
  type OnnxAttributes,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './onnx.ts'
import { elementTypes } from './schema.ts'

/** Name of a tensor inside an ONNX graph. */
export type Name = string

/** An ONNX graph under construction: lowerings add nodes to it and pass names on. */
export class Model {
  /** What the nodes being added belong to, e.g. `conv|model.0.conv`; profiles are read by it. */
  label = ''
  /**
   * Whether operations are to be written without the sizes of batch and space, where they can be: ONNX's own transposed
   * convolution in place of faster steps, scales in place of sizes.
   */
  readonly isSizeless: boolean
  private readonly name: string
  private readonly nodes: OnnxNode[] = []
  private readonly inputs: OnnxValue[] = []
  private readonly outputs: OnnxValue[] = []
  private readonly initializers = new Map<Name, OnnxTensor>()
  private readonly sharedConstants = new Map<string, Name>()
  private readonly truths = new Map<Name, Name>()
  private count = 0

  constructor(name: string, isSizeless = false) {
    this.name = name
    this.isSizeless = isSizeless
  }

  /** Adds a node and names its first result. */
  emit(opType: string, inputs: readonly Name[], attributes: OnnxAttributes = {}): Name {
    return this.emitAll(opType, inputs, attributes, 1)[0]
  }

  /** Adds a node and names its first `results` results. */
  emitAll(opType: string, inputs: readonly Name[], attributes: OnnxAttributes, results: number): Name[] {
    const outputs = Array.from({ length: results }, () => this.fresh())
    this.nodes.push({ name: `${this.label}|${this.nodes.length}`, opType, inputs, outputs, attributes })
    return outputs
  }

  input(value: OnnxValue): Name {
    this.inputs.push(value)
    return value.name
  }

  /** Makes a tensor leave the graph as `value.name`. */
  output(source: Name, value: OnnxValue): void {
    this.nodes.push({
      name: `output|${value.name}`,
      opType: 'Identity',
      inputs: [source],
      outputs: [value.name],
      attributes: {},
    })
    this.outputs.push(value)
  }

  /** A tensor that is part of the model. */
  initializer(dtype: ElementType, shape: readonly number[], data: ArrayBufferView, name = this.fresh()): Name {
    this.initializers.set(name, { name, dtype, shape, data })
    return name
  }

  /** Numbers that are part of the model. */
  constant(dtype: Exclude<ElementType, 'bool'>, shape: readonly number[], values: ArrayLike<number>): Name {
    return this.initializer(dtype, shape, elementsOf(dtype, values))
  }

  /** A scalar of the given type; one initializer for all uses of a value. */
  scalar(value: number, dtype: Exclude<ElementType, 'bool'> = 'float32'): Name {
    return this.shared(`${dtype} ${Object.is(value, -0) ? '-0' : value}`, () => this.constant(dtype, [], [value]))
  }

  /** An int64 vector: axes, sizes and the like, which many operators take as inputs. */
  ints(values: readonly number[]): Name {
    return this.shared(`ints ${values.join(' ')}`, () => this.constant('int64', [values.length], values))
  }

  reshape(x: Name, shape: readonly number[]): Name {
    return this.emit('Reshape', [x, this.ints(shape)], sizeOf(shape) === 0 ? { allowzero: 1 } : {})
  }

  transpose(x: Name, perm: readonly number[]): Name {
    return perm.every((axis, i) => axis === i) ? x : this.emit('Transpose', [x], { perm })
  }

  /** NumPy's `x[start:end:step]` along each of `axes`. */
  slice(
    x: Name,
    axes: readonly number[],
    starts: readonly number[],
    ends: readonly number[],
    steps: readonly number[],
  ): Name {
    return this.emit('Slice', [x, this.ints(starts), this.ints(ends), this.ints(axes), this.ints(steps)])
  }

  /** `ReduceSum`, `ReduceMean`, ... over the given axes; the tensor itself when there are none. */
  reduce(opType: string, x: Name, axes: readonly number[], keepDims: boolean): Name {
    return axes.length === 0 ? x : this.emit(opType, [x, this.ints(axes)], { keepdims: keepDims ? 1 : 0 })
  }

  cast(x: Name, to: ElementType): Name {
    return this.emit('Cast', [x], { to: elementTypes[to] })
  }

  /** A comparison as 0 and 1 of float32. */
  compare(opType: string, a: Name, b: Name): Name {
    const truth = this.emit(opType, [a, b])
    const number = this.cast(truth, 'float32')
    this.truths.set(number, truth)
    return number
  }

  /** Where `x` is not 0, as ONNX's bool; free of cost for the result of `compare`. */
  truth(x: Name): Name {
    return this.truths.get(x) ?? this.cast(x, 'bool')
  }

  /** The model, without nodes that no output needs. */
  graph(metadata: Readonly<Record<string, string>> = {}): OnnxGraph {
    const needed = new Set(this.outputs.map((value) => value.name))
    const nodes: OnnxNode[] = []
    for (const node of this.nodes.toReversed()) {
      if (!node.outputs.some((name) => needed.has(name))) continue
      nodes.push(node)
      node.inputs.forEach((name) => needed.add(name))
    }
    const { name, inputs, outputs } = this
    const initializers = [...this.initializers.values()].filter((tensor) => needed.has(tensor.name))
    return { name, nodes: nodes.reverse(), inputs, outputs, initializers, metadata }
  }

  /** The bytes of the model. */
  encode(metadata: Readonly<Record<string, string>> = {}): Uint8Array {
    return encodeOnnx(this.graph(metadata))
  }

  private shared(key: string, make: () => Name): Name {
    const name = this.sharedConstants.get(key) ?? make()
    this.sharedConstants.set(key, name)
    return name
  }

  // No name of an input, state or output of ours looks like this one.
  private fresh(): Name {
    return `#${this.count++}`
  }
}

function elementsOf(dtype: Exclude<ElementType, 'bool'>, values: ArrayLike<number>): TypedArray {
  switch (dtype) {
    case 'float16':
    case 'bfloat16':
      return castArray(Float32Array.from(values), 'float32', dtype)
    case 'float32':
      return Float32Array.from(values)
    case 'float64':
      return Float64Array.from(values)
    case 'int32':
      return Int32Array.from(values)
    case 'int64':
      return BigInt64Array.from(Array.from(values, BigInt))
    default:
      return dtype satisfies never
  }
}
