import { GraphError } from 'volvox/core'
import type { OnnxGraph, OnnxNode, OnnxTensor, OnnxValue } from './onnx.ts'

/**
 * A graph for inputs of any size: the axes whose sizes differ between two graphs of one program for different inputs are
 * left open. Both must have the same nodes and numbers, which shows that nothing in them depends on the size.
 */
export function withOpenAxes(graph: OnnxGraph, other: OnnxGraph): OnnxGraph {
  const nodes = graph.nodes.map((one, i) => {
    const isGlobal = grows(one, other.nodes[i])
    const [node, same] = [one, other.nodes[i]].map((it) => it && (isGlobal ? globalPool(it) : unmarked(it)))
    if (JSON.stringify(node) !== JSON.stringify(same)) throw depends(graph.name, node.name)
    return node
  })
  graph.initializers.forEach((tensor, i) => {
    if (sameTensor(tensor, other.initializers[i])) return
    throw depends(graph.name, graph.nodes.find(({ inputs }) => inputs.includes(tensor.name))?.name ?? tensor.name)
  })
  if (graph.nodes.length !== other.nodes.length) throw depends(graph.name, other.nodes[graph.nodes.length].name)
  const symbols = new Map<string, string>()
  const opened = (values: readonly OnnxValue[], others: readonly OnnxValue[]) =>
    values.map((value, i) => ({
      ...value,
      shape: value.shape.map((n, axis) => symbolFor(n, others[i].shape[axis], `${value.name}_${axis}`, symbols)),
    }))
  return { ...graph, nodes, inputs: opened(graph.inputs, other.inputs), outputs: opened(graph.outputs, other.outputs) }
}

/** Whether two nodes pool over whole maps, however large these are. */
function grows({ attributes: a }: OnnxNode, other: OnnxNode | undefined): boolean {
  const b = other?.attributes
  return a.whole === 1 && b?.whole === 1 && String(a.kernel_shape) !== String(b.kernel_shape)
}

function globalPool(node: OnnxNode): OnnxNode {
  return { ...node, opType: `Global${node.opType}`, attributes: {} }
}

/** Without the mark of a pool, which is none of ONNX's attributes. */
function unmarked(node: OnnxNode): OnnxNode {
  const { whole, ...attributes } = node.attributes
  return whole === undefined ? node : { ...node, attributes }
}

/** Axes whose sizes differ alike have one symbol. */
function symbolFor(
  n: number | string,
  other: number | string,
  name: string,
  symbols: Map<string, string>,
): number | string {
  if (n === other) return n
  const pair = `${n} ${other}`
  const symbol = symbols.get(pair) ?? name
  symbols.set(pair, symbol)
  return symbol
}

function sameTensor(a: OnnxTensor, b: OnnxTensor | undefined): boolean {
  if (!b || a.name !== b.name || a.dtype !== b.dtype || String(a.shape) !== String(b.shape)) return false
  if (a.data === b.data) return true
  const [x, y] = [a.data, b.data].map(
    ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
  )
  return x.every((byte, i) => byte === y[i])
}

/** The label of a node is `op|scope|number`. */
function depends(name: string, node: string): GraphError {
  const [op, scope] = node.split('|')
  return new GraphError(
    name,
    `cannot be exported for any size: ${scope ? `${op} in ${scope}` : op} depends on the size of the input; export it for one size`,
  )
}
