import { asFloats, forwardPass, fromStateDict, graph, outputsOf, type Network, type Tensor } from 'volvox'
import { NotImplemented, type Area, type Results, type World } from '../area.ts'
import type { Golden } from '../golden.ts'
import { doubles, numbersOf } from '../numbers.ts'
import { evaluate } from '../program.ts'
import { componentOf, create, resolvedArgs, type Resolve } from '../values.ts'
import { weightsOf } from '../weights.ts'

/** Networks with recorded weights: both modes, gradients, and running statistics. */
export const networks: Area = {
  async run(golden, world) {
    const { network, states, results } = await evaluated(golden, world, weightsOf(golden))
    if (!Object.keys(golden.tensors).some((key) => /^(out\.train|g|gs|gp|b)\./.test(key) || key === 'out.train'))
      return results
    return { ...results, ...(await train(golden, world, network, states)) }
  },
  expected: (golden) => Object.keys(golden.tensors).filter((key) => /^(out|g|gs|gp|b)\./.test(key)),
  allowed(golden, key, want) {
    const kind = key.slice(0, key.indexOf('.'))
    if (kind === 'out' || kind === 'b') return golden.tolerance
    const scale = kind === 'gp' ? largestOfSummary(golden.tensors[`gs.${key.slice(3)}`]) : largest(numbersOf(want))
    return Number(golden.metadata.grad_rel_tolerance ?? 1e-3) * scale + noise(golden)
  },
}

/** The network of a case with weights by state-dict key, and what it gives in evaluation mode. */
export async function evaluated(
  golden: Golden,
  world: World,
  weights: Readonly<Record<string, Tensor>>,
): Promise<{ readonly network: Network; readonly states: Record<string, Tensor>; readonly results: Results }> {
  const network = networkNamed(world, golden.target, golden.args)
  const states = fromStateDict(network, weights)
  const { outputs, feeds } = build(golden, network, false)
  return { network, states, results: await evaluate(world, outputs, feeds, states) }
}

/** A network, whose arguments may be networks themselves. */
function networkNamed(world: World, target: string, args: Readonly<Record<string, unknown>>): Network {
  const unknown = (what: string) => {
    throw new NotImplemented(what)
  }
  const made = (name: string, settled: Readonly<Record<string, unknown>>) =>
    create(componentOf(world.registry, name, 'monai.networks.nets'), settled) as Network
  const how: Resolve = { tensor: unknown, fn: unknown, create: made }
  return made(target, resolvedArgs(args, how))
}

interface Built {
  readonly outputs: Record<string, graph.Value>
  readonly feeds: Record<string, Tensor>
  readonly inputs: readonly graph.Value[]
  readonly pass: ReturnType<typeof forwardPass>
}

function build(golden: Golden, network: Network, training: boolean): Built {
  const keys = Object.keys(golden.tensors).filter((key) => /^in\.input(\.\d+)?$/.test(key))
  keys.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  // Networks take whole numbers, such as tokens, as float32 too.
  const feeds = Object.fromEntries(keys.map((key) => [key, asFloats(golden.tensors[key])]))
  const inputs = keys.map((key) => graph.input(key, { dtype: 'float32', shape: feeds[key].shape }))
  const pass = forwardPass({ training })
  const values = outputsOf(network.forward(pass, ...inputs))
  const names = outputNames(golden, training ? 'out.train' : 'out.eval', values.length)
  const outputs = Object.fromEntries(values.map((value, i) => [names[i], value]))
  return { outputs, feeds, inputs, pass }
}

/** `out.eval`, or for several outputs as they were recorded: `out.eval.0`, `out.eval.1.0`, ... of an output and a list. */
function outputNames(golden: Golden, mode: string, count: number): string[] {
  const recorded = Object.keys(golden.tensors).filter((key) => key === mode || key.startsWith(`${mode}.`))
  if (recorded.length === count) return recorded.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  return Array.from({ length: count }, (_, i) => (count === 1 ? mode : `${mode}.${i}`))
}

