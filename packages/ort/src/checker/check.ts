import type { onnx } from 'onnx-proto'
import { operators, type Operator } from './operators.ts'
import type { Attribute, Attributes, Known } from './shapes.ts'

// What ONNX's own checker asks of a model (onnx.checker.check_model with full_check), for the operators that we write:
// a second reading of the specification beside the one that writes. For tests.

/** File format versions by the newest operator set that they were published with. */
const opsetOfIr: Readonly<Record<number, number>> = { 8: 18, 9: 20, 10: 21 }

/** Bytes of an element by the number of its type in `TensorProto.DataType`. */
const elementTypes: Readonly<Record<number, readonly [name: string, bytes: number]>> = {
  1: ['float', 4],
  6: ['int32', 4],
  7: ['int64', 8],
  9: ['bool', 1],
  10: ['float16', 2],
  11: ['double', 8],
  16: ['bfloat16', 2],
}

const attributeTypes: Readonly<Record<number, string>> = {
  1: 'FLOAT',
  2: 'INT',
  3: 'STRING',
  6: 'FLOATS',
  7: 'INTS',
  8: 'STRINGS',
}

/** Everything that is wrong with a model, in words; nothing when the checker would pass it. */
export function checkModel(model: onnx.IModelProto): string[] {
  const problems: string[] = []
  const [ir, opset] = [Number(model.irVersion), model.opsetImport?.find(({ domain }) => !domain)?.version]
  if (opset == null) problems.push('imports no operator set of the default domain')
  else if (Number(opset) !== opsetOfIr[ir]) problems.push(`operator set ${String(opset)} does not go with IR ${ir}`)
  if (!model.graph?.name) return [...problems, 'the graph has no name']
  return [...problems, ...checkGraph(model.graph, Number(opset))]
}

function checkGraph(graph: onnx.IGraphProto, opset: number): string[] {
  const problems: string[] = []
  const known = new Map<string, Known>()
  const used = new Set<string>()
  const define = (name: string, value: Known): void => {
    if (known.has(name)) problems.push(`"${name}" is defined twice`)
    known.set(name, value)
  }
  for (const value of graph.input ?? []) guarded(`input "${value.name}"`, () => define(value.name!, declared(value)))
  for (const tensor of graph.initializer ?? [])
    guarded(`initializer "${tensor.name}"`, () => define(tensor.name!, elements(tensor)))
  const names = new Set<string>()
  for (const node of graph.node ?? []) {
    const where = `node "${node.name}" (${node.opType})`
    if (!node.name || names.has(node.name)) problems.push(`${where} needs a name of its own`)
    names.add(node.name!)
    node.input?.forEach((name) => used.add(name))
    guarded(where, () => {
      const results = resultsOf(node, known, opset)
      node.output!.forEach((name, i) => name !== '' && define(name, results[i]))
    })
  }
  for (const value of graph.output ?? [])
    guarded(`output "${value.name}"`, () => {
      const found = known.get(value.name!)
      if (!found) throw new Error('nothing computes it')
      used.add(value.name!)
      sameOrThrow(found, declared(value))
    })
  for (const value of graph.valueInfo ?? [])
    guarded(`value_info "${value.name}"`, () => {
      const found = known.get(value.name!)
      if (!found) throw new Error('nothing computes it')
      sameOrThrow(found, declared(value))
    })
  for (const { name } of graph.initializer ?? []) if (!used.has(name!)) problems.push(`nothing uses "${name}"`)
  return problems

  function guarded(where: string, work: () => void): void {
    try {
      work()
    } catch (error) {
      problems.push(`${where}: ${(error as Error).message}`)
    }
  }
}

function resultsOf(node: onnx.INodeProto, known: ReadonlyMap<string, Known>, opset: number): Known[] {
  const operator = operators[node.opType!]
  if (!operator) throw new Error('is not an operator of the table; add it with its definition')
  if (node.domain) throw new Error(`is of the domain ${node.domain}`)
  if (operator.since > opset) throw new Error(`came with operator set ${operator.since}`)
  const attributes = attributesOf(node, operator)
  const inputs = node.input!.map((name) => {
    if (name === '') return null
    const found = known.get(name)
    if (!found) throw new Error(`input "${name}" is not defined before it`)
    return found
  })
  const bound = new Map<string, string>()
  if (node.opType === 'Cast') bound.set('T2', typeName(Number(attributes.to)))
  checkPlaces(operator.inputs, inputs, operator, bound, 'input')
  const shapes = operator.shapes(fill(inputs, operator.inputs), attributes)
  const outputs = node.output!.map((name, i): Known | null => {
    const kind = operator.outputs[i]?.replace('?', '')
    if (name === '' || kind === undefined) return null
    return { type: bound.get(kind) ?? kind, shape: shapes[i], values: undefined }
  })
  if (node.output!.length > operator.outputs.length) throw new Error(`has ${node.output!.length} outputs`)
  checkPlaces(operator.outputs, outputs, operator, bound, 'output')
  return outputs as Known[] // those without a name are not defined
}

