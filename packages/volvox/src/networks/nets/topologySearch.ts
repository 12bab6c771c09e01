// What one asks a TopologySearch for while it is searched, and the architecture that it ends with (MONAI's methods of
// those names).
import { DataError } from '../../core/errors.ts'
import { sizeOf, tensor, type Tensor } from '../../core/tensor.ts'
import { constant, type Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import type { NamedWeight, Network } from '../network.ts'
import { cellsOf, operationsOf, optionsOf, pathProbabilities, pathsOf, widthsOf } from './topology.ts'

/** The learnt tables of a search: `logAlphaA` `[blocks, paths]`, `logAlphaC` `[blocks, paths, operations]`. */
export interface ArchitectureWeights {
  readonly logAlphaA: Value
  readonly logAlphaC: Value
}

/** Whether a weight belongs to the architecture rather than to the network that it stands for. */
export function isArchitectureWeight({ name }: Pick<NamedWeight, 'name'>): boolean {
  return /(^|\.)log_alpha_[ac]$/.test(name)
}

/**
 * How likely each path of a block is used, `[blocks, paths]`; and each choice of paths, `[blocks, choices]`, in the order
 * of `choicesOf`.
 */
export function getProbA(logAlphaA: Value): { readonly paths: Value; readonly choices: Value } {
  const { single, some, paths } = pathProbabilities(logAlphaA)
  const count = logAlphaA.shape[1]
  const choices = choicesOf(count)
  const chances = Array.from({ length: count }, (_, path) => {
    const used = constant(
      tensor(
        'float32',
        [1, choices.length],
        Float32Array.from(choices, (choice) => choice[path]),
      ),
    )
    const p = m.narrow(single, 1, path, 1)
    return m.add(m.mul(used, p), m.mul(m.sub(1, used), m.sub(1, p)))
  })
  return {
    paths,
    choices: m.div(
      chances.reduce((a, b) => m.mul(a, b)),
      some,
    ),
  }
}

/** Every choice of `count` paths but none at all, as 0 and 1; the last path changes fastest. */
export function choicesOf(count: number): readonly (readonly number[])[] {
  return Array.from({ length: 2 ** count - 1 }, (_, i) =>
    Array.from({ length: count }, (_, path) => ((i + 1) >> (count - 1 - path)) & 1),
  )
}

/**
 * About how much memory the maps take, in MiB, for an input `[N, C, ...spatial]` at the highest resolution; when `full`,
 * with all paths.
 */
export function getRamCostUsage(
  space: Network<readonly Value[]>,
  { logAlphaA, logAlphaC }: ArchitectureWeights,
  inSize: readonly number[],
  full = false,
): Value {
  const o = optionsOf(space)
  const widths = widthsOf(o)
  const paths = pathsOf(o.numDepths)
  const spatial = inSize.slice(-o.spatialDims)
  const sizes = paths.map(({ to }) => {
    const voxels = sizeOf(spatial.map((n) => Math.floor(n / 2 ** to)))
    return (inSize[0] * widths[to] * voxels) / (o.useDownsample ? 2 : 1)
  })
  const costs = new Float32Array(o.numBlocks * paths.length * operationsOf(o))
  for (const { block, path, preprocess, operations } of cellsOf(o))
    for (let i = 0; i < operationsOf(o); i++) {
      const { ramCost } = operations[i] ?? operations[0] // of a path with one operation, that one in every place
      costs[(block * paths.length + path) * operationsOf(o) + i] = ramCost + preprocess.ramCost
    }
  const shares = m.softmax(logAlphaC, -1)
  const expected = m.sum(m.mul(constant(tensor('float32', logAlphaC.shape, costs)), shares), [-1])
  const chance = full ? m.onesLike(logAlphaA) : pathProbabilities(logAlphaA).paths
  const perPath = m.mul(constant(tensor('float32', [1, paths.length], Float32Array.from(sizes))), m.add(expected, 1))
  return m.mul(m.sum(m.mul(chance, perPath)), 4 / 1024 ** 2)
}

/** How far blocks are from agreeing on the resolutions between them; `choices` is that of `getProbA`. */
export function getTopologyEntropy(space: Network<readonly Value[]>, choices: Value): Value {
  const { numBlocks, numDepths } = optionsOf(space)
  const all = choicesOf(pathsOf(numDepths).length)
  // 1 where a choice of paths uses just those resolutions: [choices, sets of resolutions].
  const belongs = (end: 'from' | 'to') => {
    const sets = all.map((choice) => resolutionsOf(choice, numDepths, end))
    const count = 2 ** numDepths
    const data = Float32Array.from({ length: all.length * count }, (_, i) =>
      Number(sets[Math.floor(i / count)] === i % count),
    )
    return m.narrow(constant(tensor('float32', [all.length, count], data)), 1, 1, count - 1)
  }
  const here = m.matmul(m.narrow(choices, 0, 0, numBlocks - 1), belongs('to'))
  const next = m.matmul(m.narrow(choices, 0, 1, numBlocks - 1), belongs('from'))
  const logOf = (x: Value) => m.log(m.add(x, 1e-5))
  return m.neg(m.sum(m.add(m.mul(here, logOf(next)), m.mul(m.sub(1, here), logOf(m.sub(1, next))))))
}

/** What a search found: `nodeA`, `archCodeA` and `archCodeC` go into DiNTS and TopologyInstance. */
export interface Architecture {
  readonly nodeA: readonly (readonly number[])[]
  readonly archCodeA: readonly (readonly number[])[]
  readonly archCodeC: readonly (readonly number[])[]
  /** The likeliest paths of each block, whether or not blocks agree. */
  readonly archCodeAMax: readonly (readonly number[])[]
}

/**
 * The likeliest architecture whose blocks agree on the resolutions between them, by the shortest way through all choices.
 * The tables are the values of the weights `log_alpha_a` and `log_alpha_c`.
 */
export function decode(space: Network<readonly Value[]>, logAlphaA: Tensor, logAlphaC: Tensor): Architecture {
  const { numBlocks, numDepths } = optionsOf(space)
  const count = pathsOf(numDepths).length
  if (logAlphaA.shape[0] !== numBlocks || logAlphaA.shape[1] !== count)
    throw new DataError(
      'decode',
      `log_alpha_a is [${logAlphaA.shape.join(', ')}]; the space has [${numBlocks}, ${count}], blocks and paths`,
    )
  const choices = choicesOf(count)
  const ends = choices.map((choice) => resolutionsOf(choice, numDepths, 'to'))
  const starts = choices.map((choice) => resolutionsOf(choice, numDepths, 'from'))
  const chances = rowsOf(logAlphaA, count).map((row) => choiceChances(row, choices))
  const cost = (p: number) => -Math.log(p + 1e-5) + 0.001 // never 0, so that longer ways cost more

  let best = chances[0].map(cost)
  const cameFrom: number[][] = []
  for (const block of chances.slice(1)) {
    // Of all choices that end with a set of resolutions, the cheapest.
    const cheapest = new Map<number, number>()
    best.forEach((value, i) => {
      const known = cheapest.get(ends[i])
      if (known === undefined || value < best[known]) cheapest.set(ends[i], i)
    })
    const previous = choices.map((_, i) => cheapest.get(starts[i]) ?? -1)
    const before = best
    best = previous.map((from, i) => (from < 0 ? Infinity : before[from] + cost(block[i])))
    cameFrom.push(previous)
  }
  const way = [indexOfLeast(best)]
  for (const previous of cameFrom.toReversed()) way.unshift(previous[way[0]])
  const archCodeA = way.map((i) => choices[i])
  const asList = (set: number) => Array.from({ length: numDepths }, (_, depth) => (set >> depth) & 1)
  const perPath = operationsOf(optionsOf(space))
  const bestOperations = rowsOf(logAlphaC, perPath).map((row) => indexOfLeast(row.map((x) => -x)))
  return {
    nodeA: [asList(starts[way[0]]), ...way.map((i) => asList(ends[i]))],
    archCodeA,
    archCodeC: Array.from({ length: numBlocks }, (_, block) =>
      bestOperations.slice(block * count, (block + 1) * count),
    ),
    archCodeAMax: chances.map((row) => choices[indexOfLeast(row.map((p) => -p))]),
  }
}

/** The resolutions that a choice of paths leads from or to, as bits. */
function resolutionsOf(choice: readonly number[], depths: number, end: 'from' | 'to'): number {
  return pathsOf(depths).reduce((set, path, i) => (choice[i] ? set | (1 << path[end]) : set), 0)
}

function choiceChances(logits: readonly number[], choices: readonly (readonly number[])[]): number[] {
  const single = logits.map((x) => 1 / (1 + Math.exp(-x)))
  const some = 1 - single.reduce((none, p) => none * (1 - p), 1)
  return choices.map((choice) => choice.reduce((p, used, i) => p * (used ? single[i] : 1 - single[i]), 1) / some)
}

function rowsOf({ data }: Tensor, width: number): number[][] {
  const values = Array.from(data as ArrayLike<number>, Number)
  return Array.from({ length: values.length / width }, (_, i) => values.slice(i * width, (i + 1) * width))
}

function indexOfLeast(values: readonly number[]): number {
  return values.reduce((least, value, i) => (value < values[least] ? i : least), 0)
}