/** One pass in training mode, and the gradients of the sum of its outputs times fixed weights. */
async function train(golden: Golden, world: World, network: Network, states: graph.Tensors): Promise<Results> {
  const { outputs, feeds, inputs, pass } = build(golden, network, true)
  const weighted = Object.values(outputs).map((value, i) => {
    const key = `in.out_weight.${i}`
    feeds[key] = golden.tensors[key]
    return graph.sum(graph.mul(value, graph.input(key, { dtype: 'float32', shape: value.shape })))
  })
  const total = weighted.reduce((a, b) => graph.add(a, b))
  const trained = network.weights.flatMap(({ name, trainable }) => (trainable && pass.states.has(name) ? [name] : []))
  const grads = graph.gradients(total, [...inputs, ...trained.map((name) => pass.states.get(name)!)])
  const gradKeys = [...inputs.map((value) => `g.${graph.nameOf(value)}`), ...trained.map((name) => `g.${name}`)]
  const values = {
    ...outputs,
    ...Object.fromEntries(grads.map((grad, i) => [gradKeys[i], grad])),
    ...Object.fromEntries([...pass.updates].map(([name, next]) => [`b.${name}`, next])),
  }
  // Statistics of norms that took no part are as they were.
  const untouched = Object.fromEntries(Object.entries(states).map(([name, value]) => [`b.${name}`, value]))
  const results = underAliases(network, { ...untouched, ...(await evaluate(world, values, feeds, states)) })
  const summaries = Object.keys(results).flatMap((key) =>
    key.startsWith('g.') ? [[key.slice(2), numbersOf(results[key])] as const] : [],
  )
  return {
    ...results,
    ...Object.fromEntries(summaries.map(([name, grad]) => [`gs.${name}`, doubles(summary(grad))])),
    ...Object.fromEntries(summaries.map(([name, grad]) => [`gp.${name}`, doubles(sample(grad))])),
  }
}

/** A weight that has several state-dict names was recorded under each of them. */
function underAliases(network: Network, results: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const all = { ...results }
  for (const { name, aliases } of network.weights)
    for (const alias of aliases)
      for (const kind of ['g', 'b'])
        if (results[`${kind}.${name}`]) all[`${kind}.${alias}`] = results[`${kind}.${name}`]
  return all
}

/** Sum, sum of magnitudes, 2-norm, largest, smallest. */
function summary(values: ArrayLike<number>): number[] {
  let [sum, magnitudes, squares, max, min] = [0, 0, 0, -Infinity, Infinity]
  for (let i = 0; i < values.length; i++) {
    const x = values[i]
    sum += x
    magnitudes += Math.abs(x)
    squares += x * x
    max = Math.max(max, x)
    min = Math.min(min, x)
  }
  return [sum, magnitudes, Math.sqrt(squares), max, min]
}

/** Every so many-th value, at most 128. */
function sample(values: ArrayLike<number>): number[] {
  const step = Math.max(1, Math.floor(values.length / 128))
  return Array.from({ length: Math.min(128, Math.ceil(values.length / step)) }, (_, i) => values[i * step])
}

// Gradients that are zero but for rounding, such as that of a bias before a norm, are as large as float32 rounds the
// sums that they are made of, in the recording and here.
function noise(golden: Golden): number {
  const all = Object.entries(golden.tensors).flatMap(([key, tensor]) => {
    if (key.startsWith('g.')) return [largest(numbersOf(tensor))]
    return key.startsWith('gs.') ? [largestOfSummary(tensor)] : []
  })
  return 4e-6 * Math.max(0, ...all)
}

/** The largest magnitude of a gradient that was recorded by its summary. */
function largestOfSummary(summary: Tensor): number {
  return largest((summary.data as Float64Array).slice(3))
}

function largest(values: ArrayLike<number>): number {
  let most = 0
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]))
  return most
}