/** Whether what is given, in order, has the types and number that the places take. */
function checkPlaces(
  places: readonly string[],
  given: readonly (Known | null)[],
  { types }: Operator,
  bound: Map<string, string>,
  what: string,
): void {
  const last = places.at(-1)!
  if (given.length > places.length && !last.endsWith('*')) throw new Error(`has ${given.length} ${what}s`)
  for (let i = 0; i < Math.max(given.length, places.length); i++) {
    const place = places[Math.min(i, places.length - 1)]
    const [kind, value] = [place.replace(/[?*]$/, ''), given[i] ?? null]
    if (!value) {
      if (!place.endsWith('?')) throw new Error(`${what} ${i} is missing`)
      continue
    }
    const allowed = types[kind] ?? [kind]
    if (!allowed.includes(value.type)) throw new Error(`${what} ${i} is ${value.type}; ${allowed.join(', ')} may be`)
    const other = bound.get(kind)
    if (other !== undefined && other !== value.type)
      throw new Error(`${what} ${i} is ${value.type}, another ${kind} is ${other}`)
    if (types[kind]) bound.set(kind, value.type)
  }
}

function attributesOf(node: onnx.INodeProto, { attributes }: Operator): Attributes {
  const found: Record<string, Attribute> = {}
  for (const one of node.attribute ?? []) {
    const { name, type } = one
    if (!name || !Object.hasOwn(attributes, name)) throw new Error(`has no attribute "${name}"`)
    if (name in found) throw new Error(`attribute "${name}" is given twice`)
    const is = attributeTypes[type!]
    if (is !== attributes[name].replace('!', '')) throw new Error(`attribute "${name}" is ${is}`)
    found[name] =
      is === 'INTS'
        ? one.ints!.map(Number)
        : is === 'INT'
          ? Number(one.i)
          : is === 'FLOAT'
            ? one.f!
            : new TextDecoder().decode(one.s!)
  }
  const missing = Object.keys(attributes).find((name) => attributes[name].endsWith('!') && !(name in found))
  if (missing) throw new Error(`attribute "${missing}" is missing`)
  return found
}

function declared({ name, type }: onnx.IValueInfoProto): Known {
  if (!name || !type?.tensorType?.shape) throw new Error('has no name, type or shape')
  const { elemType, shape } = type.tensorType
  return { type: typeName(elemType!), shape: shape.dim!.map(({ dimValue }) => Number(dimValue)) }
}

function elements({ name, dims, dataType, rawData }: onnx.ITensorProto): Known {
  if (!name) throw new Error('has no name')
  const shape = dims!.map(Number)
  const count = shape.reduce((a, b) => a * b, 1)
  const bytes = count * elementTypes[dataType!]?.[1]
  if (rawData?.length !== bytes) throw new Error(`[${shape}] has ${rawData?.length} bytes instead of ${bytes}`)
  const whole = dataType === 7 && shape.length <= 1
  const values = whole && new BigInt64Array(Uint8Array.from(rawData).buffer)
  return { type: typeName(dataType!), shape, ...(values && { values: Array.from(values, Number) }) }
}

function typeName(number: number): string {
  const type = elementTypes[number]
  if (!type) throw new Error(`has the element type ${number}`)
  return type[0]
}

/** Optional inputs at the end may be left out; rules see null. */
function fill(inputs: readonly (Known | null)[], places: readonly string[]): (Known | null)[] {
  return [...inputs, ...places.slice(inputs.length).map(() => null)]
}

function sameOrThrow(found: Known, said: Known): void {
  const [a, b] = [found, said].map(({ type, shape }) => `${type} [${shape.join(', ')}]`)
  if (a !== b) throw new Error(`is said to be ${b}; the nodes give ${a}`)
}
