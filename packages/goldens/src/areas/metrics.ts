import { getMaskEdges, getSurfaceDistance, type Mask, type Tensor } from 'volvox'
import { NotImplemented, type Area, type Results, type World } from '../area.ts'
import { tensorOf, type Golden } from '../golden.ts'
import { camelCase, componentOf, create, numericFunction, resolvedArgs, type Resolve } from '../values.ts'

interface Aggregate {
  readonly value: Tensor
  readonly notNans: Tensor
}

interface Metric {
  (yPred: Tensor, y: Tensor | undefined, facts: Readonly<Record<string, unknown>>): Tensor
  aggregate(reduction?: string): Aggregate
  /** Of metrics that give several measures. */
  readonly aggregateEach?: (reduction?: string) => readonly Aggregate[]
}

/** Metrics of a batch and their aggregates, and the surface functions below them. */
export const metrics: Area = {
  run(golden, world) {
    if (golden.target === 'get_mask_edges') return maskEdges(golden)
    if (golden.target === 'get_surface_distance') return surfaceDistance(golden)
    return scores(golden, world)
  },
}

function scores(golden: Golden, world: World): Results {
  const component = componentOf(world.registry, golden.target, 'monai.metrics')
  const how: Resolve = {
    tensor: (key) => tensorOf(golden, key),
    create: (target, args) => create(componentOf(world.registry, target, 'monai.losses'), args),
    fn: numericFunction,
  }
  const metric = create(component, resolvedArgs(golden.args, how)) as Metric
  const { y_pred: _, y: __, ...facts } = resolvedArgs(golden.call, how)
  const named = Object.fromEntries(Object.entries(facts).map(([name, value]) => [camelCase(name), value]))
  const raw = metric(tensorOf(golden, 'in.y_pred'), golden.tensors['in.y'], named)
  const results: Record<string, Tensor | undefined> = {
    'out.raw': raw,
    'out.confusion_matrix': raw,
    ...measures(golden, metric),
  }
  for (const key of Object.keys(golden.tensors)) {
    const [, reduction, rest] = /^out\.aggregate\.(\w+)(\.not_nans)?$/.exec(key) ?? []
    if (reduction) results[key] = metric.aggregate(reduction)[rest === '.not_nans' ? 'notNans' : 'value']
  }
  return results
}

/** What metrics with several measures give: numbered, and by name for each reduction. */
function measures(golden: Golden, metric: Metric): Results {
  if (!metric.aggregateEach) return {}
  const results: Record<string, Tensor> = {}
  const names = [golden.args.metric_name ?? []].flat() as string[]
  metric.aggregateEach().forEach(({ value }, i) => (results[`out.${i}`] = value))
  for (const key of Object.keys(golden.tensors)) {
    const [, numbered] = /^out\.aggregate\.(\w+)\.0$/.exec(key) ?? []
    if (numbered) results[key] = metric.aggregateEach(numbered)[0].value
    const [, name, reduction, rest] = /^out\.(\w+)\.(\w+?)(\.not_nans)?$/.exec(key) ?? []
    const index = names.findIndex((given) => given.replaceAll(' ', '_') === name)
    if (index >= 0) results[key] = metric.aggregateEach(reduction)[index][rest ? 'notNans' : 'value']
  }
  return results
}

function maskEdges(golden: Golden): Results {
  if (golden.args.spacing) throw new NotImplemented('get_mask_edges with spacing')
  const { prediction, truth } = getMaskEdges(maskAt(golden, 'in.y_pred'), maskAt(golden, 'in.y'))
  return { 'out.0': { dtype: 'bool', ...prediction }, 'out.1': { dtype: 'bool', ...truth } }
}

function surfaceDistance(golden: Golden): Results {
  const from = maskAt(golden, 'in.pred_edges')
  const to = maskAt(golden, 'in.gt_edges')
  const tensor = (data: Float32Array): Tensor => ({ dtype: 'float32', shape: [data.length], data })
  return {
    'out.euclidean': tensor(getSurfaceDistance(from, to)),
    'out.chessboard': tensor(getSurfaceDistance(from, to, 'chessboard')),
    'out.taxicab': tensor(getSurfaceDistance(from, to, 'taxicab')),
    'out.euclidean_spacing': tensor(getSurfaceDistance(from, to, 'euclidean', golden.args.spacing as number[])),
  }
}

function maskAt(golden: Golden, key: string): Mask {
  const { shape, data } = tensorOf(golden, key)
  return { shape, data: Uint8Array.from(data as ArrayLike<number>, (x) => (x ? 1 : 0)) }
}
